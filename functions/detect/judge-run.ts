/**
 * Judges one round of a run: the rows of its evidence queries in, verdicts out. A query that failed is a stated gap,
 * never an empty answer, and what the other window shows stands.
 */
import type { SourceKnock } from "../domain/ban.ts";
import type { CallSeries } from "../domain/call-series.ts";
import { fromIso, toIso, type Window } from "../domain/instant.ts";
import { neverBlockRanges } from "../domain/never-block.ts";
import type { Policy } from "../domain/policy.ts";
import type { QueryEnd, Run, ScoreResult, WindowPart } from "../domain/run.ts";
import { RUN_SCHEMA } from "../domain/run.ts";
import { verdictsKey } from "../domain/run-keys.ts";
import type { Source } from "../domain/source.ts";
import type { SourceVerdict } from "../domain/verdict.ts";
import { counted } from "../domain/wording.ts";
import { activityOf } from "./activity.ts";
import { isLookComplete, type RunCoverage } from "./coverage-run.ts";
import type { WindowSize } from "./detection.ts";
import { fingerprintNotice } from "./groups.ts";
import { countEstablished, readHistory } from "./history.ts";
import { knocksIn } from "./knocks.ts";
import { notOurs, type Ours } from "./not-ours.ts";
import { type ProfileReading, readProfiles } from "./profiles.ts";
import { quotaUseIn } from "./quota-use.ts";
import { hourPartition, hoursIn } from "./rollup.ts";
import { type Answered, type Look, scoreAll } from "./score.ts";
import { seriesBySource, seriesOf, stepMinutes } from "./series.ts";
import { historyDaysOfPart, SAMPLE_FACTOR, slowWindowOfPart, windowOfPart } from "./window-part.ts";

/** The rows of one evidence query, or null where it failed. */
export interface WindowRows {
  readonly size: WindowSize;
  readonly rows: readonly unknown[] | null;
  /** What was read of the window; the whole of it unless said. */
  readonly part?: WindowPart | undefined;
  readonly bytesScanned?: number | undefined;
  /** Name of the error that stayed; the text of one may hold what a query held. */
  readonly error: string;
}

export interface Judged {
  readonly verdicts: readonly SourceVerdict[];
  readonly counts: ScoreResult["counts"];
  /** What the evidence lacks. */
  readonly missing: readonly string[];
  /** What people should look at because no ban can answer it. */
  readonly notes: readonly string[];
  /** Those of the notes that tell why shares were not trusted. */
  readonly faults: readonly string[];
  /** Watched at most; `source` is the JA4. */
  readonly fingerprints: readonly SourceVerdict[];
  /** Banned sources that go on calling, and others that some rule keeps out: the ledger tells them apart. */
  readonly knocks: readonly SourceKnock[];
  /** Calls of the short window that used the quota of the run's category; absent where that window was not read. */
  readonly quotaCalls?: number;
  /** All calls of the short window over time; absent where that window was not read. */
  readonly series?: CallSeries;
  /** Established users of the days before, wherever they come from; null where nobody knows. */
  readonly establishedUsers: number | null;
}

/** The LIMIT of queries/profiles.sql: with that many rows, some were cut off. */
export const ROW_LIMIT = 20_000;

/** The rows of the history's query, or null where it failed. */
export type HistoryRows = Pick<WindowRows, "rows" | "error" | "part">;

export interface JudgeRules {
  readonly policy: Policy;
  readonly strikesOf: (source: Source) => number;
  /** Absent where nobody asked. */
  readonly history?: HistoryRows | null;
  /** How complete the logs are; absent where nobody counted, and then no look is complete. */
  readonly coverage?: RunCoverage | null;
  /** See `Evidence`. */
  readonly answeredOf?: (source: Source) => Answered | null;
}

