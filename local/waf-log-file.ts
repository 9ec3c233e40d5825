/** AWS WAF log files: one JSON record a line. */
import { isObject, type LogScope, type RejectReason } from "../functions/detect/log-fate.ts";
import { judgeWafRecord } from "../functions/detect/waf-record.ts";
import { parseJson } from "./json-text.ts";
import { readBytes, readText } from "./log-bytes.ts";
import { isGzipByNameOnly, readLines, reject, rejectBrokenEnd, type TakeFate } from "./log-lines.ts";

/** Longer files are not looked at once more to say why they cannot be read. */
const LARGEST_EXPLAINED = 64 << 20;

/**
 * A file that is one JSON array, or in which not one line is a JSON object, is no log in pieces but one unreadable
 * thing, however many lines it is written over: one rejected record.
 */
export async function readWafFile(path: string, scope: LogScope | null, take: TakeFate): Promise<void> {
  if ((await firstSign(path)) === "[" && (await isJson(path))) return reject(take, "wrong-shape");
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
  return (await isJson(path)) ? "wrong-shape" : "bad-json";
}

async function isJson(path: string): Promise<boolean> {
  const { text, end } = await readText(path, LARGEST_EXPLAINED);
  return end === "complete" && text !== null && parseJson(text) !== null;
}

/** The first sign that is no space; a line of a WAF log begins with a brace. */
async function firstSign(path: string): Promise<string> {
  let sign = "";
  await readBytes(path, (chunk) => {
    sign = chunk
      .toString("latin1")
      .replace(/^\xef\xbb\xbf/, "")
      .trimStart()
      .charAt(0);
    return sign === "";
  });
  return sign;
}
