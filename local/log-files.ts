/**
 * Reads log files record by record and tells the fate of each. Whatever is wrong with a record or a file stays
 * with it: it is counted as rejected, and the next one is read.
 */
import type { DuckDBConnection } from "@duckdb/node-api";
import {
  type CloudFrontFields,
  columnName,
  columnsOfHeader,
  judgeCloudFrontRow,
  legacyColumns,
  splitRow,
} from "../functions/detect/cloudfront-record.ts";
import { type Fate, isObject, type LogScope, type RejectReason } from "../functions/detect/log-fate.ts";
import { judgeTrailRecord } from "../functions/detect/trail-record.ts";
import { judgeWafRecord } from "../functions/detect/waf-record.ts";
import type { LogKind } from "../functions/domain/evidence.ts";
import { parseJson, splitObjects } from "./json-text.ts";
import { type BytesEnd, firstBytes, isGzip, lineCutter, readBytes, readText } from "./log-bytes.ts";
import { readParquetRows } from "./parquet.ts";

export interface LogFile {
  readonly kind: LogKind;
  readonly path: string;
}

/** Takes each record's fate. `content` is what the record was read from, to know it again. */
export type TakeFate = (fate: Fate, content: string) => void;

/** Largest CloudTrail file held in memory; delivered files have some ten megabytes. */
const LARGEST_TRAIL_FILE = 400 << 20;

/** Reads one file. Never throws for what is in the file. */
export async function readLogFile(
  file: LogFile,
  scope: LogScope | null,
  connection: DuckDBConnection,
  take: TakeFate,
): Promise<void> {
  if (file.kind === "waf") return readWaf(file.path, scope, take);
  if (file.kind === "cloudtrail") return readTrail(file.path, scope, take);
  return readCloudFront(file.path, connection, take);
}

/**
 * JSON lines. A file in which not one line is JSON is no log in pieces but one unreadable thing, and so is an
 * array: one rejected record.
 */
async function readWaf(path: string, scope: LogScope | null, take: TakeFate): Promise<void> {
  let readable = 0;
  let unreadable = 0;
  const cutter = lineCutter((line) => {
    const reading = line === null ? null : parseJson(line);
    if (reading === null) {
      unreadable += 1;
      return;
    }
    readable += 1;
    take(judgeWafRecord(reading.value, scope), line ?? "");
  });
  const end = await readBytes(path, (chunk) => {
    cutter.push(chunk);
    return true;
  });
  // Of a file that breaks off, the line it breaks off in is what the broken end already stands for.
  if (end === "complete") cutter.end();
  if (readable === 0 && unreadable > 0 && end === "complete") {
    take({ rejected: await reasonOfWhole(path) }, "");
    return;
  }
  for (let count = 0; count < unreadable; count += 1) take({ rejected: "bad-json" }, "");
  rejectBrokenEnd(end, take);
}

async function reasonOfWhole(path: string): Promise<RejectReason> {
  if (isGzipByNameOnly(path)) return "bad-gzip";
  const { text } = await readText(path, 64 << 20);
  return text !== null && parseJson(text) !== null ? "wrong-shape" : "bad-json";
}

/** Called `.gz`, yet what is in it is not: plain logs under that name are read, anything else is a broken gzip. */
function isGzipByNameOnly(path: string): boolean {
  return path.endsWith(".gz") && !isGzip(headOf(path));
}

function headOf(path: string): Buffer {
  try {
    return firstBytes(path, 4);
  } catch {
    return Buffer.alloc(0);
  }
}

function rejectBrokenEnd(end: BytesEnd, take: TakeFate): void {
  if (end === "bad-gzip") take({ rejected: "bad-gzip" }, "");
  if (end === "unreadable") take({ rejected: "wrong-shape" }, "");
}

