/** "CloudWatch Alarm State Change", field by field as EventBridge delivers it (User Guide, "Alarm events and EventBridge"). */
import { randomUUID } from "node:crypto";

import { type Instant, SECOND, toIso } from "../../functions/domain/instant.ts";
import type { BusEvent } from "../ports.ts";
import { type AlarmDefinition, comparisons } from "./alarm-definition.ts";
import type { AlarmState, Evaluation } from "./alarm-evaluation.ts";
import { bandComparisons } from "./anomaly-band.ts";

/** One state of an alarm, as its events describe it. */
export interface StateDescription {
  readonly value: AlarmState;
  readonly reason: string;
  /** JSON text; AWS leaves it out for the state that an alarm is created in. */
  readonly reasonData?: string;
  /** CloudWatch writes `+0000`, which is not RFC 3339. */
  readonly timestamp: string;
}

export function initialState(now: Instant): StateDescription {
  return { value: "INSUFFICIENT_DATA", reason: "Unchecked: Initial alarm creation", timestamp: awsTime(now) };
}

export function describeState(
  alarm: AlarmDefinition,
  previous: AlarmState,
  next: AlarmState,
  evaluation: Evaluation,
  now: Instant,
): StateDescription {
  return {
    value: next,
    reason: reasonFor(alarm, previous, next, evaluation),
    reasonData: JSON.stringify(reasonData(alarm, evaluation, now)),
    timestamp: awsTime(now),
  };
}

export function alarmEvent(
  alarm: AlarmDefinition,
  previousState: StateDescription,
  state: StateDescription,
  now: Instant,
): BusEvent {
  return {
    version: "0",
    id: randomUUID(),
    "detail-type": "CloudWatch Alarm State Change",
    source: "aws.cloudwatch",
    account: alarm.account,
    time: `${toIso(now).slice(0, 19)}Z`,
    region: alarm.region,
    resources: [alarm.arn],
    detail: {
      alarmName: alarm.name,
      configuration: {
        ...(alarm.description === undefined ? {} : { description: alarm.description }),
        metrics: [...alarm.queries.map((query) => describeQuery(query, alarm)), ...describeBand(alarm)],
      },
      previousState,
      state,
    },
  };
}

/** In the template's order, as on AWS: nobody may rely on the first entry being the one that returns data. */
function describeQuery(query: AlarmDefinition["queries"][number], alarm: AlarmDefinition) {
  if ("math" in query) {
    const { id, expression, label, returnData } = query;
    return { id, expression, ...(label === undefined ? {} : { label }), returnData };
  }
  // The one metric of a plain alarm gets an id that nobody chose.
  const id = alarm.isSingleMetric ? randomUUID() : query.id;
  const { namespace, name, dimensions } = query.metric;
  const metricStat = { metric: { namespace, name, dimensions }, period: alarm.periodSeconds, stat: query.statistic };
  return { id, metricStat, returnData: query.returnData };
}

function describeBand({ against }: AlarmDefinition) {
  if (!("band" in against)) return [];
  const { id, expression, label } = against.band;
  return [{ id, expression, ...(label === undefined ? {} : { label }), returnData: true }];
}

function reasonData(alarm: AlarmDefinition, { from, values, band }: Evaluation, now: Instant) {
  const periodMs = alarm.periodSeconds * SECOND;
  const [query] = alarm.queries;
  return {
    version: "1.0",
    queryDate: awsTime(now),
    startDate: awsTime(from),
    ...(alarm.isSingleMetric && query && "statistic" in query ? { statistic: query.statistic } : {}),
    period: alarm.periodSeconds,
    recentDatapoints: values.filter((value) => value !== null),
    ...("threshold" in alarm.against ? { threshold: alarm.against.threshold } : recentBands(values, band)),
    evaluatedDatapoints: values
      .map((value, index) => ({ timestamp: awsTime(from + index * periodMs), value }))
      .filter(({ value }) => value !== null)
      .reverse(),
  };
}

function recentBands(values: Evaluation["values"], band: Evaluation["band"]) {
  const present = values.filter((value) => value !== null);
  return {
    recentLowerThresholds: present.flatMap(() => band?.lower ?? []),
    recentUpperThresholds: present.flatMap(() => band?.upper ?? []),
  };
}

function reasonFor(alarm: AlarmDefinition, previous: AlarmState, next: AlarmState, evaluation: Evaluation): string {
  const { from, values } = evaluation;
  const points = values.flatMap((value, index) =>
    value === null ? [] : [`${decimal(value)} (${reasonTime(from + index * alarm.periodSeconds * SECOND)})`],
  );
  const { evaluationPeriods: of, datapointsToAlarm: needed } = alarm;
  const comparable = "threshold" in alarm.against || evaluation.band !== null;
  if (points.length === 0 || !comparable) return noData(alarm, next);
  return (
    `Threshold${"band" in alarm.against ? "s" : ""} Crossed: ${points.length} out of the last ${of} datapoints ` +
    `[${points.join(", ")}] ${next === "ALARM" ? "was" : "was not"} ${boundOf(alarm, evaluation.band)} (minimum ${needed} datapoint${needed > 1 ? "s" : ""} for ${previous} -> ${next} transition).`
  );
}

function boundOf({ against }: AlarmDefinition, band: Evaluation["band"]): string {
  if ("threshold" in against)
    return `${comparisons[against.comparison].words} the threshold (${decimal(against.threshold)})`;
  return `${bandComparisons[against.comparison].words} [${band?.lower}, ${band?.upper}]`;
}

function noData(alarm: AlarmDefinition, next: AlarmState): string {
  const periods = `${alarm.evaluationPeriods} period${alarm.evaluationPeriods > 1 ? "s" : ""}`;
  if (next === "INSUFFICIENT_DATA") return `Insufficient Data: ${periods} had no datapoints.`;
  const treated = alarm.missing === "breaching" ? "Breaching" : "NonBreaching";
  return `Threshold Crossed: no datapoints were received for ${periods} and missing datapoints were treated as [${treated}].`;
}

export function awsTime(instant: Instant): string {
  return toIso(instant).replace("Z", "+0000");
}

/** `02/10/19 16:59:00`, day first. */
function reasonTime(instant: Instant): string {
  const [date = "", time = ""] = toIso(instant).split("T");
  const [year = "", month = "", day = ""] = date.split("-");
  return `${day}/${month}/${year.slice(2)} ${time.slice(0, 8)}`;
}

function decimal(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : String(value);
}
