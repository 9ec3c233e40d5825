/** An alarm as the template defines it. What the evaluation does not know is refused at boot, with its path. */
import * as z from "zod";

import { InvalidInputError } from "../../functions/domain/errors.ts";
import type { Resource } from "../template.ts";
import { type BandComparison, type BandQuery, bandQuery } from "./anomaly-band.ts";
import { compileMetricMath, type MetricMath } from "./metric-math.ts";
import { type MetricName, type Statistic, statistics } from "./metric-store.ts";

export type AlarmQuery =
  | { readonly id: string; readonly metric: MetricName; readonly statistic: Statistic; readonly returnData: boolean }
  | {
      readonly id: string;
      readonly expression: string;
      readonly math: MetricMath;
      readonly label: string | undefined;
      readonly returnData: boolean;
    };

export const comparisons = {
  GreaterThanOrEqualToThreshold: { words: "greater than or equal to", holds: (a: number, b: number) => a >= b },
  GreaterThanThreshold: { words: "greater than", holds: (a: number, b: number) => a > b },
  LessThanThreshold: { words: "less than", holds: (a: number, b: number) => a < b },
  LessThanOrEqualToThreshold: { words: "less than or equal to", holds: (a: number, b: number) => a <= b },
} as const;

/** What values are compared with: a number, or a band that is made from those before. */
export type Against =
  | { readonly threshold: number; readonly comparison: keyof typeof comparisons }
  | { readonly band: BandQuery; readonly comparison: BandComparison };

export interface AlarmDefinition {
  readonly name: string;
  readonly arn: string;
  readonly region: string;
  readonly account: string;
  readonly description: string | undefined;
  readonly queries: readonly AlarmQuery[];
  /** Whether the template names one metric instead of a list of queries; the event then looks a little different. */
  readonly isSingleMetric: boolean;
  readonly periodSeconds: number;
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm: number;
  readonly against: Against;
  readonly missing: "missing" | "ignore" | "breaching" | "notBreaching";
  readonly actions: Readonly<Record<"ALARM" | "OK" | "INSUFFICIENT_DATA", readonly string[]>>;
}

const dimensions = z.array(z.strictObject({ Name: z.string(), Value: z.string() })).default([]);
// Percentiles and metrics of less than a minute are refused with every other unknown value.
const statistic = z.enum(statistics);
const period = z.number().int().min(60).multipleOf(60);
const arns = z.array(z.string()).default([]);
const metricStat = z.strictObject({
  Metric: z.strictObject({ Namespace: z.string(), MetricName: z.string(), Dimensions: dimensions }),
  Period: period,
  Stat: statistic,
});
const query = z.strictObject({
  Id: z.string().regex(/^[a-z]\w*$/),
  Label: z.string().optional(),
  ReturnData: z.boolean().default(true),
  MetricStat: metricStat.optional(),
  Expression: z.string().optional(),
  Period: period.optional(),
  AccountId: z.string().optional(),
});

const alarmSchema = z.strictObject({
  AlarmName: z.string().optional(),
  AlarmDescription: z.string().optional(),
  ActionsEnabled: z.boolean().default(true),
  AlarmActions: arns,
  OKActions: arns,
  InsufficientDataActions: arns,
  ComparisonOperator: z.enum([
    "GreaterThanOrEqualToThreshold",
    "GreaterThanThreshold",
    "LessThanThreshold",
    "LessThanOrEqualToThreshold",
    "GreaterThanUpperThreshold",
    "LessThanLowerThreshold",
    "LessThanLowerOrGreaterThanUpperThreshold",
  ]),
  EvaluationPeriods: z.number().int().min(1),
  DatapointsToAlarm: z.number().int().min(1).optional(),
  Threshold: z.number().optional(),
  ThresholdMetricId: z.string().optional(),
  TreatMissingData: z.enum(["missing", "ignore", "breaching", "notBreaching"]).default("missing"),
  Namespace: z.string().optional(),
  MetricName: z.string().optional(),
  Dimensions: dimensions,
  Statistic: statistic.optional(),
  Period: period.optional(),
  Metrics: z.array(query).min(1).optional(),
  Tags: z.unknown().optional(),
});
type AlarmProperties = z.infer<typeof alarmSchema>;

