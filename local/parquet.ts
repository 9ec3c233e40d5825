/** CloudFront's v2 Parquet files: all columns text, read in chunks. */
import type { DuckDBConnection } from "@duckdb/node-api";

import { type CloudFrontFields, columnName } from "../functions/detect/cloudfront-record.ts";

/** Answers false if the file is no Parquet that can be read to its end; rows before a break were handed on. */
export async function readParquetRows(
  path: string,
  connection: DuckDBConnection,
  take: (fields: CloudFrontFields) => void,
): Promise<boolean> {
  try {
    const file = `'${path.replaceAll("'", "''")}'`;
    const described = await connection.runAndReadAll(`describe select * from read_parquet(${file})`);
    const names = described.getRowObjectsJson().map((row) => String(row["column_name"]));
    const columns = names.map((name) => `cast("${name.replaceAll('"', '""')}" as varchar)`);
    const keys = names.map(columnName);
    const result = await connection.stream(`select ${columns.join(", ")} from read_parquet(${file})`);
    for await (const rows of result.yieldRowsJson()) {
      for (const row of rows) take(Object.fromEntries(keys.map((key, index) => [key, textOf(row[index])])));
    }
    return true;
  } catch {
    return false;
  }
}

function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
