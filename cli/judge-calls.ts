/** Judges the calls of `gatherCalls`, window by window, as a run would have judged them at the time. */
import type { DuckDBConnection } from "@duckdb/node-api";

import type { WindowSize } from "../functions/detect/detection.ts";
import { type Profile, readProfiles } from "../functions/detect/profiles.ts";
import { byScore, createJudge, type Look, leastCalls } from "../functions/detect/score.ts";
import { type Judgement, joinJudgements, type VerdictRules } from "../functions/detect/verdicts.ts";
import type { AccountAtRisk } from "../functions/domain/analysis.ts";
import { type Instant, MINUTE, toIso, type Window } from "../functions/domain/instant.ts";
import type { Source } from "../functions/domain/source.ts";
import type { SourceVerdict } from "../functions/domain/verdict.ts";
import { type DuckDbRow, queryRows } from "../local/duckdb.ts";
import { queryText } from "./analysis.ts";
import { cutBatches, type DueBatch, findDueWindows, SLOT } from "./due-windows.ts";

/** Logs come in files of five minutes: an end nearer than that is no gap. */
export const DELIVERY_SLACK = SLOT;
/** Calls come in bursts, and logs differ by seconds: this far from its end a window counts as seen whole. */
const WINDOW_SLACK = MINUTE;

export interface JudgeRequest {
  readonly window: Window;
  readonly completeTo: Instant | null;
  readonly rules: VerdictRules;
}

/** Calls looked at in one query: enough to make its fixed cost small, few enough for memory. */
const BATCH_CALLS = 400_000;

/** The sources with verdict `ban` or `watch`, highest score first. */
export async function judgeCalls(connection: DuckDBConnection, request: JudgeRequest): Promise<SourceVerdict[]> {
  const { policy } = request.rules;
  const judge = createJudge(policy);
  const judgements = new Map<Source, Judgement[]>();
  await findDueWindows(connection, request.window, {
    short: leastCalls(policy, "short"),
    slow: leastCalls(policy, "slow"),
  });
  for (const batch of await cutBatches(connection, BATCH_CALLS)) {
    for (const { size, window, profiles } of await profilesOfBatch(connection, batch)) {
      const look = { size, window, complete: isComplete(window, request) };
      for (const profile of profiles) keep(judgements, profile, judge(profile, look));
    }
  }
  const joined = [...judgements].map(([source, found]) => ({
    source,
    ...joinJudgements(source, found, request.rules),
  }));
  const notable = joined.filter(({ verdict }) => verdict !== "ignore");
  const totals = await profilesOfSources(
    connection,
    notable.map(({ source }) => source),
  );
  return notable.flatMap((found) => wholeVerdict(found, totals.get(found.source)) ?? []).sort(byScore);
}

function keep(judgements: Map<Source, Judgement[]>, profile: Profile, judgement: Judgement | null): void {
  if (!judgement) return;
  const found = judgements.get(profile.source);
  if (found) found.push(judgement);
  else judgements.set(profile.source, [judgement]);
}

/** Complete if every kind of log given reaches the window's end, or the end of all logs. */
function isComplete(window: Window, { window: span, completeTo }: JudgeRequest): Look["complete"] {
  return completeTo !== null && completeTo + WINDOW_SLACK >= Math.min(window.to, span.to);
}

interface WindowProfiles {
  readonly size: WindowSize;
  readonly window: Window;
  readonly profiles: readonly Profile[];
}

/**
 * The deployed profile query over many windows at once: a call stands in it once for each window it falls into,
 * with the window written before its source.
 */
async function profilesOfBatch(connection: DuckDBConnection, { first, last }: DueBatch): Promise<WindowProfiles[]> {
  const calls = `
    select d.size || ' ' || d.from_ms || ' ' || d.to_ms || ' ' || c.source_ip as source_ip, c.* exclude (source_ip)
    from due_ordered d join calls c on c.source_ip = d.source
      and c.ts >= make_timestamp_ms(d.from_ms) and c.ts < make_timestamp_ms(d.to_ms)
    where d.nr between ${first} and ${last}`;
  const rows = await queryRows(connection, `with auth_calls as (${calls}) ${profilesText}`);
  const byWindow = new Map<string, DuckDbRow[]>();
  for (const row of rows) {
    const marked = String(row["source_ip"]);
    const cut = marked.lastIndexOf(" ");
    const key = marked.slice(0, cut);
    const own = byWindow.get(key) ?? [];
    byWindow.set(key, own);
    own.push({ ...row, source_ip: marked.slice(cut + 1) });
  }
  return [...byWindow].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, own]) => readWindow(key, own));
}

function readWindow(key: string, rows: readonly DuckDbRow[]): WindowProfiles {
  const [size, from, to] = key.split(" ");
  return {
    size: size === "slow" ? "slow" : "short",
    window: { from: Number(from), to: Number(to) },
    profiles: readProfiles(rows).profiles,
  };
}

// The limit keeps what Athena hands out readable; here it would cut across windows.
const profilesText = queryText("profiles").replace(/\nLIMIT \d+\s*$/, "\n");

async function profilesOfSources(
  connection: DuckDBConnection,
  sources: readonly Source[],
): Promise<Map<Source, Profile>> {
  await connection.run("create or replace temp table notable (source varchar)");
  const appender = await connection.createAppender("notable");
  for (const source of sources) {
    appender.appendVarchar(source);
    appender.endRow();
  }
  appender.closeSync();
  const calls = "select * from calls where source_ip in (select source from notable)";
  const rows = await queryRows(connection, `with auth_calls as (${calls}) ${profilesText}`);
  return new Map(readProfiles(rows).profiles.map((profile) => [profile.source, profile]));
}

/** Verdict and score of the worst window, counts of all of them. */
function wholeVerdict(
  found: { source: Source } & ReturnType<typeof joinJudgements>,
  profile: Profile | undefined,
): SourceVerdict | null {
  if (!profile) return null;
  const { source, ...verdict } = found;
  return {
    source,
    paths: [...profile.paths],
    ...verdict,
    firstSeen: toIso(profile.firstSeen),
    lastSeen: toIso(profile.lastSeen),
    calls: profile.calls,
    failures: profile.failures,
    successes: profile.successes,
    distinctUsers: profile.distinctUsers,
  };
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
     ${queryText("accounts-at-risk")}`,
  );
  return rows
    .filter((row) => notable.has(String(row["source_ip"])))
    .map((row) => ({
      sub: textOrNull(row["sub"]),
      userTag: textOrNull(row["user_tag"]),
      source: String(row["source_ip"]),
      operation: String(row["operation"]),
      at: toIso(Number(row["first_success"])),
      failedUsersBefore: Number(row["failed_users_before"]),
    }));
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
