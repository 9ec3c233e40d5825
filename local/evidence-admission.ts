/**
 * Decides, once all files are read, which rows are evidence. Three questions need the other rows: whether a record
 * was delivered twice, whether a CloudTrail record's token can be trusted without knowing a gate, and whether a
 * record without a trusted token has a caller at all.
 */
import { createHash } from "node:crypto";
import type { DuckDBConnection } from "@duckdb/node-api";

import type { LogTable, SkipReason } from "../functions/detect/log-fate.ts";
import { withoutToken } from "../functions/detect/token.ts";
import { type DuckDbRow, queryRows } from "./duckdb.ts";
import { logTables } from "./evidence-tables.ts";

export interface Dropped {
  readonly file: number;
  readonly reason: SkipReason;
  readonly count: number;
}

export interface Admission {
  readonly dropped: readonly Dropped[];
  /** SHA-256 of the gates of trusted tokens, for the evidence query. */
  readonly gateHashes: readonly string[];
  /** CloudTrail records whose token names another caller than the WAF record of the same request. */
  readonly ipMismatches: number;
}

export async function admitEvidence(connection: DuckDBConnection): Promise<Admission> {
  const dropped: Dropped[] = [];
  for (const table of logTables) dropped.push(...(await dropDuplicates(connection, table)));
  const ipMismatches = await countMismatches(connection);
  await trustAgreeing(connection);
  dropped.push(...(await dropFirstTries(connection)));
  const gates = await stripUntrusted(connection);
  dropped.push(...(await dropCallerless(connection)));
  return { dropped, gateHashes: gates.map(sha256), ipMismatches };
}

/** Of several rows with one key the earliest stays, whatever the order of the files. */
async function dropDuplicates(connection: DuckDBConnection, table: LogTable): Promise<Dropped[]> {
  return deleteRows(
    connection,
    table,
    "duplicate",
    `select rowid from (
       select rowid, row_number() over (partition by row_key order by row_at, row_file, row_number) as copy from ${table}
     ) where copy > 1`,
  );
}

/**
 * Same request, same operation, at most a minute apart in whole seconds, as CloudTrail has no others; a request that WAF
 * blocked reached nobody.
 */
const AGREEMENT = `
  cloudtrail t join waf_edge e
    on e.httprequest.requestid = t.token_request_id
   and abs(e.row_at // 1000 - t.row_at // 1000) <= 60
   and coalesce(e.action, '') <> 'BLOCK'
   and t.token_operation = regexp_extract(
     element_at(filter(e.httprequest.headers, h -> lower(h.name) = 'x-amz-target'), 1).value, '[^.]*$')`;

async function countMismatches(connection: DuckDBConnection): Promise<number> {
  const sql = `select count(distinct t.rowid) as n from ${AGREEMENT} where e.httprequest.clientip <> t.token_address`;
  const [row] = await queryRows(connection, sql);
  return Number(row?.["n"] ?? 0);
}

/**
 * Where WAF has no record of the request, CloudFront's own log vouches for the caller, though it does not know the
 * operation. Only for records of calls that CloudFront made: nobody else learns a stranger's request id in time.
 */
const AGREEMENT_WITHOUT_WAF = `
  cloudtrail t join cloudfront c
    on c.x_edge_request_id = t.token_request_id
   and abs(c.row_at // 1000 - t.row_at // 1000) <= 60
   and c.c_ip = t.token_address
 where t.caller_kind = 'infrastructure'
   and t.token_request_id not in (select httprequest.requestid from waf_edge where httprequest.requestid is not null)`;

/**
 * No gate is known for files from elsewhere, so a token is trusted if it agrees one to one with a WAF record, or one of
 * CloudFront's: a second record with the same request id is somebody's copy. CloudFront's addresses go first, since only
 * they can carry a token of ours.
 */
