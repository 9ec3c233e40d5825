/** Judges the calls of `gatherCalls`, window by window, as a run would have judged them at the time. */
import type { DuckDBConnection } from "@duckdb/node-api";

import { type Profile, readProfiles } from "../functions/detect/profiles.ts";
import { byScore, createJudge, type Look } from "../functions/detect/score.ts";
import { type Judgement, joinJudgements, type VerdictRules } from "../functions/detect/verdicts.ts";
import { type Instant, toIso, type Window } from "../functions/domain/instant.ts";
import type { Source } from "../functions/domain/source.ts";
import type { SourceVerdict } from "../functions/domain/verdict.ts";
import { queryRows } from "../local/duckdb.ts";
import { queryText } from "./analysis.ts";
import { SLOT, windowsToJudge } from "./analysis-windows.ts";
import type { AccountAtRisk } from "./analyze-report.ts";

/** Logs come in files of five minutes: an end nearer than that is no gap. */
export const DELIVERY_SLACK = SLOT;

export interface JudgeRequest {
  readonly window: Window;
  readonly completeTo: Instant | null;
  readonly rules: VerdictRules;
}

/** The sources with verdict `ban` or `watch`, highest score first. */
export async function judgeCalls(connection: DuckDBConnection, request: JudgeRequest): Promise<SourceVerdict[]> {
  const judge = createJudge(request.rules.policy);
  const judgements = new Map<Source, Judgement[]>();
  for (const { size, window } of windowsToJudge(request.window, await slotsWithCalls(connection))) {
    const look = { size, window, complete: isComplete(window, request) };
    for (const profile of await profilesIn(connection, window)) keep(judgements, profile, judge(profile, look));
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
  return completeTo !== null && completeTo + DELIVERY_SLACK >= Math.min(window.to, span.to);
}

async function slotsWithCalls(connection: DuckDBConnection): Promise<Instant[]> {
  const rows = await queryRows(
    connection,
    `select distinct (epoch_ms(ts) // ${SLOT}) * ${SLOT} as slot from calls order by slot`,
  );
  return rows.map((row) => Number(row["slot"]));
}

/** The deployed profile query over the calls of one window. */
async function profilesIn(connection: DuckDBConnection, window: Window): Promise<readonly Profile[]> {
  const calls = "select * from calls where ts >= cast(? as timestamp) and ts < cast(? as timestamp)";
  const rows = await queryRows(connection, `with auth_calls as (${calls}) ${queryText("profiles")}`, [
    toIso(window.from).replace("Z", ""),
    toIso(window.to).replace("Z", ""),
  ]);
  return readProfiles(rows).profiles;
}

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
  const rows = await queryRows(connection, `with auth_calls as (${calls}) ${queryText("profiles")}`);
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
