/**
 * Evidence and verdicts over log files: the functions' own queries and judgement, on DuckDB. Order of files never
 * matters, and whatever cannot be read is counted beside what could.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";

import { evidenceValues, type QueryScope } from "../functions/detect/evidence-query.ts";
import type { LogScope } from "../functions/detect/log-fate.ts";
import type { InputReport } from "../functions/domain/analysis.ts";
import { formatCidr, parseCidr } from "../functions/domain/cidr.ts";
import type { LogKind } from "../functions/domain/evidence.ts";
import type { Instant, Window } from "../functions/domain/instant.ts";
import { createCallTable, partsOf } from "../local/call-table.ts";
import { openDuckDb, queryRows } from "../local/duckdb.ts";
import { admitEvidence } from "../local/evidence-admission.ts";
import { EvidenceTables, logTables } from "../local/evidence-tables.ts";
import { type LogFile, readLogFile } from "../local/log-files.ts";
import { InputAccount } from "./input-account.ts";
import type { Tell } from "./progress.ts";
import { tellReading } from "./reading-progress.ts";

export interface EvidenceRequest {
  readonly files: readonly LogFile[];
  readonly from: Instant | null;
  readonly to: Instant | null;
  readonly scope: LogScope | null;
  readonly tell?: Tell;
}

/** The calls of the files, as the table `calls` in an open database. */
export interface CallEvidence {
  readonly connection: DuckDBConnection;
  readonly window: Window | null;
  readonly inputs: readonly InputReport[];
  /** Latest accepted record of each kind given; null for a kind that had none. */
  readonly latest: ReadonlyMap<LogKind, Instant | null>;
  readonly ipMismatches: number;
  close(): void;
}

/** Reads the files and makes `calls` of them. The caller closes what it gets. */
export async function gatherCalls(request: EvidenceRequest): Promise<CallEvidence> {
  const db = await openDuckDb();
  const tables = new EvidenceTables();
  try {
    const accounts = request.files.map((file) => new InputAccount(file));
    await readFiles(request, accounts, tables, db.connection);
    await tables.load(db.connection);
    const { dropped, gateHashes, ipMismatches } = await admitEvidence(db.connection);
    for (const { file, reason, count } of dropped) accounts[file]?.skipAccepted(reason, count);
    const spans = await spansByFile(db.connection);
    const window = windowOf(request, [...spans.values()]);
    await makeCalls(db.connection, window, { gateHashes, allowedOrigins: request.scope?.allowedOrigins });
    return {
      connection: db.connection,
      window,
      inputs: accounts.map((account) => account.report()),
      latest: latestByKind(request.files, spans),
      ipMismatches,
      close: db.close,
    };
  } catch (error) {
    db.close();
    throw error;
  } finally {
    tables.close();
  }
}

async function readFiles(
  { files, scope, from, to, tell }: EvidenceRequest,
  accounts: readonly InputAccount[],
  tables: EvidenceTables,
  connection: DuckDBConnection,
): Promise<void> {
  const isInside = (at: Instant) => at >= (from ?? Number.NEGATIVE_INFINITY) && at < (to ?? Number.POSITIVE_INFINITY);
  const tellRecord = tellReading(files, tell);
  for (const [index, file] of files.entries()) {
    tables.beginFile();
    await readLogFile(file, scope, connection, (fate, content) => {
      tellRecord(index);
      const seen = "row" in fate && !isInside(fate.row.at) ? ({ skipped: "outside-window" } as const) : fate;
      accounts[index]?.count(seen);
      if ("row" in seen) tables.add(index, seen.row, content);
    });
  }
}

interface Span {
  readonly first: Instant;
  readonly last: Instant;
}

