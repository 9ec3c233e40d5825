import * as z from "zod";

import { AwsError } from "../aws-wire.ts";
import type { Assembly } from "../template.ts";

export interface WorkGroup {
  readonly name: string;
  readonly region: string;
  readonly account: string;
  readonly arn: string;
  /** A query that has to read more is stopped; null: no limit. */
  readonly bytesScannedCutoff: number | null;
  /** Whether CloudWatch hears of its queries. */
  readonly metered: boolean;
  /** S3 address under which results are left. */
  readonly output: string;
}

const schema = z.object({
  Name: z.string(),
  State: z.enum(["ENABLED", "DISABLED"]).default("ENABLED"),
  WorkGroupConfiguration: z.object({
    PublishCloudWatchMetricsEnabled: z.boolean().default(false),
    BytesScannedCutoffPerQuery: z.number().min(10_000_000).optional(),
    ResultConfiguration: z.object({ OutputLocation: z.string().startsWith("s3://") }),
  }),
});

export function workGroups(assembly: Pick<Assembly, "ofType">): (name: string) => WorkGroup {
  const groups = new Map(
    assembly.ofType("AWS::Athena::WorkGroup").map(({ properties, region, account }) => {
      const { Name, State, WorkGroupConfiguration: configuration } = schema.parse(properties);
      const { BytesScannedCutoffPerQuery: cutoff = null, ResultConfiguration } = configuration;
      const arn = `arn:aws:athena:${region}:${account}:workgroup/${Name}`;
      const group = {
        name: Name,
        region,
        account,
        arn,
        bytesScannedCutoff: cutoff,
        metered: configuration.PublishCloudWatchMetricsEnabled,
        output: ResultConfiguration.OutputLocation,
      };
      return [Name, { group, enabled: State === "ENABLED" }] as const;
    }),
  );
  return (name) => {
    const found = groups.get(name);
    if (!found) throw new AwsError("InvalidRequestException", `WorkGroup ${name} is not found.`);
    if (!found.enabled) throw new AwsError("InvalidRequestException", `WorkGroup ${name} is disabled.`);
    return found.group;
  };
}
