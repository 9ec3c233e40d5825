import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";

import { onePerRegion } from "../../block/aws/kept-clients.ts";
import { patience } from "../../block/aws/patience.ts";
import { HOUR, type Instant, MINUTE } from "../../domain/instant.ts";
import { sums } from "./cloudwatch-metrics.ts";

const STEP = 5 * MINUTE;

export interface DistantMetrics {
  /** Failed invocations in the last whole five minutes, by the Region of the replica. */
  edgeErrors(now: Instant): Promise<ReadonlyMap<string, number>>;
  /** What SMS have cost in the pool's Region since the month began; null where none was sent today. */
  smsSpend(now: Instant): Promise<number | null>;
}

/** What CloudWatch keeps in other Regions, where no alarm could reach our topic. */
export function distantMetrics(
  {
    edgeFunction,
    edgeRegions,
    poolRegion,
  }: { edgeFunction: string; edgeRegions: readonly string[]; poolRegion: string },
  clientFor = (region: string) => new CloudWatchClient({ ...patience, region }),
): DistantMetrics {
  const clientOf = onePerRegion(clientFor);
  const errors = {
    namespace: "AWS/Lambda",
    name: "Errors",
    // Replicas bear the Region of their original before the name.
    dimensions: { FunctionName: `us-east-1.${edgeFunction}` },
  };
  return {
    async edgeErrors(now) {
      const to = Math.floor(now / STEP) * STEP;
      const counts = await Promise.all(
        edgeRegions.map((region) => sums(clientOf(region), [errors], { from: to - STEP, to })),
      );
      return new Map(edgeRegions.map((region, index) => [region, total(counts[index]?.[0])]));
    },
    async smsSpend(now) {
      const spend = { namespace: "AWS/SNS", name: "SMSMonthToDateSpentUSD", dimensions: {} };
      const to = Math.ceil(now / HOUR) * HOUR;
      const step = { Period: 3600, Stat: "Maximum" };
      const [values] = await sums(clientOf(poolRegion), [spend], { from: to - 24 * HOUR, to }, step);
      return [...(values ?? [])].sort(([a], [b]) => a - b).at(-1)?.[1] ?? null;
    },
  };
}

function total(counts: ReadonlyMap<number, number> | undefined): number {
  return [...(counts?.values() ?? [])].reduce((sum, count) => sum + count, 0);
}
