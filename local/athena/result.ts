/** Results in Athena's form: every value is text, NULL has no text at all, and the first row holds the names. */
import type { DuckDBConnection, DuckDBType, DuckDBValue } from "@duckdb/node-api";

interface ResultColumn {
  readonly name: string;
  readonly type: string;
}
export interface QueryResult {
  readonly columns: readonly ResultColumn[];
  readonly rows: readonly (readonly (string | null)[])[];
}

export async function runQuery(connection: DuckDBConnection, sql: string): Promise<QueryResult> {
  const reader = await connection.runAndReadAll(sql);
  const types = reader.columnTypes().map(typeName);
  const columns = reader.columnNames().map((name, index) => ({ name, type: types[index] ?? "varchar" }));
  const rows = reader.getRows().map((row) => row.map((value, index) => textOf(value, types[index] ?? "varchar")));
  return { columns, rows };
}

const names: Readonly<Record<string, string>> = {
  VARCHAR: "varchar",
  BIGINT: "bigint",
  // DuckDB sums integers into 128 bits, Trino into bigint.
  HUGEINT: "bigint",
  INTEGER: "integer",
  DOUBLE: "double",
  BOOLEAN: "boolean",
  DATE: "date",
  TIMESTAMP: "timestamp",
  "TIMESTAMP WITH TIME ZONE": "timestamp with time zone",
};

function typeName(type: DuckDBType): string {
  const text = String(type);
  if (text.endsWith("[]")) return "array";
  if (text.startsWith("STRUCT")) return "row";
  if (text.startsWith("DECIMAL")) return "decimal";
  return names[text] ?? text.toLowerCase();
}

function textOf(value: DuckDBValue, type: string): string | null {
  if (value === null) return null;
  const text = String(value);
  switch (type) {
    case "timestamp":
      return milliseconds(text);
    case "timestamp with time zone":
      return `${milliseconds(text.replace(/[+-]\d\d(:\d\d)?$/, ""))} UTC`;
    case "double":
      return javaDouble(Number(value));
    default:
      return text;
  }
}

/** `2026-11-22 10:00:00` and `….123456` both have three decimals on Athena. */
function milliseconds(text: string): string {
  const [whole = "", fraction = ""] = text.split(".");
  return `${whole}.${fraction.padEnd(3, "0").slice(0, 3)}`;
}

/** As Java writes doubles: `1.0`, `0.25`, `1.0E10`. */
function javaDouble(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e7)) {
    const [mantissa = "", exponent = ""] = value.toExponential().split("e");
    return `${mantissa.includes(".") ? mantissa : `${mantissa}.0`}E${Number(exponent)}`;
  }
  return Number.isInteger(value) ? value.toFixed(1) : String(value);
}

type Row = { readonly Data: readonly { readonly VarCharValue?: string }[] };

/** `count` rows from `start` on, the header being row 0. */
export function resultRows({ columns, rows }: QueryResult, start: number, count: number): Row[] {
  const header = { Data: columns.map(({ name }) => ({ VarCharValue: name })) };
  const page = rows
    .slice(Math.max(0, start - 1), start - 1 + count)
    .map((row) => ({ Data: row.map((text) => (text === null ? {} : { VarCharValue: text })) }));
  return start === 0 ? [header, ...page] : page;
}

export function resultMetadata({ columns }: QueryResult, table = ""): unknown {
  return {
    ColumnInfo: columns.map(({ name, type }) => ({
      CatalogName: "hive",
      SchemaName: "",
      TableName: table,
      Name: name,
      Label: name,
      Type: type,
      Nullable: "UNKNOWN",
      CaseSensitive: type === "varchar",
    })),
  };
}

/** The result as the object that Athena leaves in S3. */
export function resultCsv({ columns, rows }: QueryResult): string {
  const line = (values: readonly (string | null)[]) =>
    values.map((value) => (value === null ? "" : `"${value.replaceAll('"', '""')}"`)).join(",");
  return `${[line(columns.map(({ name }) => name)), ...rows.map(line)].join("\n")}\n`;
}

/** The rows of such an object, without its header. What stands between two commas without quotes is NULL. */
export function rowsOfCsv(text: string): (string | null)[][] {
  const rows: (string | null)[][] = [[]];
  for (const [, value, end] of text.matchAll(/(?:"((?:[^"]|"")*)")?([,\n])/gy)) {
    rows.at(-1)?.push(value?.replaceAll('""', '"') ?? null);
    if (end === "\n") rows.push([]);
  }
  return rows.slice(1, -1);
}
