/** CloudTrail files: `{"Records": […]}` as delivered, several of them one after another, or one record a line. */
import { isObject, type JsonObject, type LogScope } from "../functions/detect/log-fate.ts";
import { judgeTrailRecord } from "../functions/detect/trail-record.ts";
import { parseJson, printJson } from "./json-text.ts";
import { type BytesEnd, readBytes } from "./log-bytes.ts";
import { isGzipByNameOnly, isOneJson, reject, rejectBrokenEnd, type TakeFate } from "./log-lines.ts";
import { TrailScanner } from "./trail-scanner.ts";

/** Lists of the delivered files with their hashes, which lie beside them and hold no record. */
const DIGEST_NAME = /(^|[/_])CloudTrail-Digest[/_]/;

/** A file with nothing of CloudTrail in it is set aside as one rejected record. */
export async function readTrailFile(path: string, scope: LogScope | null, take: TakeFate): Promise<void> {
  if (DIGEST_NAME.test(path)) return take({ skipped: "not-cognito" }, "");
  const found = { trail: 0, other: 0, broken: 0 };
  const scanner = new TrailScanner({
    record(text) {
      found.trail += 1;
      takeRecord(text, scope, take);
    },
    document(text, hadRecords) {
      found[takeDocument(text, hadRecords, scope, take)] += 1;
    },
    broken() {
      found.broken += 1;
    },
  });
  const end = await readBytes(path, (chunk) => {
    scanner.push(chunk);
    return true;
  });
  if (end === "complete") scanner.end();
  if (found.trail === 0) return rejectWhole(path, found.broken, found.other, end, take);
  reject(take, "wrong-shape", found.other);
  reject(take, "bad-json", found.broken);
  rejectBrokenEnd(end, take);
}

async function rejectWhole(path: string, broken: number, other: number, end: BytesEnd, take: TakeFate): Promise<void> {
  if (end !== "complete" || broken + other === 0) return rejectBrokenEnd(end, take);
  if (broken > 0 && isGzipByNameOnly(path)) return reject(take, "bad-gzip");
  reject(take, broken === 0 || (await isOneJson(path)) ? "wrong-shape" : "bad-json");
}

function takeRecord(text: string | null, scope: LogScope | null, take: TakeFate): void {
  const reading = text === null ? null : parseJson(text);
  if (reading) judge(reading.value, scope, take);
  else reject(take, "bad-json");
}

/** What is left of a document without its list of records, and of one record a line all of it. */
function takeDocument(
  text: string | null,
  hadRecords: boolean,
  scope: LogScope | null,
  take: TakeFate,
): "trail" | "other" | "broken" {
  const reading = text === null ? null : parseJson(text);
  if (!reading) return "broken";
  const { value } = reading;
  if (!isObject(value)) return "other";
  if (isDigest(value)) take({ skipped: "not-cognito" }, "");
  else if (Array.isArray(value["Records"])) for (const record of value["Records"]) judge(record, scope, take);
  else if ("eventSource" in value) judge(value, scope, take);
  else return hadRecords ? "trail" : "other";
  return "trail";
}

function isDigest(value: JsonObject): boolean {
  return "digestStartTime" in value && Array.isArray(value["logFiles"]);
}

function judge(record: unknown, scope: LogScope | null, take: TakeFate): void {
  const fate = judgeTrailRecord(record, scope);
  take(fate, "row" in fate && fate.row.id === null ? printJson(record) : "");
}
