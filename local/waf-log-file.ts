/** AWS WAF log files: one JSON record a line. */
import { isObject, type LogScope, type RejectReason } from "../functions/detect/log-fate.ts";
import { judgeWafRecord } from "../functions/detect/waf-record.ts";
import { parseJson } from "./json-text.ts";
import { glanceBytes } from "./log-bytes.ts";
import { isGzipByNameOnly, isOneJson, readLines, reject, rejectBrokenEnd, type TakeFate } from "./log-lines.ts";

/**
 * A file that is one JSON array, or in which not one line is a JSON object, is no log in pieces but one unreadable
 * thing, however many lines it is written over: one rejected record.
 */
export async function readWafFile(path: string, scope: LogScope | null, take: TakeFate): Promise<void> {
  if ((await firstSign(path)) === "[" && (await isOneJson(path))) return reject(take, "wrong-shape");
  const lines = { objects: 0, badJson: 0, noObject: 0 };
  const end = await readLines(path, (line) => {
    const reading = line === null ? null : parseJson(line);
    if (reading === null) lines.badJson += 1;
    else if (!isObject(reading.value)) lines.noObject += 1;
    else {
      lines.objects += 1;
      take(judgeWafRecord(reading.value, scope), line ?? "");
    }
  });
  if (lines.objects === 0 && lines.badJson + lines.noObject > 0 && end === "complete")
    return reject(take, await reasonOfWhole(path));
  reject(take, "bad-json", lines.badJson);
  reject(take, "wrong-shape", lines.noObject);
  rejectBrokenEnd(end, take);
}

async function reasonOfWhole(path: string): Promise<RejectReason> {
  if (isGzipByNameOnly(path)) return "bad-gzip";
  return (await isOneJson(path)) ? "wrong-shape" : "bad-json";
}

/** The first sign that is no space; a line of a WAF log begins with a brace. */
async function firstSign(path: string): Promise<string> {
  let sign = "";
  await glanceBytes(path, (chunk) => {
    sign = chunk
      .toString("latin1")
      .replace(/^\xef\xbb\xbf/, "")
      .trimStart()
      .charAt(0);
    return sign === "";
  });
  return sign;
}