/** `{"Records": […]}` as delivered, several of them one after another, or one record a line. */
async function readTrail(path: string, scope: LogScope | null, take: TakeFate): Promise<void> {
  const { text, end } = await readText(path, LARGEST_TRAIL_FILE);
  if (text === null) return take({ rejected: "wrong-shape" }, "");
  if (text.trim() === "") return rejectBrokenEnd(end, take);
  const whole = end === "complete" ? parseJson(text) : null;
  const { values, rest } = whole ? { values: [whole.value], rest: false } : splitObjects(text);
  // Not one document of CloudTrail in it: the file is set aside as one.
  if (!values.some(isTrailDocument)) return take({ rejected: reasonOfTrail(path, end, rest) }, "");
  for (const value of values) takeTrailDocument(value, scope, take);
  if (rest || end !== "complete") take({ rejected: reasonOfTrail(path, end, rest) }, "");
}

function reasonOfTrail(path: string, end: BytesEnd, rest: boolean): RejectReason {
  if (end === "bad-gzip" || (rest && isGzipByNameOnly(path))) return "bad-gzip";
  return end === "complete" && rest ? "bad-json" : "wrong-shape";
}

function isTrailDocument(value: unknown): boolean {
  return isObject(value) && (Array.isArray(value["Records"]) || "eventSource" in value);
}

function takeTrailDocument(value: unknown, scope: LogScope | null, take: TakeFate): void {
  const records = isObject(value) && Array.isArray(value["Records"]) ? value["Records"] : [value];
  for (const record of records) takeTrailRecord(record, scope, take);
}

function takeTrailRecord(record: unknown, scope: LogScope | null, take: TakeFate): void {
  const fate = judgeTrailRecord(record, scope);
  take(fate, "row" in fate && fate.row.id === null ? JSON.stringify(record) : "");
}

async function readCloudFront(path: string, connection: DuckDBConnection, take: TakeFate): Promise<void> {
  if (isParquet(path)) {
    const whole = await readParquetRows(path, connection, (fields) =>
      take(judgeCloudFrontRow(fields), contentOf(fields)),
    );
    return whole ? undefined : take({ rejected: "wrong-shape" }, "");
  }
  let columns = legacyColumns;
  let tables = 0;
  let strangers = 0;
  const cutter = lineCutter((line) => {
    // A header may come again in the middle, where files were joined.
    if (line?.startsWith("#")) {
      columns = columnsOfHeader(line) ?? columns;
      tables += 1;
    } else if (line !== null && /^\{|\t/.test(line)) {
      take(judgeLine(line, columns), line);
      tables += 1;
    } else strangers += 1;
  });
  const end = await readBytes(path, (chunk) => {
    cutter.push(chunk);
    return true;
  });
  if (end === "complete") cutter.end();
  // Not one line that could be of a table: no log in pieces, but one unreadable thing.
  if (tables === 0 && strangers > 0 && end === "complete") strangers = 1;
  const reason = tables === 0 && isGzipByNameOnly(path) ? "bad-gzip" : "bad-columns";
  for (let count = 0; count < strangers; count += 1) take({ rejected: reason }, "");
  rejectBrokenEnd(end, take);
}

function contentOf(fields: CloudFrontFields): string {
  return fields["x_edge_request_id"] ? "" : JSON.stringify(fields);
}

function isParquet(path: string): boolean {
  return headOf(path).toString("latin1") === "PAR1";
}

function judgeLine(line: string, columns: readonly string[]): Fate {
  if (line.startsWith("{")) return judgeJsonRow(line);
  const fields = splitRow(line, columns);
  return fields ? judgeCloudFrontRow(fields) : { rejected: "bad-columns" };
}

/** v2 logs may be delivered as JSON lines, every value a text. */
function judgeJsonRow(line: string): Fate {
  const reading = parseJson(line);
  if (reading === null) return { rejected: "bad-json" };
  if (!isObject(reading.value)) return { rejected: "wrong-shape" };
  const entries = Object.entries(reading.value).map(([field, value]) => [columnName(field), textOrNull(value)]);
  return judgeCloudFrontRow(Object.fromEntries(entries));
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" || typeof value === "number" ? String(value) : null;
}