/** Only bans and watches are kept: the sources that did nothing are counted. */
export function judgeRun(run: Run, windows: readonly WindowRows[], rules: JudgeRules): Judged {
  const readings = windows.map((window) => ({ ...window, reading: window.rows && readProfiles(window.rows) }));
  const establishedOf = rules.history?.rows
    ? readHistory(rules.history.rows, { isWhole: noDayMissing(run) && (rules.history.part ?? "whole") === "whole" })
    : () => null;
  const looks = readings.flatMap(({ size, part, reading }) =>
    reading ? { ...lookOf(run, { size, part }, reading, rules.coverage), establishedOf } : [],
  );
  const { verdicts, fingerprints, faults } = scoreAll({ ...rules, looks, neverBlock: neverBlockRanges() });
  const count = (wanted: SourceVerdict["verdict"]) => verdicts.filter(({ verdict }) => verdict === wanted).length;
  const short = readings.find(({ size, reading }) => size === "short" && reading);
  const use = short?.reading ? quotaUseIn(short.reading, run.category) : null;
  return {
    verdicts: verdicts
      .filter(({ verdict }) => verdict !== "ignore")
      .map(withActivity(looks))
      .map(withSeries(looks))
      .map((verdict) =>
        use && verdict.verdict === "ban" ? { ...verdict, quotaCalls: use.of(verdict.source) } : verdict,
      ),
    ...(use && { quotaCalls: use.total }),
    ...(short?.reading &&
      short.reading.timeline.length > 0 && {
        series: seriesOf(short.reading.timeline, partOf(run, "short", short.part ?? "whole"), stepMinutes.short),
      }),
    counts: { ban: count("ban"), watch: count("watch"), ignore: count("ignore"), calls: totalCalls(readings) },
    missing: [
      ...readings.flatMap((window) => gapsOf(run, window)),
      ...rollupGaps(run),
      ...historyGaps(rules.history),
      ...(rules.coverage?.gaps ?? []),
    ],
    notes: [...faults, ...fingerprints.map(fingerprintNotice)],
    ...{ faults, fingerprints },
    knocks: looks.flatMap(({ size, profiles }) => (size === "short" ? knocksIn(profiles, rules.policy) : [])),
    establishedUsers: rules.history?.rows ? countEstablished(rules.history.rows) : null,
  };
}

/** A ban is shown with what it is about; nobody is asked about the others. */
function withActivity(looks: readonly Look[]): (verdict: SourceVerdict) => SourceVerdict {
  const activity = activityOf(looks);
  return (verdict) => (verdict.verdict === "ban" ? { ...verdict, activity: activity(verdict.source) } : verdict);
}

function withSeries(looks: readonly Look[]): (verdict: SourceVerdict) => SourceVerdict {
  const seriesIn = seriesBySource(looks);
  return (verdict) => {
    const series = seriesIn(verdict.source);
    return series ? { ...verdict, series } : verdict;
  };
}

/** Sources near enough to a ban that their history can decide. */
export function suspects({ verdicts }: Judged): Source[] {
  return verdicts.filter(({ score }) => score > 0).map(({ source }) => source);
}

function lookOf(
  run: Run,
  { size, part = "whole" }: Pick<WindowRows, "size" | "part">,
  { profiles, groups, whole }: ProfileReading,
  coverage: JudgeRules["coverage"],
): Look {
  const window = partOf(run, size, part);
  const complete = size === "slow" ? noHourMissing(run, window) : isLookComplete(coverage, window, part);
  return { size, window, profiles, groups, whole, complete };
}

/** What was read of a window. */
function partOf(run: Run, size: WindowSize, part: WindowPart): Window {
  const window = windowOf(run, size);
  return size === "slow" ? slowWindowOfPart(window, part) : windowOfPart(window, part);
}

function windowOf(run: Run, size: WindowSize): Window {
  const { from, to } = size === "short" ? run.shortWindow : run.slowWindow;
  return { from: fromIso(from) ?? 0, to: fromIso(to) ?? 0 };
}

/** All calls of the window that saw most, whoever made them: what relief is measured against. */
function totalCalls(readings: readonly { readonly reading: ProfileReading | null }[]): number {
  const totals = readings.map(({ reading }) => {
    if (!reading) return 0;
    if (reading.whole) return reading.whole.calls;
    const { noAddress, infrastructure, ipMismatch } = reading.unattributed;
    return reading.profiles.reduce((sum, { calls }) => sum + calls, noAddress + infrastructure + ipMismatch);
  });
  return Math.max(0, ...totals);
}

function gapsOf(run: Run, looked: WindowRows & { reading: ProfileReading | null }): string[] {
  const { size, rows, error, reading } = looked;
  const { from, to } = size === "short" ? run.shortWindow : run.slowWindow;
  if (!rows || !reading) return [`The ${size} window (${from} to ${to}) was not read: its query failed with ${error}.`];
  const { noAddress, infrastructure, ipMismatch } = reading.unattributed;
  const gaps = partGap(run, looked);
  const cut = cutOff(rows, reading);
  if (cut) gaps.push(`The ${size} window holds ${cut}: the sources with the least against them were cut off.`);
  if (noAddress + infrastructure > 0)
    gaps.push(
      `${counted(noAddress + infrastructure, "call")} of the ${size} window with no usable source: evidence against nobody.`,
    );
  if (ipMismatch > 0)
    gaps.push(
      `${counted(ipMismatch, "call")} of the ${size} window with two different sources: evidence against nobody.`,
    );
  return gaps;
}

