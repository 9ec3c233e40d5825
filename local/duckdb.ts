/**
 * DuckDB as the engine behind the local Athena and behind `analyze`: an in-memory database that understands
 * the dialect which the evidence queries share with Athena's Trino. What DuckDB lacks is a macro here, so the
 * query text stays one. Nothing here reads files by itself: tables are made by the caller.
 */
import { randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";

import { RetryableError } from "../functions/domain/errors.ts";

const SETTINGS = [
  // Trino divides integers to integers, and its session zone on Athena is UTC.
  "set integer_division = true",
  "set TimeZone = 'UTC'",
  // `h -> …` is Trino's lambda; newer DuckDB versions want it switched on.
  "set lambda_syntax = 'ENABLE_SINGLE_ARROW'",
];

const CONSTANT_FORMATS = ["%Y-%m-%d %H:%i:%s", "%Y/%m/%d/%H/%i", "%Y/%m/%d/%H", "%Y/%m/%d", "%Y-%m-%d-%H"];
// Trino counts MySQL format letters (%i minutes, %s seconds), DuckDB those of C (%M, %S).
const formatCases = (call: (format: string) => string) =>
  CONSTANT_FORMATS.map((format) => `when '${format}' then ${call(format.replace("%i", "%M").replace("%s", "%S"))}`);

const MACROS: readonly (readonly [signature: string, body: string])[] = [
  ["approx_distinct(x)", "approx_count_distinct(x)"],
  ["approx_percentile(x, p)", "approx_quantile(x, p)"],
  ["element_at(a, i)", "(a)[i]"],
  ["cardinality(a)", "len(a)"],
  ["array_join(a, d)", "array_to_string(a, d)"],
  ["slice(a, s, n)", "list_slice(a, s, s + n - 1)"],
  // Trino raises an error on a malformed text and is therefore called inside try(), which DuckDB passes through.
  ["from_iso8601_timestamp(s)", "try_cast(s as timestamptz)"],
  ["from_unixtime(x)", "to_timestamp(x)"],
  ["to_unixtime(t)", "epoch(t)"],
  ["to_iso8601(t)", "strftime(t, '%Y-%m-%dT%H:%M:%S.%gZ')"],
  [
    "date_parse(s, f)",
    `case f ${formatCases((f) => `strptime(s, '${f}')`).join(" ")} else error('date_parse ' || f) end`,
  ],
  [
    "date_format(t, f)",
    `case f ${formatCases((f) => `strftime(t, '${f}')`).join(" ")} else error('date_format ' || f) end`,
  ],
  [
    "date_add(u, n, t)",
    "case u when 'second' then t + to_seconds(n) when 'minute' then t + to_minutes(n) " +
      "when 'hour' then t + to_hours(n) when 'day' then t + to_days(n) end",
  ],
  [
    "date_diff(u, a, b)",
    "case u when 'second' then datesub('second', a, b) when 'minute' then datesub('minute', a, b) " +
      "when 'hour' then datesub('hour', a, b) when 'day' then datesub('day', a, b) end",
  ],
  ["json_extract_scalar(j, p)", "json_extract_string(try(json_value(j, p)), '$')"],
  ["regexp_like(s, p)", "regexp_matches(s, p)"],
  ["to_utf8(s)", "encode(s)"],
  ["to_hex(b)", "hex(b)"],
  ["sha256(b)", "unhex(system.main.sha256(b))"],
  // Where Trino answers NULL, DuckDB answers an empty text.
  ["regexp_replace(s, p, r)", "system.main.regexp_replace(s, p, r, 'g')"],
  ["split_part(s, d, i)", "nullif(system.main.split_part(s, d, i), '')"],
  ["count_if(x)", "count(case when x then 1 end)"],
];

/** Overloads need one statement: both arities of Trino's regexp_extract, NULL where nothing matches. */
const REGEXP_EXTRACT =
  "create or replace macro regexp_extract" +
  "(s, p) as nullif(system.main.regexp_extract(s, p), ''), (s, p, g) as nullif(system.main.regexp_extract(s, p, g), '')";

export interface DuckDbOptions {
  /** Worker threads of the engine; DuckDB's default is one per core. */
  readonly threads?: number;
}

export interface DuckDb {
  readonly connection: DuckDBConnection;
  close(): void;
}

/** A fresh in-memory database with Trino's dialect. The caller closes it. */
export async function openDuckDb(options: DuckDbOptions = {}): Promise<DuckDb> {
  try {
    const threads = options.threads === undefined ? {} : { threads: String(options.threads) };
    // Made when memory does not suffice, and removed at the end; else it would be a folder below wherever one stands.
    const spill = { temp_directory: join(tmpdir(), `portcullis-spill-${randomUUID()}`) };
    const instance = await DuckDBInstance.create(":memory:", { ...threads, ...spill });
    const connection = await instance.connect();
    for (const setting of SETTINGS) await connection.run(setting);
    for (const [signature, body] of MACROS) await connection.run(`create or replace macro ${signature} as ${body}`);
    await connection.run(REGEXP_EXTRACT);
    return {
      connection,
      close: () => {
        connection.closeSync();
        instance.closeSync();
      },
    };
  } catch (cause) {
    throw new RetryableError("DuckDB, the local query engine, could not be opened", { cause });
  }
}

export type DuckDbRow = Readonly<Record<string, unknown>>;

/**
 * Runs one statement and returns its rows as plain JSON values: bigint and timestamps as text, as Athena hands
 * them out, so one parser reads both.
 */
export async function queryRows(
  connection: DuckDBConnection,
  sql: string,
  parameters: readonly (string | number)[] = [],
): Promise<DuckDbRow[]> {
  const reader = await connection.runAndReadAll(sql, [...parameters]);
  return reader.getRowObjectsJson();
}