async function trustAgreeing(connection: DuckDBConnection): Promise<void> {
  await connection.run(`
    create temp table trusted as
    with agreed as (
      select t.rowid as id from ${AGREEMENT} where e.httprequest.clientip = t.token_address
      union
      select t.rowid from ${AGREEMENT_WITHOUT_WAF}
    )
    select id, gate from (
      select t.rowid as id, t.token_gate as gate, row_number() over (
        partition by t.token_request_id
        order by t.caller_kind = 'infrastructure' desc, ${SECRET_REFUSED}, t.row_at, t.row_file, t.row_number
      ) as nth
      from cloudtrail t where t.rowid in (select id from agreed)
    ) where nth = 1`);
}

const SECRET_REFUSED =
  "(coalesce(t.errorcode, '') = 'UnauthorizedException' or coalesce(t.errormessage, '') ilike '%secret%')";

/**
 * Where an app client has two secrets, the edge sends a call whose secret was refused again with the other one: two
 * records of one call, both its own, for nobody else knows the gate. At most one for each call, so that nobody who
 * made up a gate can hide more calls than he made others for.
 */
async function dropFirstTries(connection: DuckDBConnection): Promise<Dropped[]> {
  return deleteRows(
    connection,
    "cloudtrail",
    "duplicate",
    `select id from (
       select t.rowid as id, row_number() over (partition by t.token_request_id order by t.row_at, t.row_file, t.row_number) as nth
       from cloudtrail t join cloudtrail k
         on k.token_request_id = t.token_request_id and k.token_gate = t.token_gate
        and k.token_address = t.token_address and k.token_operation = t.token_operation
       where k.rowid in (select id from trusted) and t.rowid not in (select id from trusted) and ${SECRET_REFUSED}
     ) where nth = 1`,
  );
}

/** Takes all other tokens off, and returns the gates of those that stay. */
async function stripUntrusted(connection: DuckDBConnection): Promise<string[]> {
  await takeTokensOff(connection);
  const gates = await queryRows(connection, "select distinct gate from trusted order by gate");
  return gates.map((row) => String(row["gate"]));
}

async function takeTokensOff(connection: DuckDBConnection): Promise<void> {
  const marked = await queryRows(
    connection,
    `select distinct useragent from cloudtrail
     where useragent ilike 'portcullis/%' and rowid not in (select id from trusted)`,
  );
  if (marked.length === 0) return;
  await connection.run("create temp table stripped (marked varchar, plain varchar)");
  const appender = await connection.createAppender("stripped");
  for (const { useragent } of marked) {
    appender.appendVarchar(String(useragent));
    appender.appendVarchar(withoutToken(String(useragent)));
    appender.endRow();
  }
  appender.closeSync();
  await connection.run(
    `update cloudtrail set useragent = s.plain from stripped s
     where cloudtrail.useragent = s.marked and cloudtrail.rowid not in (select id from trusted)`,
  );
}

/** Without a trusted token the caller is who CloudTrail names: CloudFront, AWS and mere words are nobody. */
async function dropCallerless(connection: DuckDBConnection): Promise<Dropped[]> {
  const untrusted = "select rowid from cloudtrail where rowid not in (select id from trusted)";
  const infrastructure = await deleteRows(
    connection,
    "cloudtrail",
    "infrastructure-source",
    `${untrusted} and caller_kind = 'infrastructure'`,
  );
  const others = await deleteRows(
    connection,
    "cloudtrail",
    "not-an-address",
    `${untrusted} and caller_kind = 'not-an-address'`,
  );
  return [...infrastructure, ...others];
}

async function deleteRows(
  connection: DuckDBConnection,
  table: LogTable,
  reason: SkipReason,
  ids: string,
): Promise<Dropped[]> {
  const counts = await queryRows(
    connection,
    `select row_file, count(*) as n from ${table} where rowid in (${ids}) group by row_file order by row_file`,
  );
  if (counts.length > 0) await connection.run(`delete from ${table} where rowid in (${ids})`);
  return counts.map((row: DuckDbRow) => ({
    file: Number(row["row_file"]),
    reason,
    count: Number(row["n"]),
  }));
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
