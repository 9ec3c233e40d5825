/** CloudWatch on the wire (AWS JSON 1.0): alarms and metric data, read and written as the handlers do. */
import * as z from "zod";

import { type Instant, SECOND } from "../../functions/domain/instant.ts";
import { AwsError, jsonService } from "../aws-wire.ts";
import type { AwsService } from "../ports.ts";
import type { AlarmDefinition, AlarmQuery } from "./alarm-definition.ts";
import { evaluateQuery } from "./alarm-evaluation.ts";
import type { StateDescription } from "./alarm-event.ts";
import { type createCompositeAlarms, describeComposite } from "./composite-alarms.ts";
import { compileMetricMath } from "./metric-math.ts";
import { type MetricStore, statistics } from "./metric-store.ts";

/** An alarm with the state it is in. */
export interface AlarmView extends AlarmDefinition {
  readonly state: StateDescription;
}

export interface CloudWatchState {
  readonly now: () => Instant;
  readonly store: MetricStore;
  readonly alarms: () => readonly AlarmView[];
  readonly composites: Pick<ReturnType<typeof createCompositeAlarms>, "list" | "putAlarm">;
}

const dimensions = z.array(z.object({ Name: z.string(), Value: z.string() })).default([]);
/** The JSON protocol writes instants as seconds since the epoch. */
const seconds = z.number().transform((value): Instant => Math.round(value * SECOND));

const describeAlarms = z.object({
  AlarmNames: z.array(z.string()).optional(),
  AlarmNamePrefix: z.string().optional(),
  AlarmTypes: z.array(z.enum(["MetricAlarm", "CompositeAlarm"])).default(["MetricAlarm"]),
  StateValue: z.enum(["OK", "ALARM", "INSUFFICIENT_DATA"]).optional(),
  MaxRecords: z.number().int().min(1).max(100).default(50),
  NextToken: z.string().optional(),
});
const putMetricData = z.object({
  Namespace: z.string().min(1),
  MetricData: z
    .array(
      z.object({
        MetricName: z.string().min(1),
        Dimensions: dimensions,
        Timestamp: seconds.optional(),
        Value: z.number(),
      }),
    )
    .max(1000),
});
const metricQuery = z.object({
  Id: z.string().regex(/^[a-z]\w*$/),
  Label: z.string().optional(),
  ReturnData: z.boolean().default(true),
  Expression: z.string().optional(),
  MetricStat: z
    .object({
      Metric: z.object({ Namespace: z.string(), MetricName: z.string(), Dimensions: dimensions }),
      Period: z.number().int().min(60).multipleOf(60),
      Stat: z.enum(statistics),
    })
    .optional(),
});
const getMetricData = z.object({
  MetricDataQueries: z.array(metricQuery).min(1).max(500),
  StartTime: seconds,
  EndTime: seconds,
  ScanBy: z.enum(["TimestampAscending", "TimestampDescending"]).default("TimestampDescending"),
});
const listMetrics = z.object({
  Namespace: z.string().optional(),
  MetricName: z.string().optional(),
  Dimensions: z.array(z.object({ Name: z.string(), Value: z.string().optional() })).default([]),
});

export function cloudWatchService(state: CloudWatchState): AwsService {
  return jsonService({
    version: "1.0",
    operations: {
      DescribeAlarms: (input, { region }) => alarmPage(state, region, parse(describeAlarms, input)),
      PutCompositeAlarm: (input, { region }) => state.composites.putAlarm(input, region),
      PutMetricData(input, { region }) {
        const { Namespace, MetricData } = parse(putMetricData, input);
        if (Namespace.startsWith("AWS/"))
          throw invalid("The value AWS/ for parameter Namespace is invalid: it is reserved for AWS services.");
        for (const { MetricName: name, Dimensions, Timestamp, Value: value } of MetricData)
          state.store.put(region, {
            ...{ namespace: Namespace, name, value, dimensions: record(Dimensions) },
            at: Timestamp ?? state.now(),
          });
      },
      ListMetrics: (input, { region }) => ({ Metrics: knownMetrics(state.store, region, parse(listMetrics, input)) }),
      GetMetricData: (input, { region }) => metricData(state.store, region, parse(getMetricData, input)),
    },
  });
}

function parse<T>(schema: z.ZodType<T>, input: unknown): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw invalid(`${issue?.path.map(String).join(".") ?? ""}: ${issue?.message ?? ""}`);
}

function invalid(message: string): AwsError {
  return new AwsError("InvalidParameterValueException", message);
}

function record(list: readonly { Name: string; Value: string }[]): Record<string, string> {
  return Object.fromEntries(list.map(({ Name, Value }) => [Name, Value]));
}

/** A filter names some of a metric's dimensions; names and values are case-sensitive. */
function knownMetrics(store: MetricStore, region: string, asked: z.infer<typeof listMetrics>) {
  return store
    .names(region)
    .filter(({ namespace }) => namespace === (asked.Namespace ?? namespace))
    .filter(({ name }) => name === (asked.MetricName ?? name))
    .filter(({ dimensions }) =>
      asked.Dimensions.every(
        ({ Name, Value }) => Name in dimensions && dimensions[Name] === (Value ?? dimensions[Name]),
      ),
    )
    .map(({ namespace, name, dimensions }) => ({
      Namespace: namespace,
      MetricName: name,
      Dimensions: listed(dimensions),
    }));
}

