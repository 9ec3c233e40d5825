/**
 * Established users from the files at hand: the days before a look, as far as the files hold them, are its history. The
 * texts are those of the deployed rollups, one after the other.
 */
import type { DuckDBConnection } from "@duckdb/node-api";

import { type EstablishedOf, readHistory } from "../functions/detect/history.ts";
import { dayPartition, historyDays, hoursOf, pairsOf } from "../functions/detect/rollup.ts";
import { DAY, type Instant, MINUTE } from "../functions/domain/instant.ts";
import type { Source } from "../functions/domain/source.ts";
import { type DuckDbRow, queryRows } from "../local/duckdb.ts";
import { queryText, unlimitedQueryText } from "./analysis.ts";

/** What is known at an instant of the days before it. */
export type HistoryAt = (at: Instant) => EstablishedOf;

/** A day is rolled up so long after its end. */
const ROLLED_UP = 20 * MINUTE;
const GENERATION = 1;
const generations = (partitions: readonly string[]) =>
  pairsOf(new Map(partitions.map((partition) => [partition, GENERATION])));

/**
 * Makes the tables `call_cells` and `user_days` of the table `calls`, where it holds days enough for a history. What came
 * of them are the tables `history_days` (days since 1970 of which the past is known) and `established` (sources by day).
 */
export async function historyOfCalls(connection: DuckDBConnection): Promise<HistoryAt> {
  await connection.run("create or replace temp table history_days (day bigint)");
  await connection.run("create or replace temp table established (day bigint, source_ip varchar)");
  const days = await daysWithCalls(connection);
  const byDay = new Map<string, EstablishedOf>();
  // Two earlier days are the least that tells anything.
  if (days.length > 2) {
    await rollUp(connection, days.map(dayPartition));
    for (const day of lookedAt(days.slice(2))) byDay.set(dayPartition(day), await establishedOn(connection, day));
  }
  return (at) => byDay.get(dayPartition(at - ROLLED_UP)) ?? (() => null);
}

/** SQL for the day, as in `history_days`, whose history a look that ends at the instant has. */
export function historyDaySql(endMs: string): string {
  return `(${endMs} - ${ROLLED_UP}) // ${DAY}`;
}

/** Not every day of the span: one record with a wrong clock can stretch it over decades. */
async function daysWithCalls(connection: DuckDBConnection): Promise<Instant[]> {
  const sql = `select distinct epoch_ms(ts) // ${DAY} as day from calls where source_ip is not null order by day`;
  return (await queryRows(connection, sql)).map((row) => Number(row["day"]) * DAY);
}

/** A look ends on a day with calls, or on the day after, while the slow window still holds them. */
function lookedAt(days: readonly Instant[]): Set<Instant> {
  return new Set(days.flatMap((day) => [day, day + DAY]));
}

async function rollUp(connection: DuckDBConnection, days: readonly string[]): Promise<void> {
  const calls = "with auth_calls as (select * from calls where source_ip is not null)";
  await connection.run(
    `create or replace temp table call_cells as ${calls} ${queryText("cells", "generation", "rollup-cells")}`,
    [String(GENERATION)],
  );
  const table = "create or replace temp table user_days as";
  for (const [index, day] of days.entries()) {
    const hours = hoursOf(day);
    await connection.run(
      `${index === 0 ? table : "insert into user_days"} ${queryText("day-cells", "generation", "rollup-user-days")}`,
      [hours[0] ?? "", hours.at(-1) ?? "", generations(hours), String(GENERATION)],
    );
  }
  await connection.run("drop table call_cells");
}

async function establishedOn(connection: DuckDBConnection, day: Instant): Promise<EstablishedOf> {
  const earlier = historyDays(day);
  const parameters = [earlier[0] ?? "", earlier.at(-1) ?? "", generations(earlier)];
  const rows = await queryRows(connection, unlimitedQueryText("established"), parameters);
  const establishedOf = readHistory(rows, { limit: Number.POSITIVE_INFINITY });
  if (establishedOf(NOBODY) !== null) await remember(connection, day, rows);
  return establishedOf;
}

/** Of a source that is in no row history says none, or that it does not know. */
const NOBODY: Source = "";

async function remember(connection: DuckDBConnection, day: Instant, rows: readonly DuckDbRow[]): Promise<void> {
  await connection.run(`insert into history_days values (${day / DAY})`);
  const appender = await connection.createAppender("established");
  for (const { source_ip: source } of rows) {
    if (typeof source !== "string") continue;
    appender.appendBigInt(BigInt(day / DAY));
    appender.appendVarchar(source);
    appender.endRow();
  }
  appender.closeSync();
}
