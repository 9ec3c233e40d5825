/** What an alarm sees when a period has closed, and which state follows from it. */
import { type Instant, SECOND } from "../../functions/domain/instant.ts";
import { type Against, type AlarmDefinition, type AlarmQuery, comparisons } from "./alarm-definition.ts";
import { type Band, type BandQuery, bandComparisons, bandFrom, MOST_POINTS } from "./anomaly-band.ts";
import type { Series } from "./metric-math.ts";
import type { MetricStore } from "./metric-store.ts";

export type AlarmState = "ALARM" | "OK" | "INSUFFICIENT_DATA";

export interface Evaluation {
  /** Start of the first period that was looked at. */
  readonly from: Instant;
  /** One value per period, oldest first. */
  readonly values: Series;
  /** What an anomaly alarm expects; null for every other, and while there is too little to tell. */
  readonly band: Band | null;
  /** Null: what there is gives no reason to change the state (missing data is ignored). */
  readonly state: AlarmState | null;
}

/** Looks at the last periods that ended at or before `now`. */
export function evaluateAlarm(alarm: AlarmDefinition, store: MetricStore, now: Instant): Evaluation {
  const periodMs = alarm.periodSeconds * SECOND;
  const to = Math.floor(now / periodMs) * periodMs;
  const from = to - alarm.evaluationPeriods * periodMs;
  const values = valuesOf(alarm, store, { from, periodMs, count: alarm.evaluationPeriods });
  const band = "band" in alarm.against ? bandBefore(alarm, alarm.against.band, store, from) : null;
  return { from, values, band, state: stateFor(alarm, values, band) };
}

/** Of the query that returns data. */
function valuesOf(alarm: AlarmDefinition, store: MetricStore, range: Parameters<MetricStore["read"]>[3]): Series {
  const returned = alarm.queries.find((query) => query.returnData);
  if (!returned) return [];
  return evaluateQuery(returned, alarm.queries, {
    length: range.count,
    period: () => alarm.periodSeconds,
    read: (query) => store.read(alarm.region, query.metric, query.statistic, range),
  });
}

function bandBefore(alarm: AlarmDefinition, { deviations }: BandQuery, store: MetricStore, from: Instant): Band | null {
  const periodMs = alarm.periodSeconds * SECOND;
  const range = { from: from - MOST_POINTS * periodMs, periodMs, count: MOST_POINTS };
  return bandFrom(valuesOf(alarm, store, range), deviations);
}

type StatQuery = Extract<AlarmQuery, { metric: unknown }>;
interface QueryContext {
  readonly length: number;
  readonly period: (id: string) => number;
  readonly read: (query: StatQuery) => Series;
}

/** Evaluates one query; `ids` of an expression may be other expressions, but not in a circle. */
export function evaluateQuery(query: AlarmQuery, all: readonly AlarmQuery[], context: QueryContext): Series {
  if ("metric" in query) return context.read(query);
  const others = all.filter(({ id }) => id !== query.id);
  return query.math.evaluate({
    length: context.length,
    period: context.period,
    series(id) {
      const other = others.find((each) => each.id === id);
      if (!other) throw new Error(`Metric math "${query.expression}" refers to itself through ${id}`);
      return evaluateQuery(other, others, context);
    },
  });
}

/**
 * AWS looks at a few more periods than EvaluationPeriods when some are missing; here the last ones decide alone.
 * The four ways to treat missing data are AWS's.
 */
function stateFor(alarm: AlarmDefinition, values: Series, band: Band | null): AlarmState | null {
  const breaches = breachOf(alarm.against, band);
  const present = breaches ? values.filter((value) => value !== null) : [];
  const missing = values.length - present.length;
  const crossed = present.filter((value) => breaches?.(value)).length;
  const breaching = crossed + (alarm.missing === "breaching" ? missing : 0);
  if (breaching >= alarm.datapointsToAlarm) return "ALARM";
  if (present.length > 0 || alarm.missing === "notBreaching" || alarm.missing === "breaching") return "OK";
  return alarm.missing === "ignore" ? null : "INSUFFICIENT_DATA";
}

/** Null while nothing can be compared. */
function breachOf(against: Against, band: Band | null): ((value: number) => boolean) | null {
  if ("threshold" in against) {
    const { holds } = comparisons[against.comparison];
    return (value) => holds(value, against.threshold);
  }
  const { holds } = bandComparisons[against.comparison];
  return band && ((value) => holds(value, band));
}