/** Pages hold metric alarms; composite ones, of which there are few, stand on the first. */
function alarmPage({ alarms, composites }: CloudWatchState, region: string, input: z.infer<typeof describeAlarms>) {
  const asks = ({ name, state, ...alarm }: Pick<AlarmView, "name" | "region" | "state">) =>
    alarm.region === region &&
    (input.AlarmNames?.includes(name) ?? true) &&
    name.startsWith(input.AlarmNamePrefix ?? "") &&
    (input.StateValue === undefined || state.value === input.StateValue);
  const has = (type: "MetricAlarm" | "CompositeAlarm") => input.AlarmTypes.includes(type);
  const wanted = (has("MetricAlarm") ? alarms() : []).filter(asks).sort((a, b) => (a.name < b.name ? -1 : 1));
  const combined = has("CompositeAlarm") && input.NextToken === undefined ? composites.list().filter(asks) : [];
  const rest = wanted.filter(({ name }) => input.NextToken === undefined || name > input.NextToken);
  const shown = rest.slice(0, input.MaxRecords);
  const last = shown.at(-1);
  return {
    MetricAlarms: shown.map(describeAlarm),
    CompositeAlarms: combined.map(describeComposite),
    ...(last && rest.length > shown.length ? { NextToken: last.name } : {}),
  };
}

function describeAlarm(alarm: AlarmView) {
  const changedAt = Date.parse(alarm.state.timestamp.replace("+0000", "Z")) / SECOND;
  return {
    AlarmName: alarm.name,
    AlarmArn: alarm.arn,
    AlarmDescription: alarm.description,
    ActionsEnabled: true,
    AlarmActions: alarm.actions.ALARM,
    OKActions: alarm.actions.OK,
    InsufficientDataActions: alarm.actions.INSUFFICIENT_DATA,
    StateValue: alarm.state.value,
    StateReason: alarm.state.reason,
    StateReasonData: alarm.state.reasonData,
    StateUpdatedTimestamp: changedAt,
    StateTransitionedTimestamp: changedAt,
    EvaluationPeriods: alarm.evaluationPeriods,
    DatapointsToAlarm: alarm.datapointsToAlarm,
    ...("threshold" in alarm.against
      ? { Threshold: alarm.against.threshold }
      : { ThresholdMetricId: alarm.against.band.id }),
    ComparisonOperator: alarm.against.comparison,
    TreatMissingData: alarm.missing,
    ...metricsOf(alarm),
  };
}

/** An alarm on one metric shows it in members of its own, not in a list. */
function metricsOf({ queries, isSingleMetric, periodSeconds, against }: AlarmView) {
  const [query] = queries;
  if (!isSingleMetric || !query || !("metric" in query))
    return { Metrics: [...queries.map((each) => describeQuery(each, periodSeconds)), ...describeBand(against)] };
  const { namespace: Namespace, name: MetricName, dimensions: named } = query.metric;
  return { Namespace, MetricName, Dimensions: listed(named), Statistic: query.statistic, Period: periodSeconds };
}

function describeBand(against: AlarmView["against"]) {
  if (!("band" in against)) return [];
  const { id: Id, expression: Expression, label: Label } = against.band;
  return [{ Id, Expression, Label, ReturnData: true }];
}

function listed(named: Readonly<Record<string, string>>): { Name: string; Value: string }[] {
  return Object.entries(named).map(([Name, Value]) => ({ Name, Value }));
}

function describeQuery(query: AlarmQuery, Period: number) {
  const { id: Id, returnData: ReturnData } = query;
  if ("math" in query) return { Id, ReturnData, Expression: query.expression, Label: query.label };
  const { namespace: Namespace, name: MetricName, dimensions: named } = query.metric;
  const Dimensions = Object.entries(named).map(([Name, Value]) => ({ Name, Value }));
  return {
    Id,
    ReturnData,
    MetricStat: { Metric: { Namespace, MetricName, Dimensions }, Period, Stat: query.statistic },
  };
}

/** Periods are aligned to the clock, and those without data are left out, as in CloudWatch's answer. */
function metricData(store: MetricStore, region: string, input: z.infer<typeof getMetricData>) {
  const periods = new Set(input.MetricDataQueries.flatMap(({ MetricStat }) => MetricStat?.Period ?? []));
  const [periodSeconds] = periods;
  if (periodSeconds === undefined || periods.size > 1)
    throw invalid("The local CloudWatch wants one and the same Period in all queries of a call.");
  const periodMs = periodSeconds * SECOND;
  const from = Math.floor(input.StartTime / periodMs) * periodMs;
  const count = Math.max(0, Math.ceil((input.EndTime - from) / periodMs));
  const queries = input.MetricDataQueries.map(queryOf);
  const results = queries
    .filter(({ returnData }) => returnData)
    .map((query) => {
      const values = evaluateQuery(query, queries, {
        length: count,
        period: () => periodSeconds,
        read: ({ metric, statistic }) => store.read(region, metric, statistic, { from, periodMs, count }),
      });
      const points = values.flatMap((value, index) =>
        value === null ? [] : [{ value, at: (from + index * periodMs) / SECOND }],
      );
      if (input.ScanBy === "TimestampDescending") points.reverse();
      return {
        Id: query.id,
        Label: "math" in query ? (query.label ?? query.id) : query.metric.name,
        Timestamps: points.map(({ at }) => at),
        Values: points.map(({ value }) => value),
        StatusCode: "Complete",
      };
    });
  return { MetricDataResults: results, Messages: [] };
}

function queryOf({ Id, Label, ReturnData, Expression, MetricStat }: z.infer<typeof metricQuery>): AlarmQuery {
  if (MetricStat) {
    const { Namespace: namespace, MetricName: name, Dimensions } = MetricStat.Metric;
    const metric = { namespace, name, dimensions: record(Dimensions) };
    return { id: Id, returnData: ReturnData, metric, statistic: MetricStat.Stat };
  }
  if (Expression === undefined) throw invalid(`${Id}: has neither MetricStat nor Expression`);
  const math = compileMetricMath(Expression);
  return { id: Id, returnData: ReturnData, expression: Expression, label: Label, math };
}
