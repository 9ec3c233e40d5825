/** A source as a row of the report's table: plain values, so that the page can hold a hundred thousand. */
import type { CallSeries } from "../functions/domain/call-series.ts";
import { printable } from "../functions/domain/printable.ts";
import type { Activity, Reason, SourceVerdict } from "../functions/domain/verdict.ts";
import { becauseTexts } from "./because-texts.ts";
import { rebucket } from "./series.ts";
import { type Minute, minuteOf, spanOf, wordsOf } from "./times.ts";

export interface Named<T> {
  readonly name: string;
  readonly value: T;
}

/** What became of a source. `until` is empty where there is no end to tell. */
export interface Standing {
  readonly state: string;
  readonly tone: "bad" | "warn" | "good" | "plain";
  readonly until: Minute;
  readonly note: string;
}

/** Where a reason's numbers come from: words, and the place on the page that tells of that query. */
export interface Trace {
  readonly query: string;
  readonly link: string;
}

export interface SourceRow extends Standing {
  readonly source: string;
  readonly came: string;
  readonly score: number;
  readonly calls: number;
  readonly failures: number;
  readonly successes: number;
  readonly users: number;
  /** Users who got in from there on earlier days; -1 where nobody knows of any. */
  readonly behind: number;
  readonly first: Minute;
  readonly last: Minute;
  readonly reasons: readonly ReasonRow[];
  readonly facts: readonly Named<string>[];
  readonly activity: readonly ActivityRow[];
  /** One or none. */
  readonly series: readonly SeriesRow[];
}

interface ReasonRow extends Trace {
  readonly detection: string;
  readonly text: string;
  /** In per cent; none in rows without details. */
  readonly severity: readonly number[];
  readonly window: string;
  readonly observed: readonly Named<number>[];
}

interface ActivityRow {
  readonly window: string;
  readonly operations: readonly Activity["operations"][number][];
}

export interface SeriesRow {
  readonly from: Minute;
  readonly stepMinutes: number;
  readonly calls: readonly number[];
  readonly failures: readonly number[];
  readonly refused: readonly number[];
}

/**
 * Rows that keep their calls by operation and over time, and the numbers of each reason: those of more would make the
 * page too large to open. The others keep their reasons' sentences.
 */
export const DETAILED_ROWS = 5_000;

/** What only the document around the verdict knows. */
interface Surroundings {
  readonly standing: Standing;
  readonly behind: number | null;
  readonly facts: readonly Named<string>[];
  readonly traceOf: (reason: Reason) => Trace;
}

/** As many steps as a small chart can show. */
const STEPS = 32;

/** The n-th row of the table. Every text of it is as whoever draws it shows it. */
export function rowOf(
  verdict: SourceVerdict,
  { standing, behind, facts, traceOf }: Surroundings,
  n: number,
): SourceRow {
  const detailed = n < DETAILED_ROWS;
  const { score, calls, failures, successes, distinctUsers } = verdict;
  return {
    state: standing.state,
    tone: standing.tone,
    until: shownMinute(standing.until),
    note: shown(standing.note),
    source: shown(verdict.source),
    came: verdict.paths.join(", "),
    score,
    calls,
    failures,
    successes,
    users: distinctUsers,
    behind: behind ?? establishedIn(verdict) ?? -1,
    first: shownMinute(minuteOf(verdict.firstSeen)),
    last: shownMinute(minuteOf(verdict.lastSeen)),
    reasons: verdict.reasons.map((reason) => reasonRow(reason, traceOf(reason), detailed)),
    facts: facts.map(({ name, value }) => ({ name, value: shown(value) })),
    activity: detailed ? (verdict.activity ?? []).map(activityRow) : [],
    series: detailed ? seriesRows(verdict.series) : [],
  };
}

function reasonRow(
  { detection, text, severity, window, observed }: Reason,
  trace: Trace,
  detailed: boolean,
): ReasonRow {
  const numbers = detailed ? Object.entries(observed) : [];
  return {
    detection: shown(detection),
    text: shown(text),
    window: shown(spanOf(window)),
    severity: detailed ? [Math.round(100 * severity)] : [],
    observed: numbers.map(([name, value]) => ({ name: shown(wordsOf(name)), value })),
    query: shown(trace.query),
    link: trace.link,
  };
}

function activityRow({ window, operations }: Activity): ActivityRow {
  return {
    window: shown(spanOf(window)),
    operations: operations.map(({ operation, calls, successes, accepted, failures, refused }) => {
      return { operation: shown(operation), calls, successes, accepted, failures, refused };
    }),
  };
}

function establishedIn({ reasons }: SourceVerdict): number | null {
  const known = reasons.flatMap(({ observed }) => observed["establishedUsers"] ?? []);
  return known.length > 0 ? Math.max(...known) : null;
}

function seriesRows(series: CallSeries | undefined): SeriesRow[] {
  if (!series || series.calls.length === 0) return [];
  const { from, stepMinutes, calls, failures, refused } = rebucket(series, STEPS);
  return [{ from: shownMinute(minuteOf(from)), stepMinutes, calls, failures, refused }];
}

/** The verdict as it stands, where nobody has acted on it. */
export function verdictStanding({ verdict, handsOff, needsPerson }: SourceVerdict): Standing {
  if (verdict !== "ban") return { state: verdict, tone: "plain", until: "", note: "" };
  if (handsOff) return { state: "ban", tone: "bad", until: "", note: "hands-off" };
  const because = needsPerson.map((why) => becauseTexts[why]).join("; ");
  return { state: "ban?", tone: "warn", until: "", note: `a person decides: ${because}` };
}

const LONGEST = 1_000;
const PLAIN = /^[ -~]*$/;

/** No sign that turns or hides others, and an end. */
function shown(text: string): string {
  const safe = PLAIN.test(text) ? text : printable(text);
  return safe.length > LONGEST ? `${safe.slice(0, LONGEST)}…` : safe;
}

function shownMinute(minute: Minute): Minute {
  return typeof minute === "string" ? shown(minute) : minute;
}
