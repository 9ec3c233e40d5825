/**
 * The evidence of log files as tables of the shape that the Glue tables have, so that the deployed queries run on
 * them. Rows pass through one newline-delimited JSON file a table, which DuckDB reads in parallel.
 */
import { createHash } from "node:crypto";
import { closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";

import type { LogRow, LogTable } from "../functions/detect/log-fate.ts";
import { readToken } from "../functions/detect/token.ts";
import { callerKind } from "../functions/detect/trail-record.ts";
import { makeOwnFolder } from "./at-exit.ts";

const header = "struct(name varchar, value varchar)[]";
const request = `struct(clientip varchar, country varchar, headers ${header}, httpmethod varchar, requestid varchar)`;
const waf = {
  timestamp: "bigint",
  webaclid: "varchar",
  terminatingruleid: "varchar",
  terminatingruletype: "varchar",
  action: "varchar",
  httpsourcename: "varchar",
  httpsourceid: "varchar",
  httprequest: request,
  ja4fingerprint: "varchar",
  clientasn: "integer",
  dt: "varchar",
};
const texts = (names: string) => Object.fromEntries(names.split(" ").map((name) => [name, "varchar"]));

/** What the queries use of a CloudTrail record. */
const record = texts(
  "eventtime eventsource eventname sourceipaddress useragent errorcode errormessage requestparameters " +
    "responseelements additionaleventdata requestid eventid",
);

type EvidenceTable = LogTable | "cloudtrail_fast";

/** The columns of the Glue tables that the queries use. Of files every CloudTrail record is read into one table. */
export const evidenceColumns: Readonly<Record<EvidenceTable, Readonly<Record<string, string>>>> = {
  waf_edge: waf,
  waf_pool: waf,
  cloudtrail: { ...record, day: "varchar" },
  cloudtrail_fast: { ...record, dt: "varchar" },
  cloudfront: texts("date time c_ip cs_method cs_uri_stem sc_status x_edge_request_id cs_user_agent c_country asn dt"),
};

/** What only files need: where a row comes from, what it is known by, what its token claims. */
const accountColumns = {
  row_file: "integer",
  row_number: "bigint",
  row_key: "varchar",
  row_at: "bigint",
  token_gate: "varchar",
  token_request_id: "varchar",
  token_operation: "varchar",
  token_address: "varchar",
  caller_kind: "varchar",
};

const evidenceTables = Object.keys(evidenceColumns) as EvidenceTable[];
/** Those that rows of files are in. */
export const logTables: readonly LogTable[] = evidenceTables.filter((table) => table !== "cloudtrail_fast");
const FLUSH_AT = 1 << 20;

/** Collects rows on disk, then makes the tables of them. */
export class EvidenceTables {
  readonly #folder = makeOwnFolder("portcullis-rows-");
  readonly #writers = new Map<EvidenceTable, { handle: number; pending: string[]; size: number }>();
  #count = 0;
  /** How often a record without id was met in the present file. */
  #anonymous = new Map<string, number>();

  /** To be called before the rows of each file. */
  beginFile(): void {
    this.#anonymous = new Map();
  }

  add(file: number, row: LogRow, content: string): void {
    this.#count += 1;
    const account = {
      row_file: file,
      row_number: this.#count,
      row_key: row.id ?? this.#anonymousKey(content),
      row_at: row.at,
      ...(row.table === "cloudtrail" ? trailAccount(row) : {}),
    };
    this.#write(row.table, wellFormed(JSON.stringify({ ...row.columns, ...account })));
  }

  /** The n-th record of the same content in one file is the n-th in a copy of that file. */
  #anonymousKey(content: string): string {
    const digest = createHash("sha256").update(content).digest("base64url");
    const nth = this.#anonymous.get(digest) ?? 0;
    this.#anonymous.set(digest, nth + 1);
    return `#${digest} ${nth}`;
  }

  #write(table: LogTable, line: string): void {
    let writer = this.#writers.get(table);
    if (!writer) {
      writer = { handle: openSync(this.#path(table), "w"), pending: [], size: 0 };
      this.#writers.set(table, writer);
    }
    writer.pending.push(line, "\n");
    writer.size += line.length;
    if (writer.size > FLUSH_AT) flush(writer);
  }

  #path(table: EvidenceTable): string {
    return join(this.#folder.path, `${table}.json`);
  }

  /** Makes all tables, empty ones included. */
  async load(connection: DuckDBConnection): Promise<void> {
    for (const table of evidenceTables) {
      const columns = { ...evidenceColumns[table], ...accountColumns };
      const list = Object.entries(columns).map(([name, type]) => `"${name}" ${type}`);
      // Athena's hidden column: rows that were read from files of any name lie in no particular one.
      await connection.run(`create table ${table} (${list.join(", ")}, "$path" varchar default '')`);
      const writer = this.#writers.get(table);
      if (!writer) continue;
      flush(writer);
      const struct = Object.entries(columns).map(([name, type]) => `'${name}': '${type}'`);
      await connection.run(
        `insert into ${table} by name select * from read_json('${this.#path(table).replaceAll("'", "''")}', ` +
          `format = 'newline_delimited', records = true, columns = {${struct.join(", ")}}, maximum_object_size = ${64 << 20})`,
      );
    }
  }

  close(): void {
    for (const { handle } of this.#writers.values()) closeSync(handle);
    this.#folder.remove();
  }
}

function flush(writer: { handle: number; pending: string[]; size: number }): void {
  if (writer.pending.length > 0) writeSync(writer.handle, writer.pending.join(""));
  writer.pending = [];
  writer.size = 0;
}

function trailAccount({ columns }: LogRow): Record<string, string | null> {
  const token = readToken(String(columns["useragent"] ?? ""));
  return {
    token_gate: token?.gate ?? null,
    token_request_id: token?.requestId ?? null,
    token_operation: token?.operation ?? null,
    token_address: token?.address ?? null,
    caller_kind: callerKind(String(columns["sourceipaddress"] ?? "")),
  };
}

/** DuckDB refuses halves of surrogate pairs, which JSON can spell, and a NUL in a text ends it for many a reader. */
function wellFormed(json: string): string {
  return json.includes("\\u") ? json.replace(/\\u(d[89a-f][0-9a-f]{2}|0000)/gi, escaped) : json;
}

function escaped(match: string, _code: string, at: number, json: string): string {
  let backslashes = 0;
  while (json[at - 1 - backslashes] === "\\") backslashes += 1;
  return backslashes % 2 === 0 ? "\\ufffd" : match;
}
