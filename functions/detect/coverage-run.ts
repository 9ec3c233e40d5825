/** How complete the evidence of a round is, log by log, and what people are told of it. */
import { ALL_CATEGORIES } from "../domain/deployment.ts";
import { fromIso, type Instant, MINUTE, toIso, type Window } from "../domain/instant.ts";
import type { Run, WindowPart } from "../domain/run.ts";
import { addUp, type Coverage, coverageOf, type MinuteCounts, type Tally } from "./coverage.ts";
import { type CoverageRows, coverageRange, type LogName, type NamedCalls, readCoverage } from "./coverage-query.ts";
import { windowOfPart } from "./window-part.ts";

/** CloudWatch's counts of a minute are in some minutes after it; what is younger says nothing yet. */
const METRICS_ARE_IN = 5 * MINUTE;

/** What CloudWatch counted, minute by minute. */
export interface CountedCalls {
  readonly edge: MinuteCounts;
  /** Null where the deployment has no web ACL on the pool. */
  readonly pool: MinuteCounts | null;
  /** `CallCount` by quota category. */
  readonly categories: ReadonlyMap<string, MinuteCounts>;
}

export interface CallMetrics {
  read(range: Window): Promise<CountedCalls>;
}

/** What was asked for, or the name of the error that stayed. */
export type Asked<T> = { readonly found: T } | { readonly error: string };

export interface CoverageFacts {
  readonly rows: Asked<readonly unknown[]>;
  readonly counted: Asked<CountedCalls>;
  readonly readAt: Instant;
  /** What was counted of the window; the whole of it unless said. Of a sample that is CloudTrail. */
  readonly part?: WindowPart | undefined;
}

export interface LogCoverage extends Coverage {
  readonly log: LogName;
}

export interface RunCoverage {
  /** The minutes that were counted and whose metrics are in. */
  readonly settled: Window;
  /** Empty where completeness could not be counted. */
  readonly logs: readonly LogCoverage[];
  /** The least over the logs. */
  readonly completeTo: Instant | null;
  readonly ratio: number | null;
  /** What is not complete, a sentence each. */
  readonly gaps: readonly string[];
  /** CloudTrail's calls of the run's quota category. */
  readonly trail: (Tally & { readonly named: readonly NamedCalls[] }) | null;
}

export function coverageOfRun(
  run: Pick<Run, "shortWindow" | "category">,
  { rows, counted, readAt, part = "whole" }: CoverageFacts,
): RunCoverage {
  const whole = { from: fromIso(run.shortWindow.from) ?? 0, to: fromIso(run.shortWindow.to) ?? 0 };
  const window = windowOfPart(whole, part);
  const range = coverageRange(whole, part);
  const settled = { from: range.from, to: Math.min(range.to, readAt - METRICS_ARE_IN) };
  if ("error" in rows) return unknown(settled, `the query of the logs' counts failed with ${rows.error}`);
  if ("error" in counted) return unknown(settled, `CloudWatch's counts were not read (${counted.error})`);
  const read = readCoverage(rows.found);
  const tallies = talliesOf(read, counted.found, run.category).filter(
    ({ log }) => part !== "sample" || log === "trail",
  );
  const logs = tallies.map(({ log, tally }) => ({ log, ...coverageOf(tally, settled) }));
  const incomplete = logs.filter(({ completeTo }) => completeTo === null || completeTo < window.to);
  const ratios = logs.map(({ ratio }) => ratio);
  return {
    settled,
    logs,
    completeTo: leastOf(logs.map(({ completeTo }) => completeTo)),
    ratio: leastOf(ratios),
    gaps: [...partGap(part), ...incomplete.map(gapOf)],
    trail: trailOf(tallies, read.named, run.category),
  };
}

/** Nothing is known of completeness, so nothing counts as complete. */
function unknown(settled: Window, because: string): RunCoverage {
  const gap = `Whether the logs are complete is not known: ${because}. Shares count as incomplete evidence.`;
  return { settled, logs: [], completeTo: null, ratio: null, gaps: [gap], trail: null };
}

function talliesOf(read: CoverageRows, counted: CountedCalls, category: string) {
  const heldIn = (log: LogName) => read.held.filter((held) => held.log === log);
  const inRun = (of: string | null) => of !== null && isInRun(of, category);
  const categories = [...counted.categories].filter(([name]) => inRun(name)).map(([, counts]) => counts);
  const pool = counted.pool && { rows: countsOf(heldIn("pool")), counted: counted.pool };
  const trail = heldIn("trail").filter((held) => inRun(held.category));
  const all: { log: LogName; tally: Tally }[] = [
    { log: "edge", tally: { rows: countsOf(heldIn("edge")), counted: counted.edge } },
    ...(pool ? [{ log: "pool" as const, tally: pool }] : []),
    { log: "trail", tally: { rows: countsOf(trail), counted: addUp(categories) } },
  ];
  return all;
}

function isInRun(category: string, wanted: string): boolean {
  return wanted === ALL_CATEGORIES || category === wanted;
}

function trailOf(
  tallies: readonly { log: LogName; tally: Tally }[],
  named: readonly NamedCalls[],
  category: string,
): RunCoverage["trail"] {
  const trail = tallies.find(({ log }) => log === "trail");
  if (!trail || category === ALL_CATEGORIES) return null;
  return { ...trail.tally, named: named.filter((calls) => calls.category === category) };
}

function countsOf(held: readonly { readonly slot: Instant; readonly calls: number }[]): MinuteCounts {
  return addUp(held.map(({ slot, calls }) => new Map([[slot, calls]])));
}

/** Null, which is worse than any number, if there is one. */
function leastOf(values: readonly (number | null)[]): number | null {
  return values.reduce((least, value) => (least === null || value === null ? null : Math.min(least, value)));
}

const titles: Readonly<Record<LogName, string>> = {
  edge: "the WAF log of the distribution",
  pool: "the WAF log of the user pool",
  trail: "CloudTrail",
};

function gapOf({ log, rows, counted, ratio, completeTo }: LogCoverage): string {
  const title = `${titles[log].slice(0, 1).toUpperCase()}${titles[log].slice(1)}`;
  if (ratio === null)
    return `${title} holds ${rows} calls of which CloudWatch counted none: its metric has other dimensions than the config says, so whether the log is complete is not known.`;
  const percent = Math.floor(100 * ratio);
  const until =
    completeTo === null ? "not complete at any time" : `complete only to ${toIso(completeTo).slice(0, 16)}Z`;
  if (counted === 0) return `${title} is ${until}; CloudWatch has counted no calls for it yet.`;
  return `${title} is ${until}; it holds ${percent} % of the ${counted} calls that CloudWatch counted.`;
}

function partGap(part: WindowPart): string[] {
  if (part === "whole") return [];
  const counted = part === "half" ? "was counted for its newer half" : "was counted of CloudTrail only";
  return [`The logs of the short window were not counted whole: how complete they are ${counted}.`];
}

/**
 * Whether shares found in a look can be trusted: every log that it reads is complete in the whole of its window. A
 * sample reads CloudTrail whole, which holds the outcomes.
 */
export function isLookComplete(
  coverage: RunCoverage | null | undefined,
  window: Window,
  part: WindowPart = "whole",
): boolean {
  if (!coverage || coverage.settled.from > window.from) return false;
  const needed = coverage.logs.filter(({ log }) => part !== "sample" || log === "trail");
  const isCounted = needed.length > 0 && (part === "sample" || needed.some(({ log }) => log === "edge"));
  return isCounted && needed.every(({ completeTo }) => completeTo !== null && completeTo >= window.to);
}
