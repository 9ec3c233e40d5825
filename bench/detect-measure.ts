/**
 * One measurement in a process of its own, so that its peak memory is told apart: `detect-measure.ts FOLDER WHAT RECORDS`
 * prints its result as JSON. The views have the Glue tables' columns and nothing is loaded before the query that is timed.
 */

import { createHash } from "node:crypto";
import { join } from "node:path";

import { queryText } from "../cli/analysis.ts";
import { evidenceValues } from "../functions/detect/evidence-query.ts";
import { createCallTable, partsOf } from "../local/call-table.ts";
import { openDuckDb, queryRows } from "../local/duckdb.ts";
import { evidenceColumns } from "../local/evidence-tables.ts";
import { window } from "./detect-logs.ts";
import { GATE } from "./traffic/log-records.ts";

export type Measured = "untold-count" | `${"" | "cloudfront-"}${"count" | "floor" | "evidence"}`;
export interface Measurement {
  readonly seconds: number;
  /** Of all threads: on a machine that does other things too it says more than the clock. */
  readonly cpuSeconds: number;
  /** What went before: Node, DuckDB and the views. */
  readonly startSeconds: number;
  /** At its peak; null where nobody counted. */
  readonly megabytes: number | null;
  readonly rows: number;
}

const [folder = "", what = "evidence", records = "0"] = process.argv.slice(2);
const partition = {
  waf_edge: "'2026/11/22/10/00'",
  waf_pool: "''",
  cloudtrail: "'2026/11/22'",
  cloudfront: "'2026/11/22/10'",
};
const files = (log: string, ending: string) => `'${join(folder, log, `*${ending}.gz`).replaceAll("'", "''")}'`;

/** Untold that each record is an object, DuckDB reads all files once before it reads them. */
const told = what.includes("untold") ? "" : "records = true, ";

/** Field names in the records are in camel case; DuckDB and Glue's readers do not mind. */
const wafStruct = `read_json(${files("waf", ".log")}, format = 'newline_delimited', ${told}columns = {
  timestamp: 'bigint', terminatingRuleId: 'varchar', terminatingRuleType: 'varchar', action: 'varchar',
  httpSourceName: 'varchar', ja4Fingerprint: 'varchar', clientAsn: 'integer',
  httpRequest: 'struct(clientIp varchar, country varchar, headers struct(name varchar, value varchar)[], httpMethod varchar, requestId varchar)'})`;
const trailText =
  "eventTime eventSource eventName sourceIPAddress userAgent errorCode errorMessage requestID eventID".split(" ");
const trailJson = ["requestParameters", "responseElements", "additionalEventData"];
const trailStruct = [...trailText.map((name) => `${name} varchar`), ...trailJson.map((name) => `${name} json`)].join(
  ", ",
);

const sources = {
  waf_edge: `select * from ${wafStruct}`,
  cloudtrail: `select r.* replace (${trailJson.map((name) => `r.${name}::varchar as ${name}`).join(", ")}) from (
    select unnest(Records) as r from read_json(${files("trail", ".json")}, format = 'newline_delimited', ${told}maximum_object_size = 268435456, columns = {Records: 'struct(${trailStruct})[]'}))`,
  cloudfront: `select column00 as "date", column01 as "time", column04 as c_ip, column05 as cs_method, column07 as cs_uri_stem, column08 as sc_status,
    column14 as x_edge_request_id, column10 as cs_user_agent, null::varchar as c_country, null::varchar as asn
    from read_csv(${files("cloudfront", ".tsv")}, delim = '\\t', header = false, skip = 2, quote = '', all_varchar = true, auto_detect = false,
      columns = {${Array.from({ length: 33 }, (_, index) => `column${String(index).padStart(2, "0")}: 'varchar'`).join(", ")}})`,
};

type Log = keyof typeof sources;
const partitionColumn = (table: Log) => (table === "cloudtrail" ? "day" : "dt");
const isAsked = (log: Log) => (what.startsWith("cloudfront") ? log === "cloudfront" : log !== "cloudfront");

const db = await openDuckDb();
await db.connection.run("set memory_limit = '2500MB'");
for (const [table, columns] of Object.entries(evidenceColumns)) {
  const list = [...Object.entries(columns), ["$path", "varchar"]].map(([name, type]) => `"${name}" ${type}`);
  await db.connection.run(`create table empty_${table} (${list.join(", ")})`);
  const log = (Object.keys(sources) as Log[]).find((candidate) => candidate === table && isAsked(candidate));
  const rows = log
    ? `select *, ${partition[log]} as ${partitionColumn(log)}, '' as "$path" from (${sources[log]})`
    : `from empty_${table}`;
  await db.connection.run(`create view ${table} as ${rows}`);
}

const queries: Readonly<Record<string, () => Promise<number>>> = { count: bareCount, floor, evidence };
const before = process.cpuUsage();
const start = performance.now();
const rows = await queries[what.replace(/^.*-/, "")]?.();
const seconds = (performance.now() - start) / 1000;
const { user, system } = process.cpuUsage(before);
db.close();
console.log(
  JSON.stringify({
    ...{ seconds, cpuSeconds: (user + system) / 1e6, startSeconds: start / 1000 },
    ...{ megabytes: process.resourceUsage().maxRSS / 1024, rows: rows ?? 0 },
  } satisfies Measurement),
);

/** Every column that the evidence query uses is read and nothing else is done. */
async function bareCount(): Promise<number> {
  let rows = 0;
  for (const log of (Object.keys(sources) as Log[]).filter(isAsked)) {
    const [row] = await queryRows(db.connection, `select count(*) as n, count(columns(*)) from (${sources[log]})`);
    rows += Number(row?.["n"]);
  }
  return rows;
}

/** The least that evidence is: each request once, whichever logs have it, and how many there are of a source. */
async function floor(): Promise<number> {
  const requests = what.startsWith("cloudfront")
    ? `select x_edge_request_id as id, c_ip as source from (${sources.cloudfront})`
    : `select httpRequest.requestId as id, httpRequest.clientIp as source from (${sources.waf_edge}) union all
       select split_part(userAgent, '; ', 2), split_part(userAgent, '; ', 4) from (${sources.cloudtrail})`;
  const found = await queryRows(
    db.connection,
    `select source, count(*) as calls from (select max(source) as source from (${requests}) group by id) group by source`,
  );
  return found.reduce((sum, { calls }) => sum + Number(calls), 0);
}

/** In one statement as Athena gets it, or from a table of calls that is made in parts, as `analyze` does. */
async function evidence(): Promise<number> {
  const gateHashes = [createHash("sha256").update(GATE).digest("hex")];
  const values = evidenceValues(window, { clientIds: [], gateHashes });
  const parts = partsOf(Number(records) * (what.startsWith("cloudfront") ? 1 : 2));
  const sql = `${queryText("auth_calls")} select * from auth_calls`;
  if (parts > 1) await createCallTable(db.connection, { name: "all_calls", sql, values, gateHashes, parts });
  const found =
    parts > 1
      ? await queryRows(db.connection, `with auth_calls as (from all_calls) ${queryText("cells", "profiles")}`)
      : await queryRows(db.connection, queryText("auth_calls", "cells", "profiles"), values);
  return Number(found.find((row) => row["scope"] === "all" && row["operation"] === null)?.["calls"] ?? 0);
}
