/** A source as a row of the report's table: plain values, so that the page can hold a hundred thousand. */
import type { CallSeries } from "../functions/domain/call-series.ts";
import { printable } from "../functions/domain/printable.ts";
import type { Activity, Reason, SourceVerdict } from "../functions/domain/verdict.ts";
import { becauseTexts } from "./because-texts.ts";
import { rebucket } from "./series.ts";
import { type Moment, momentOf, spanOf, wordsOf } from "./times.ts";

export interface Named<T> {
  readonly name: string;
  readonly value: T;
}

/** What became of a source. `until` is empty where there is no end to tell. */
export interface Standing {
  readonly state: string;
  readonly tone: "bad" | "warn" | "good" | "plain";
  readonly until: Moment;
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
  readonly first: Moment;
  readonly last: Moment;
  readonly reasons: readonly ReasonRow[];
  readonly facts: readonly Named<string>[];
  readonly activity: readonly ActivityRow[];
  /** One or none. */
  readonly series: readonly SeriesRow[];
}

interface ReasonRow extends Trace {
  readonly detection: string;
  readonly text: string;
  /** In per cent. */
  readonly severity: number;
  readonly window: string;
  readonly observed: readonly Named<number>[];
}

interface ActivityRow {
  readonly window: string;
  readonly operations: readonly Activity["operations"][number][];
}

export interface SeriesRow {
  readonly from: Moment;
  readonly stepMinutes: number;
  readonly calls: readonly number[];
  readonly failures: readonly number[];
  readonly refused: readonly number[];
}

/** What only the document around the verdict knows. */
interface Surroundings {
  readonly standing: Standing;
  readonly behind: number | null;
  readonly facts: readonly Named<string>[];
  readonly traceOf: (reason: Reason) => Trace;
}

/** As many steps as a small chart can show. */
const STEPS = 32;

export function rowOf(verdict: SourceVerdict, { standing, behind, facts, traceOf }: Surroundings): SourceRow {
  return shown({
    ...standing,
    source: verdict.source,
    came: verdict.paths.join(", "),
    ...{ score: verdict.score, calls: verdict.calls, failures: verdict.failures, successes: verdict.successes },
    users: verdict.distinctUsers,
    behind: behind ?? establishedIn(verdict) ?? -1,
    first: momentOf(verdict.firstSeen),
    last: momentOf(verdict.lastSeen),
    reasons: verdict.reasons.map((reason) => reasonRow(reason, traceOf(reason))),
    facts,
    activity: (verdict.activity ?? []).map(({ window, operations }) => ({ window: spanOf(window), operations })),
    series: seriesRows(verdict.series),
  });
}

function reasonRow(reason: Reason, trace: Trace): ReasonRow {
  const { detection, text, severity, window, observed } = reason;
  const numbers = Object.entries(observed).map(([name, value]) => ({ name: wordsOf(name), value }));
  return { detection, text, severity: Math.round(100 * severity), window: spanOf(window), observed: numbers, ...trace };
}

function establishedIn({ reasons }: SourceVerdict): number | null {
  const known = reasons.flatMap(({ observed }) => observed["establishedUsers"] ?? []);
  return known.length > 0 ? Math.max(...known) : null;
}

function seriesRows(series: CallSeries | undefined): SeriesRow[] {
  if (!series || series.calls.length === 0) return [];
  const { from, stepMinutes, calls, failures, refused } = rebucket(series, STEPS);
  return [{ from: momentOf(from), stepMinutes, calls, failures, refused }];
}

/** The verdict as it stands, where nobody has acted on it. */
export function verdictStanding({ verdict, handsOff, needsPerson }: SourceVerdict): Standing {
  if (verdict !== "ban") return { state: verdict, tone: "plain", until: "", note: "" };
  if (handsOff) return { state: "ban", tone: "bad", until: "", note: "hands-off" };
  const because = needsPerson.map((why) => becauseTexts[why]).join("; ");
  return { state: "ban?", tone: "warn", until: "", note: `a person decides: ${because}` };
}

const LONGEST = 1_000;

/** Every text of it as it is shown, by whoever shows it: no sign that turns or hides others, and an end. */
function shown<T>(value: T): T;
function shown(value: unknown): unknown {
  if (typeof value === "string") {
    const text = printable(value);
    return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  }
  if (Array.isArray(value)) return value.map((item) => shown(item));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, shown(item)]));
}
