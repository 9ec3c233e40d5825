/** Judges the calls of `gatherCalls`, window by window, as a run would have judged them at the time. */
import type { DuckDBConnection } from "@duckdb/node-api";

import { joinAccounts, readAccounts } from "../functions/detect/accounts.ts";
import { breakerNotice } from "../functions/detect/fault-breaker.ts";
import type { Profile } from "../functions/detect/profiles.ts";
import { byScore, createJudge, type LookState } from "../functions/detect/score.ts";
import { type Judgement, joinJudgements, type VerdictRules } from "../functions/detect/verdicts.ts";
import type { AccountAtRisk } from "../functions/domain/account.ts";
import type { CallSeries } from "../functions/domain/call-series.ts";
import { type Instant, MINUTE, toIso, type Window } from "../functions/domain/instant.ts";
import type { Source } from "../functions/domain/source.ts";
import type { SourceVerdict } from "../functions/domain/verdict.ts";
import { queryRows } from "../local/duckdb.ts";
import { queryText } from "./analysis.ts";
import { seriesOfCalls } from "./call-series.ts";
import { findDueCrowds } from "./due-crowds.ts";
import { cutBatches, findDueWindows, SLOT } from "./due-windows.ts";
import { type HistoryAt, historyOfCalls } from "./history.ts";
import { type GroupFinding, judgeGroups } from "./judge-groups.ts";
import { wholeVerdict } from "./whole-verdict.ts";
import { type TrippedWindow, trippedWindows } from "./window-health.ts";
import { profilesOfBatch, profilesOfSources } from "./window-profiles.ts";

/** Logs come in files of five minutes: an end nearer than that is no gap. */
export const DELIVERY_SLACK = SLOT;
/** Calls come in bursts, and logs differ by seconds: this far from its end a window counts as seen whole. */
const WINDOW_SLACK = MINUTE;

export interface JudgeRequest {
  readonly window: Window;
  readonly completeTo: Instant | null;
  readonly rules: VerdictRules;
}

interface JudgedCalls {
  /** Sources and ranges with verdict `ban` or `watch`, highest score first. */
  readonly verdicts: SourceVerdict[];
  /** What no verdict says: fingerprints to look at, windows in which shares were not trusted. */
  readonly notices: string[];
  readonly series: CallSeries;
}

/** Calls looked at in one query: enough to make its fixed cost small, few enough for memory. */
const BATCH_CALLS = 400_000;

/** The verdicts of `judgeEvidence`. */
export async function judgeCalls(connection: DuckDBConnection, request: JudgeRequest): Promise<SourceVerdict[]> {
  return (await judgeEvidence(connection, request)).verdicts;
}

export async function judgeEvidence(connection: DuckDBConnection, request: JudgeRequest): Promise<JudgedCalls> {
  const { rules, window: span } = request;
  const historyAt = await historyOfCalls(connection);
  const tripped = await trippedWindows(connection, span, rules.policy);
  const judge = judgeOf(request, { tripped, historyAt, hasAnswers: await hasAnswers(connection) });
  const judgements = new Map<Source, Judgement[]>();
  await findDueWindows(connection, span, rules.policy);
  await lookAtDue(connection, judge, ({ profile, judgement }) => {
    judgements.set(profile.source, [...(judgements.get(profile.source) ?? []), judgement]);
  });
  const sources = await verdictsOf(connection, judgements, rules);
  const series = await seriesOfCalls(connection, span);
  const banned = sources.filter(({ verdict }) => verdict === "ban").map(({ source }) => source);
  const crowds: GroupFinding[] = [];
  await findDueCrowds(connection, span, rules.policy, banned);
  await lookAtDue(connection, judge, (finding) => crowds.push(finding));
  const groups = await judgeGroups(connection, crowds, rules);
  return {
    verdicts: [...sources.map(series.withSeries), ...groups.ranges].sort(byScore),
    notices: [...faultNotices(tripped), ...groups.notices],
    series: series.all,
  };
}