async function spansByFile(connection: DuckDBConnection): Promise<Map<number, Span>> {
  const rows = await queryRows(
    connection,
    `select row_file, min(row_at) as first, max(row_at) as last from (
       select row_file, row_at from waf_edge union all select row_file, row_at from waf_pool
       union all select row_file, row_at from cloudtrail union all select row_file, row_at from cloudfront
     ) group by row_file`,
  );
  return new Map(
    rows.map((row) => [Number(row["row_file"]), { first: Number(row["first"]), last: Number(row["last"]) }]),
  );
}

/** As asked, else from the earliest to just after the latest accepted record; null if there is neither. */
function windowOf({ from, to }: EvidenceRequest, spans: readonly Span[]): Window | null {
  const first = from ?? minimum(spans.map((span) => span.first));
  const last = to ?? minimum(spans.map((span) => -span.last - 1));
  if (first === null || last === null) return null;
  return { from: first, to: to ?? -last };
}

function minimum(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((least, value) => Math.min(least, value));
}

function latestByKind(files: readonly LogFile[], spans: ReadonlyMap<number, Span>): Map<LogKind, Instant | null> {
  const latest = new Map<LogKind, Instant | null>();
  for (const [index, { kind }] of files.entries()) {
    const last = spans.get(index)?.last ?? null;
    const known = latest.get(kind) ?? null;
    latest.set(kind, last === null ? known : Math.max(last, known ?? last));
  }
  return latest;
}

/** The texts of some of the functions' queries, one after the other. */
export function queryText(...names: readonly string[]): string {
  const folder = join(import.meta.dirname, "../functions/detect/queries");
  return names.map((name) => readFileSync(join(folder, `${name}.sql`), "utf8")).join("");
}

/** The same without the limit at its end, which keeps what Athena hands out readable: here nothing has to be cut off. */
export function unlimitedQueryText(...names: readonly string[]): string {
  return queryText(...names).replace(/\nLIMIT \d+\s*$/, "\n");
}

async function makeCalls(
  connection: DuckDBConnection,
  window: Window | null,
  scope: Omit<QueryScope, "clientIds">,
): Promise<void> {
  const values = evidenceValues(window ?? { from: 0, to: 0 }, { clientIds: [], ...scope });
  const sql = `${queryText("auth_calls")} select * from auth_calls`;
  const parts = partsOf(await rowCount(connection));
  await createCallTable(connection, { name: "all_calls", sql, values, gateHashes: scope.gateHashes, parts });
  await canonicaliseSources(connection);
  // In order of time, so that a window reads its own rows and no others.
  await connection.run("create table calls as select * from all_calls order by ts");
  await connection.run("drop table all_calls");
}

/** Of all logs. */
async function rowCount(connection: DuckDBConnection): Promise<number> {
  const counts = logTables.map((table) => `(select count(*) from ${table})`);
  const [row] = await queryRows(connection, `select ${counts.join(" + ")} as n`);
  return Number(row?.["n"] ?? 0);
}

/** The query writes IPv6 in a form of its own; everything after it speaks of canonical sources and ranges. */
async function canonicaliseSources(connection: DuckDBConnection): Promise<void> {
  for (const column of ["source_ip", "source_range"]) await canonicalise(connection, column);
  await connection.run("update all_calls set source_ip = source_ip || '/32' where source_ip not like '%/%'");
}

async function canonicalise(connection: DuckDBConnection, column: string): Promise<void> {
  const rows = await queryRows(
    connection,
    `select distinct ${column} as given from all_calls where ${column} like '%:%' order by 1`,
  );
  await connection.run("create or replace temp table canonical (given varchar, source varchar)");
  const appender = await connection.createAppender("canonical");
  for (const { given } of rows) {
    const cidr = parseCidr(String(given));
    appender.appendVarchar(String(given));
    if (cidr) appender.appendVarchar(formatCidr(cidr));
    else appender.appendNull();
    appender.endRow();
  }
  appender.closeSync();
  await connection.run(
    `update all_calls set ${column} = c.source from canonical c where all_calls.${column} = c.given`,
  );
}
