/**
 * The table of all calls, from the tables of log rows. The query for calls holds all that it reads at once, and what does
 * not fit into memory costs more than in proportion; so many rows are cut into parts first, each row by what the query
 * compares it by, and the parts are read one after the other. The calls are the same.
 */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";

import type { LogTable } from "../functions/detect/log-fate.ts";
import { logTables } from "./evidence-tables.ts";

/** Log rows that are read at once, the twins of a call in two logs counted twice. */
const ROWS_AT_ONCE = 2_000_000;
/** Where there are more. Cutting costs the same for smaller parts, and they leave memory to the table of all calls. */
const ROWS_OF_A_PART = 1_000_000;

export const partsOf = (rows: number): number => (rows <= ROWS_AT_ONCE ? 1 : Math.ceil(rows / ROWS_OF_A_PART));

interface CallTable {
  readonly name: string;
  /** The query for calls and the values of its parameters. */
  readonly sql: string;
  readonly values: readonly string[];
  /** Those of the values. */
  readonly gateHashes: readonly string[];
  readonly parts: number;
}

export async function createCallTable(connection: DuckDBConnection, table: CallTable): Promise<void> {
  const { name, sql, values, parts } = table;
  if (parts === 1) {
    await connection.run(`create table ${name} as ${sql}`, [...values]);
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), "portcullis-parts-"));
  try {
    for (const log of logTables) await cut(connection, log, table, join(folder, log));
    await connection.run("create schema part");
    for (let part = 0; part < parts; part += 1) {
      for (const log of logTables)
        await connection.run(`create or replace view part.${log} as ${rowsOf(folder, log, part)}`);
      await connection.run("set search_path = 'part,main'");
      const target = part === 0 ? `create table main.${name} as` : `insert into main.${name}`;
      await connection.run(`${target} ${sql}`, [...values]);
      await connection.run("set search_path = 'main'");
    }
  } finally {
    await connection.run("set search_path = 'main'");
    await connection.run("drop schema if exists part cascade");
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Each row into the folder of its part: read once, whatever the table is made of. */
async function cut(connection: DuckDBConnection, log: LogTable, table: CallTable, folder: string): Promise<void> {
  const key = keys(table.gateHashes)[log];
  await connection.run(
    `copy (select *, hash(${key}) % ${table.parts} as part from ${log})
       to ${text(folder)} (format parquet, partition_by (part))`,
  );
}

function rowsOf(folder: string, log: LogTable, part: number): string {
  const own = join(folder, log, `part=${part}`);
  return existsSync(own)
    ? `select * from read_parquet(${text(join(own, "*.parquet"))}, hive_partitioning = false)`
    : `select * from main.${log} where false`;
}

const text = (value: string) => `'${value.replaceAll("'", "''")}'`;

/** Of a token, its gate and its request id. The query looks at the other parts, too; who writes a valid gate writes all. */
const TOKEN = "^portcullis/1 \\(([A-Za-z0-9_-]+); ([A-Za-z0-9_=-]+); ";

/**
 * A proxied call is one by its request id. Direct calls are paired by source: an IPv4 address, or an IPv6 network, of which
 * the first group tells enough. However an address is written, that is the same.
 */
function keys(gateHashes: readonly string[]): Readonly<Record<LogTable, string>> {
  const source = (address: string) =>
    `regexp_extract(regexp_replace(lower(${address}), '^::ffff:([0-9]+\\.)', '\\1'), '^0*([0-9a-f.]*)', 1)`;
  const tokenPart = (nth: number) => `regexp_extract(useragent, '${TOKEN}', ${nth})`;
  const isTrusted = `contains(split(${text(gateHashes.join(","))}, ','), system.main.sha256(${tokenPart(1)}))`;
  return {
    waf_edge: "coalesce(httprequest.requestid, httprequest.clientip)",
    waf_pool: source("httprequest.clientip"),
    cloudtrail: `case when ${isTrusted} then ${tokenPart(2)} else ${source("sourceipaddress")} end`,
    cloudfront: "coalesce(x_edge_request_id, c_ip)",
  };
}
