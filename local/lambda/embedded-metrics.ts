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

type Members = Readonly<Record<string, unknown>>;
type Directive = z.infer<typeof lineSchema>["_aws"]["CloudWatchMetrics"][number];

/**
 * The metrics that a log line carries in CloudWatch's embedded metric format; none if it is an ordinary line.
 * A metric whose value is missing is left out, as CloudWatch does: the line itself is not an error.
 */
export function embeddedMetrics(line: string): MetricDatum[] {
  const parsed = lineSchema.safeParse(jsonOf(line));
  if (!parsed.success) return [];
  const { _aws, ...members } = parsed.data;
  return _aws.CloudWatchMetrics.flatMap((directive) => dataOf(directive, members, _aws.Timestamp));
}

/** One datum for each value of each metric in each set of dimensions. */
function dataOf({ Namespace, Dimensions, Metrics }: Directive, members: Members, at: number): MetricDatum[] {
  const sets = Dimensions.length > 0 ? Dimensions : [[]];
  const measured = Metrics.flatMap(({ Name }) => [members[Name]].flat().map((value) => ({ name: Name, value })));
  const data: MetricDatum[] = [];
  for (const dimensions of sets.map((names) => dimensionsOf(names, members)))
    for (const { name, value } of measured)
      if (typeof value === "number") data.push({ namespace: Namespace, name, dimensions, value, at });
  return data;
}

function dimensionsOf(names: readonly string[], members: Members): Record<string, string> {
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
