/** AWS WAF log files: one JSON record a line. */
import { isObject, type LogScope, type RejectReason } from "../functions/detect/log-fate.ts";
import { judgeWafRecord } from "../functions/detect/waf-record.ts";
import { parseJson } from "./json-text.ts";
import { readText } from "./log-bytes.ts";
import { isGzipByNameOnly, readLines, reject, rejectBrokenEnd, type TakeFate } from "./log-lines.ts";

/** Longer files are not looked at once more to say why they cannot be read. */
const LARGEST_EXPLAINED = 64 << 20;

/**
 * A file in which not one line is a JSON object is no log in pieces but one unreadable thing, as an array written
 * over many lines is: one rejected record.
 */
export async function readWafFile(path: string, scope: LogScope | null, take: TakeFate): Promise<void> {
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
  const { text } = await readText(path, LARGEST_EXPLAINED);
  return text !== null && parseJson(text) !== null ? "wrong-shape" : "bad-json";
}