function partGap(run: Run, { size, part = "whole", bytesScanned = 0 }: WindowRows): string[] {
  if (part === "whole") return [];
  const { from, to } = partOf(run, size, part);
  const read = `${toIso(from)} to ${toIso(to)}, ${Math.round(bytesScanned / 1e6)} MB`;
  if (part === "half")
    return [
      `The whole of the ${size} window could not be read in one query. Read was its newer half (${read}): its counts are lower bounds.`,
    ];
  const neither =
    size === "short" && run.overBudget
      ? budgetGap(run.overBudget)
      : `The ${size} window could not be read in one query, nor could half of it.`;
  return [
    size === "slow"
      ? `${neither} Read were its newest hours (${read}): its counts are lower bounds.`
      : `${neither} Read was a sample (${read}): of the web ACLs' log files one in ${SAMPLE_FACTOR} (with fast logs those of one minute), of CloudFront's none, of CloudTrail's all. Its counts are lower bounds and were not multiplied.`,
  ];
}

function budgetGap({ scanned, budget }: NonNullable<Run["overBudget"]>): string {
  return `The queries of the hour before scanned ${Math.round(scanned * 10) / 10} GB, and their budget is ${budget} GB: the short window was not read whole.`;
}

/** An hour is rolled up when its logs should be in, and twice more: what is later still is a share of no weight. */
function noHourMissing({ notRolledUp }: Run, { from }: Window): boolean {
  return notRolledUp?.hours.every((hour) => hour < hourPartition(from)) ?? false;
}

function noDayMissing({ notRolledUp }: Run): boolean {
  return (notRolledUp?.days ?? []).length === 0;
}

/** What nobody has rolled up is read as nothing, so it is said. */
function rollupGaps({ notRolledUp, slowWindow }: Run): string[] {
  const { hours = [], days = [], sampled = [] } = notRolledUp ?? {};
  const whole = hoursIn({ from: fromIso(slowWindow.from) ?? 0, to: fromIso(slowWindow.to) ?? 0 }).length;
  const gaps: string[] = [];
  if (hours.length > 0 && hours.length === whole)
    gaps.push(`None of the slow window's ${whole} hours is rolled up: who attacks slowly is not seen yet.`);
  else if (hours.length > 0) gaps.push(`The slow window lacks ${hours.length} of ${whole} hours: ${listed(hours)}.`);
  if (sampled.length > 0)
    gaps.push(
      `${listed(sampled)}: of these hours a sample is rolled up, for their logs are too large: of the web ACLs' log files one in ${SAMPLE_FACTOR} (with fast logs those of one minute), of CloudFront's none, of CloudTrail's all. Their counts are lower bounds.`,
    );
  if (days.length > 0)
    gaps.push(`Who came on ${listed(days)} is not known, for no rollup tells: users may be established who seem new.`);
  return gaps;
}

const MOST_LISTED = 6;

function listed(partitions: readonly string[]): string {
  const rest = partitions.length - MOST_LISTED;
  return `${partitions.slice(0, MOST_LISTED).join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}

function historyGaps(history: HistoryRows | null | undefined): string[] {
  if (!history) return [];
  const { part = "whole", rows } = history;
  if (rows && part === "whole") return [];
  if (rows)
    return [
      `The history could not be read in one query. Read were the last ${historyDaysOfPart[part]} days: who came before them is not known.`,
    ];
  return [`Who came on earlier days is not known: the query of the history failed with ${history.error}.`];
}

function cutOff(rows: readonly unknown[], { whole, remainder }: ProfileReading): string | null {
  if (rows.length < ROW_LIMIT) return null;
  return whole
    ? `${counted(remainder.sources, "more source")} with ${counted(remainder.calls, "call")}`
    : `more than ${ROW_LIMIT} rows`;
}

/** The run as the next states see it: whether there ever was evidence decides how it ends. */
export function withEvidence(run: Run, windows: readonly WindowRows[]): Run {
  const seen = windows.some(({ rows }) => rows !== null) ? 1 : 0;
  return { ...run, evidenceRounds: (run.evidenceRounds ?? 0) + seen };
}

/**
 * The run with what its last look rests on. It ends as not ours only if the look found nobody to ban: while there are
 * offenders among our own calls, it goes on.
 */
export function withCoverage(run: Run, coverage: RunCoverage | null, judged: Judged, ours: Ours): Run {
  const { notOurs: _before, ...rest } = run;
  if (!coverage) return rest;
  const { completeTo, ratio } = coverage;
  const others = judged.counts.ban === 0 ? notOurs(run, coverage, ours) : null;
  return {
    ...rest,
    evidenceCompleteTo: completeTo === null ? null : toIso(completeTo),
    coverage: ratio,
    ...(others ? { notOurs: others } : {}),
  };
}

export function scoreResult(run: Run, { counts, missing, notes }: Judged): ScoreResult {
  return { schema: RUN_SCHEMA, run, verdictsKey: verdictsKey(run), counts, missing: [...missing], notes: [...notes] };
}

/** The name of what a query ended with, as the state machine caught it. */
export function errorName({ error }: Pick<QueryEnd, "error">): string {
  const named = typeof error === "object" && error !== null && "Error" in error ? String(error.Error) : "no result";
  return named.replace(/[^\w.-]/g, "?").slice(0, 80);
}
