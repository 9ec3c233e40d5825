/** What the readers of all kinds of log share: lines in, fates out, and what a broken end of a file counts for. */
import type { Fate, RejectReason } from "../functions/detect/log-fate.ts";
import { parseJson } from "./json-text.ts";
import { type BytesEnd, firstBytes, isGzip, lineCutter, readBytes, readText, type TakeLine } from "./log-bytes.ts";

/** Takes each record's fate. `content` is what the record was read from, to know it again if it has no id. */
export type TakeFate = (fate: Fate, content: string) => void;

/** Feeds the file's lines to `take`. Of a file that breaks off, the line it breaks off in is left out. */
export async function readLines(path: string, take: TakeLine): Promise<BytesEnd> {
  const cutter = lineCutter(take);
  const end = await readBytes(path, (chunk) => {
    cutter.push(chunk);
    return true;
  });
  if (end === "complete") cutter.end();
  return end;
}

export function reject(take: TakeFate, reason: RejectReason, count = 1): void {
  for (let done = 0; done < count; done += 1) take({ rejected: reason }, "");
}

/** The end that is missing is one rejected record. */
export function rejectBrokenEnd(end: BytesEnd, take: TakeFate): void {
  if (end === "bad-gzip") reject(take, "bad-gzip");
  if (end === "unreadable") reject(take, "wrong-shape");
}

/** Called `.gz`, yet what is in it is not: plain logs under that name are read, anything else is a broken gzip. */
export function isGzipByNameOnly(path: string): boolean {
  return path.endsWith(".gz") && !isGzip(headOf(path, 2));
}

/** The first bytes; none if the file cannot be opened. */
export function headOf(path: string, count: number): Buffer {
  try {
    return firstBytes(path, count);
  } catch {
    return Buffer.alloc(0);
  }
}

/** Longer files are not looked at once more to say why they cannot be read. */
const LARGEST_EXPLAINED = 64 << 20;

/** Whether the whole file is one JSON value: then it is of a wrong shape, and not broken. */
export async function isOneJson(path: string): Promise<boolean> {
  const { text, end } = await readText(path, LARGEST_EXPLAINED);
  return end === "complete" && text !== null && parseJson(text) !== null;
}
