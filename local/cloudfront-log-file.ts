/** CloudFront's access logs: tab-separated (legacy and v2), JSON lines or Parquet (v2), told apart by content. */
import type { DuckDBConnection } from "@duckdb/node-api";

import {
  type CloudFrontFields,
  columnName,
  columnsOfHeader,
  judgeCloudFrontRow,
  legacyColumns,
  splitRow,
} from "../functions/detect/cloudfront-record.ts";
import { type Fate, isObject, type LogScope } from "../functions/detect/log-fate.ts";
import { parseJson } from "./json-text.ts";
import { headOf, isGzipByNameOnly, readLines, reject, rejectBrokenEnd, type TakeFate } from "./log-lines.ts";
import { readParquetRows } from "./parquet.ts";

export async function readCloudFrontFile(
  path: string,
  scope: LogScope | null,
  connection: DuckDBConnection,
  take: TakeFate,
): Promise<void> {
  if (headOf(path, 4).toString("latin1") !== "PAR1") return readTable(path, scope, take);
  const isWhole = await readParquetRows(path, connection, (fields) =>
    take(judgeCloudFrontRow(fields, scope), contentOf(fields)),
  );
  if (!isWhole) reject(take, "wrong-shape");
}

async function readTable(path: string, scope: LogScope | null, take: TakeFate): Promise<void> {
  let columns = legacyColumns;
  let ofTable = 0;
  let strangers = 0;
  const end = await readLines(path, (line) => {
    if (line === null || !/^#|^\{|\t/.test(line)) {
      strangers += 1;
      return;
    }
    ofTable += 1;
    // A header may come again in the middle, where files were joined.
    if (line.startsWith("#")) columns = columnsOfHeader(line) ?? columns;
    else take(judgeLine(line, columns, scope), line);
  });
  const reason = ofTable === 0 && isGzipByNameOnly(path) ? "bad-gzip" : "bad-columns";
  // Not one line that could be of a table: no log in pieces, but one unreadable thing.
  reject(take, reason, ofTable === 0 ? Math.min(strangers, 1) : strangers);
  rejectBrokenEnd(end, take);
}

/** A row without request id is known again by all of its text. */
function contentOf(fields: CloudFrontFields): string {
  return fields["x_edge_request_id"] ? "" : JSON.stringify(fields);
}

function judgeLine(line: string, columns: readonly string[], scope: LogScope | null): Fate {
  if (line.startsWith("{")) return judgeJsonRow(line, scope);
  const fields = splitRow(line, columns);
  return fields ? judgeCloudFrontRow(fields, scope) : { rejected: "bad-columns" };
}

/** Every value is a text, under the field's own name. */
function judgeJsonRow(line: string, scope: LogScope | null): Fate {
  const reading = parseJson(line);
  if (reading === null) return { rejected: "bad-json" };
  if (!isObject(reading.value)) return { rejected: "wrong-shape" };
  const entries = Object.entries(reading.value).map(([field, value]) => [columnName(field), textOrNull(value)]);
  return judgeCloudFrontRow(Object.fromEntries(entries), scope);
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" || typeof value === "number" ? String(value) : null;
}
