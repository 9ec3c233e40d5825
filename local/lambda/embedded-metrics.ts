import * as z from "zod";

import type { MetricDatum } from "../ports.ts";

const lineSchema = z.looseObject({
  _aws: z.object({
    Timestamp: z.number(),
    CloudWatchMetrics: z.array(
      z.object({
        Namespace: z.string(),
        Dimensions: z.array(z.array(z.string())),
        Metrics: z.array(z.object({ Name: z.string(), Unit: z.string().optional() })),
      }),
    ),
  }),
});

/**
 * The metrics that a log line carries in CloudWatch's embedded metric format; none if it is an ordinary line.
 * A metric whose value is missing is left out, as CloudWatch does: the line itself is not an error.
 */
export function embeddedMetrics(line: string): MetricDatum[] {
  const parsed = lineSchema.safeParse(jsonOf(line));
  if (!parsed.success) return [];
  const { _aws, ...members } = parsed.data;
  return _aws.CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }) =>
    (Dimensions.length > 0 ? Dimensions : [[]]).flatMap((names) =>
      Metrics.flatMap(({ Name }) =>
        [members[Name]]
          .flat()
          .flatMap((value) =>
            typeof value === "number"
              ? [
                  {
                    namespace: Namespace,
                    name: Name,
                    dimensions: dimensionsOf(names, members),
                    value,
                    at: _aws.Timestamp,
                  },
                ]
              : [],
          ),
      ),
    ),
  );
}

function dimensionsOf(names: readonly string[], members: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, String(members[name])]));
}

function jsonOf(line: string): unknown {
  if (!line.includes('"_aws"')) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
