import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";

import { patience } from "../../block/aws/patience.ts";
import { EDGE_REGION } from "../../domain/names.ts";
import type { ScanMeter } from "../scan-budget.ts";
import { type Metric, sums } from "./cloudwatch-metrics.ts";

/**
 * What Athena tells CloudWatch of a workgroup. Its guide names all three dimensions; where a sum over the workgroup is
 * published as well, it is the same bytes, so the larger one counts.
 */
export function cloudWatchScans(
  WorkGroup: string,
  client = new CloudWatchClient({ ...patience, region: EDGE_REGION }),
): ScanMeter {
  const byState = ["SUCCEEDED", "FAILED", "CANCELED"].map((QueryState) =>
    bytes({ WorkGroup, QueryState, QueryType: "DML" }),
  );
  return {
    async scanned(window) {
      const read = await sums(client, [bytes({ WorkGroup }), ...byState], window);
      const [all = 0, ...states] = read.map((counts) => [...counts.values()].reduce((sum, count) => sum + count, 0));
      return Math.max(
        all,
        states.reduce((sum, count) => sum + count, 0),
      );
    },
  };
}

function bytes(dimensions: Metric["dimensions"]): Metric {
  return { namespace: "AWS/Athena", name: "ProcessedBytes", dimensions };
}