export function alarmDefinition({
  stack,
  logicalId,
  name,
  arn,
  region,
  account,
  properties,
}: Resource): AlarmDefinition {
  const path = `${stack}/${logicalId}`;
  const parsed = alarmSchema.safeParse(properties);
  if (!parsed.success)
    throw new InvalidInputError(
      `${path} is no alarm that the local CloudWatch evaluates`,
      parsed.error.issues.map((issue) => `${issue.path.map(String).join(".")}: ${issue.message}`),
    );
  const alarm = parsed.data;
  const isSingleMetric = alarm.Metrics === undefined;
  const bands = (alarm.Metrics ?? []).flatMap(
    ({ Id, Expression, Label }) => bandQuery(Id, Expression ?? "", Label) ?? [],
  );
  const others = alarm.Metrics?.filter(({ Id }) => !bands.some(({ id }) => id === Id));
  const { queries, periodSeconds } = others ? queriesOf(others, path) : singleMetric(alarm, path);
  const enabled = alarm.ActionsEnabled;
  return {
    ...{ name, arn, region, account, queries, periodSeconds, isSingleMetric },
    description: alarm.AlarmDescription,
    evaluationPeriods: alarm.EvaluationPeriods,
    datapointsToAlarm: alarm.DatapointsToAlarm ?? alarm.EvaluationPeriods,
    against: againstOf(alarm, bands, queries, path),
    missing: alarm.TreatMissingData,
    actions: {
      ALARM: enabled ? alarm.AlarmActions : [],
      OK: enabled ? alarm.OKActions : [],
      INSUFFICIENT_DATA: enabled ? alarm.InsufficientDataActions : [],
    },
  };
}

function againstOf(
  { ComparisonOperator, Threshold, ThresholdMetricId }: AlarmProperties,
  bands: readonly BandQuery[],
  queries: readonly AlarmQuery[],
  path: string,
): Against {
  if (ComparisonOperator in comparisons) {
    if (Threshold === undefined || ThresholdMetricId !== undefined || bands.length > 0)
      throw new InvalidInputError(path, [`${ComparisonOperator} wants a Threshold and no band`]);
    return { threshold: Threshold, comparison: ComparisonOperator as keyof typeof comparisons };
  }
  const [band] = bands;
  const isBand = band !== undefined && bands.length === 1 && band.id === ThresholdMetricId && Threshold === undefined;
  if (!isBand || !queries.some(({ id, returnData }) => id === band.of && returnData))
    throw new InvalidInputError(path, [
      `${ComparisonOperator} wants one ANOMALY_DETECTION_BAND as ThresholdMetricId, around the metric that returns data`,
    ]);
  return { band, comparison: ComparisonOperator as BandComparison };
}

type Queries = Pick<AlarmDefinition, "queries" | "periodSeconds">;

function singleMetric(alarm: AlarmProperties, path: string): Queries {
  const { Namespace, MetricName, Statistic, Period } = alarm;
  if (Namespace === undefined || MetricName === undefined || Statistic === undefined || Period === undefined)
    throw new InvalidInputError(path, ["an alarm needs Metrics, or Namespace, MetricName, Statistic and Period"]);
  const metric = { namespace: Namespace, name: MetricName, dimensions: dimensionsOf(alarm.Dimensions) };
  return { queries: [{ id: "m1", metric, statistic: Statistic, returnData: true }], periodSeconds: Period };
}

function queriesOf(metrics: readonly z.infer<typeof query>[], path: string): Queries {
  const queries = metrics.map((metric): AlarmQuery => {
    const { Id: id, Label: label, ReturnData: returnData, Expression: expression, MetricStat: stat } = metric;
    if (stat) {
      const { Namespace: namespace, MetricName: name, Dimensions } = stat.Metric;
      const named = { namespace, name, dimensions: dimensionsOf(Dimensions) };
      return { id, returnData, metric: named, statistic: stat.Stat };
    }
    if (expression === undefined) throw new InvalidInputError(path, [`${id}: has neither MetricStat nor Expression`]);
    return { id, returnData, expression, label, math: compileMetricMath(expression) };
  });
  checkReferences(queries, path);
  const periods = new Set(metrics.flatMap(({ Period, MetricStat }) => MetricStat?.Period ?? Period ?? []));
  const [periodSeconds] = periods;
  if (periodSeconds === undefined || periods.size > 1)
    throw new InvalidInputError(path, ["all metrics of an alarm must have the same period here"]);
  return { queries, periodSeconds };
}

function checkReferences(queries: readonly AlarmQuery[], path: string): void {
  const ids = queries.map(({ id }) => id);
  const problems = queries
    .flatMap((query) => ("math" in query ? query.math.ids : []))
    .filter((id) => !ids.includes(id))
    .map((id) => `the expression refers to ${id}, which is no metric of this alarm`);
  if (new Set(ids).size !== ids.length) problems.push("two metrics have the same id");
  if (queries.filter(({ returnData }) => returnData).length !== 1)
    problems.push("exactly one metric must return data: it is what the threshold is compared with");
  if (problems.length > 0) throw new InvalidInputError(path, problems);
}

function dimensionsOf(list: readonly { Name: string; Value: string }[]): Record<string, string> {
  return Object.fromEntries(list.map(({ Name, Value }) => [Name, Value]));
}
