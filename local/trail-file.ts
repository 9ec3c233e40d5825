/** CloudTrail files: `{"Records": […]}` as delivered, several of them one after another, or one record a line. */
import { isObject, type LogScope, type RejectReason } from "../functions/detect/log-fate.ts";
import { judgeTrailRecord } from "../functions/detect/trail-record.ts";
import { parseJson, splitObjects } from "./json-text.ts";
import { type BytesEnd, readText } from "./log-bytes.ts";
import { isGzipByNameOnly, reject, rejectBrokenEnd, type TakeFate } from "./log-lines.ts";

/** Held in memory at once; delivered files have some ten megabytes. */
const LARGEST_FILE = 400 << 20;

/** A file with no document of CloudTrail in it is set aside as one rejected record. */
export async function readTrailFile(path: string, scope: LogScope | null, take: TakeFate): Promise<void> {
  const { text, end } = await readText(path, LARGEST_FILE);
  if (text === null) return reject(take, "wrong-shape");
  if (text.trim() === "") return rejectBrokenEnd(end, take);
  const { values, broken } = readDocuments(text);
  if (!values.some(isTrailDocument)) return reject(take, reasonOf(path, end, broken > 0));
  for (const value of values) takeDocument(value, scope, take);
  if (end === "complete") reject(take, "bad-json", broken);
  else rejectBrokenEnd(end, take);
}

interface Documents {
  readonly values: readonly unknown[];
  /** Pieces that are no JSON. */
  readonly broken: number;
}

function readDocuments(text: string): Documents {
  const whole = parseJson(text);
  if (whole) return { values: [whole.value], broken: 0 };
  const joined = splitObjects(text);
  return joined.rest ? (readLineByLine(text) ?? { values: joined.values, broken: 1 }) : { ...joined, broken: 0 };
}

/** One broken line does not spoil the others. Null if the first line is not whole: then lines mean nothing here. */
function readLineByLine(text: string): Documents | null {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const readings = lines.map(splitObjects);
  if (readings.length < 2 || readings[0]?.rest !== false) return null;
  return {
    values: readings.flatMap(({ values }) => values),
    broken: readings.filter(({ rest }) => rest).length,
  };
}

function reasonOf(path: string, end: BytesEnd, broken: boolean): RejectReason {
  if (end === "bad-gzip" || (broken && isGzipByNameOnly(path))) return "bad-gzip";
  return end === "complete" && broken ? "bad-json" : "wrong-shape";
}

function isTrailDocument(value: unknown): boolean {
  return isObject(value) && (Array.isArray(value["Records"]) || "eventSource" in value);
}

function takeDocument(value: unknown, scope: LogScope | null, take: TakeFate): void {
  const records = isObject(value) && Array.isArray(value["Records"]) ? value["Records"] : [value];
  for (const record of records) {
    const fate = judgeTrailRecord(record, scope);
    take(fate, "row" in fate && fate.row.id === null ? JSON.stringify(record) : "");
  }
}