type Judge = (profile: Profile, of: Pick<LookState, "size" | "window">) => Judgement | null;

interface Surroundings {
  readonly tripped: readonly TrippedWindow[];
  readonly historyAt: HistoryAt;
  readonly hasAnswers: boolean;
}

function judgeOf(request: JudgeRequest, { tripped, historyAt, hasAnswers }: Surroundings): Judge {
  const judge = createJudge(request.rules.policy);
  const isOpen = openBreakers(tripped);
  return (profile, { size, window }) => {
    const complete = isComplete(window, request);
    const state = { size, window, complete, tripped: isOpen(size, window), answersAreIn: complete && hasAnswers };
    return judge(profile, { ...state, establishedOf: historyAt(window.to) });
  };
}

/** Whether any of the logs tells what came of calls. */
async function hasAnswers(connection: DuckDBConnection): Promise<boolean> {
  const rows = await queryRows(
    connection,
    `select 1 from calls where outcome not in ('blocked', 'unknown') or error_kind not in ('blocked', 'refused_at_edge') limit 1`,
  );
  return rows.length > 0;
}

/** Hands on what was found in the windows of the table `due`. */
async function lookAtDue(
  connection: DuckDBConnection,
  judge: Judge,
  found: (finding: GroupFinding) => void,
): Promise<void> {
  for (const batch of await cutBatches(connection, BATCH_CALLS)) {
    for (const { size, window, profiles } of await profilesOfBatch(connection, batch)) {
      for (const profile of profiles) {
        const judgement = judge(profile, { size, window });
        if (judgement) found({ profile, window, judgement });
      }
    }
  }
}

/** Complete if every kind of log given reaches the window's end, or the end of all logs. */
function isComplete(window: Window, { window: span, completeTo }: JudgeRequest): boolean {
  return completeTo !== null && completeTo + WINDOW_SLACK >= Math.min(window.to, span.to);
}

function openBreakers(tripped: readonly TrippedWindow[]): (size: LookState["size"], window: Window) => boolean {
  const keyOf = (size: string, { from, to }: Window) => `${size} ${from} ${to}`;
  const open = new Set(tripped.map(({ size, window }) => keyOf(size, window)));
  return (size, window) => open.has(keyOf(size, window));
}

/** One notice for all windows: the worst of them tells the story. */
function faultNotices(tripped: readonly TrippedWindow[]): string[] {
  const shareOf = ({ health }: TrippedWindow) => health.troubled / health.established;
  const [worst] = [...tripped].sort((a, b) => shareOf(b) - shareOf(a));
  if (!worst) return [];
  return [`${toIso(worst.window.from)} to ${toIso(worst.window.to)}: ${breakerNotice(worst.health)}`];
}

async function verdictsOf(
  connection: DuckDBConnection,
  judgements: ReadonlyMap<Source, readonly Judgement[]>,
  rules: VerdictRules,
): Promise<SourceVerdict[]> {
  const joined = [...judgements].map(([source, found]) => ({ source, ...joinJudgements(source, found, rules) }));
  const notable = joined.filter(({ verdict }) => verdict !== "ignore");
  const totals = await profilesOfSources(
    connection,
    notable.map(({ source }) => source),
  );
  return notable.flatMap((found) => wholeVerdict(found, totals.get(found.source)) ?? []);
}

/** Successes after failures for several others, from sources that stand out. */
export async function accountsAtRisk(
  connection: DuckDBConnection,
  sources: readonly SourceVerdict[],
): Promise<AccountAtRisk[]> {
  const notable = new Set(sources.map(({ source }) => source));
  const rows = await queryRows(
    connection,
    `with auth_calls as (select * from calls where source_ip in (select source from notable))
     ${queryText("cells")}
     ${queryText("accounts-at-risk")}`,
  );
  return joinAccounts(readAccounts(rows), (source) => notable.has(source));
}
