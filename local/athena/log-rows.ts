/** The rows of one log object of JSON, in the shape of its table's columns. */
import { gunzipSync } from "node:zlib";

import type { GlueTable } from "./glue-table.ts";
import { isObject, shapeFields } from "./hive-type.ts";

export interface LogRows {
  readonly rows: readonly Record<string, unknown>[];
  /** Why a query over this object fails; null if it can be read. */
  readonly problem: string | null;
}

/** Athena takes an object for compressed by its name alone. */
export function readLogRows(table: GlueTable, key: string, body: Buffer): LogRows {
  try {
    const text = (key.endsWith(".gz") ? gunzipSync(body) : body).toString("utf8");
    return table.format === "cloudtrail" ? trailRows(table, text) : lineRows(table, text);
  } catch (error) {
    return { rows: [], problem: error instanceof Error ? error.message : String(error) };
  }
}

function trailRows({ columns }: GlueTable, text: string): LogRows {
  const document: unknown = JSON.parse(text);
  const records = isObject(document) && Array.isArray(document.Records) ? document.Records : null;
  if (!records) return { rows: [], problem: "no Records in a CloudTrail file" };
  return { rows: records.filter(isObject).map((record) => shapeFields(record, columns)), problem: null };
}

function lineRows({ columns, ignoresMalformed }: GlueTable, text: string): LogRows {
  const rows: Record<string, unknown>[] = [];
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
    const value = objectIn(line);
    if (value === null && !ignoresMalformed) return { rows, problem: "Row is not a valid JSON Object" };
    rows.push(shapeFields(value ?? {}, columns));
  }
  return { rows, problem: null };
}

function objectIn(line: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}
