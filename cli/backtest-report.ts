/** What a replay would have meant: how long each attack ran before its ban, and whom the ban would have hit. */
import type { DuckDBConnection } from "@duckdb/node-api";
import { SLOW_WINDOW } from "../functions/detect/run.ts";
import { type Instant, toIso } from "../functions/domain/instant.ts";
import type { FiledBecause } from "../functions/domain/plan.ts";
import { queryRows } from "../local/duckdb.ts";
import type { ReplayedBan } from "./backtest-ledger.ts";
import type { Replay } from "./backtest-replay.ts";

/** One ban, field for field as `--json` prints it. */
export interface BacktestBan {
  readonly source: string;
  readonly at: string;
  readonly expiresAt: string;
  readonly score: number;
  /** The first call in the day before the ban, and after the ban before. */
  readonly firstSeen: string;
  readonly secondsToBan: number;
  /** Users who got in from the source while the ban would have lasted. */
  readonly successfulUsersHit: number;
}

export interface BacktestTotals {
  readonly calls: number;
  readonly sources: number;
  readonly bans: number;
  readonly bannedSources: number;
  /** Sources that only a person could have banned. */
  readonly filed: number;
  readonly watched: number;
  readonly callsStopped: number;
  readonly successfulUsersHit: number;
}

/** One policy's replay, with what only a person at a terminal is told. */
export interface Outcome {
  readonly policy: string;
  readonly bans: readonly BacktestBan[];
  readonly totals: BacktestTotals;
  readonly detections: readonly (readonly string[])[];
  readonly filed: readonly { source: string; at: string; score: number; because: readonly FiledBecause[] }[];
}

export async function describeReplay(connection: DuckDBConnection, policy: string, replay: Replay): Promise<Outcome> {
  const effects = await effectsOf(connection, replay.bans);
  const bans = replay.bans.map((ban, index) => banOf(ban, effects[index]));
  const banned = new Set(bans.map(({ source }) => source));
  const filed = replay.filed.filter(({ source }) => !banned.has(source));
  const [counted] = await queryRows(connection, "select count(*) as calls, count(distinct source_ip) as n from calls");
  const known = new Set([...banned, ...filed.map(({ source }) => source)]);
  return {
    policy,
    bans,
    totals: {
      calls: Number(counted?.["calls"] ?? 0),
      sources: Number(counted?.["n"] ?? 0),
      bans: bans.length,
      bannedSources: banned.size,
      filed: filed.length,
      watched: [...replay.watched].filter((source) => !known.has(source)).length,
      callsStopped: effects.reduce((sum, { stopped }) => sum + stopped, 0),
      successfulUsersHit: effects.reduce((sum, { users }) => sum + users, 0),
    },
    detections: replay.bans.map(({ detections }) => detections),
    filed: filed.map(({ source, at, score, because }) => ({ source, at: toIso(at), score, because })),
  };
}

interface Effect {
  readonly firstSeen: Instant;
  readonly stopped: number;
  readonly users: number;
}

function banOf({ source, at, expiresAt, score }: ReplayedBan, effect: Effect | undefined): BacktestBan {
  const firstSeen = effect?.firstSeen ?? at;
  return {
    ...{ source, at: toIso(at), expiresAt: toIso(expiresAt), score, firstSeen: toIso(firstSeen) },
    secondsToBan: Math.round((at - firstSeen) / 1_000),
    successfulUsersHit: effect?.users ?? 0,
  };
}

/** Users are counted by tag or by sub, which name the same people; one who has neither is at least somebody. */
async function effectsOf(connection: DuckDBConnection, bans: readonly ReplayedBan[]): Promise<Effect[]> {
  await connection.run(
    "create or replace temp table replayed (nr integer, source varchar, since_ms bigint, at_ms bigint, to_ms bigint)",
  );
  const ends = new Map<string, Instant>();
  const appender = await connection.createAppender("replayed");
  for (const [nr, { source, at, expiresAt }] of bans.entries()) {
    appender.appendInteger(nr);
    appender.appendVarchar(source);
    appender.appendBigInt(BigInt(Math.max(ends.get(source) ?? 0, at - SLOW_WINDOW)));
    appender.appendBigInt(BigInt(at));
    appender.appendBigInt(BigInt(expiresAt));
    appender.endRow();
    ends.set(source, expiresAt);
  }
  appender.closeSync();
  const rows = await queryRows(
    connection,
    `select nr, min(ms) filter (ms < at_ms) as first_seen,
       count(*) filter (ms >= at_ms) as stopped,
       count(distinct user_tag) filter (ms >= at_ms and outcome = 'success') as tags,
       count(distinct sub) filter (ms >= at_ms and outcome = 'success') as subs,
       count(*) filter (ms >= at_ms and outcome = 'success') as successes
     from replayed join (select *, epoch_ms(ts) as ms from calls) c
       on c.source_ip = replayed.source and c.ms >= since_ms and c.ms < to_ms
     group by nr order by nr`,
  );
  return rows.map((row) => ({
    firstSeen: Number(row["first_seen"]),
    stopped: Number(row["stopped"]),
    users: Math.max(Number(row["tags"]), Number(row["subs"]), Math.min(1, Number(row["successes"]))),
  }));
}
