/**
 * The bytes of a log file: plain or gzip, told by content, never by name. What could be inflated before a file
 * breaks off is handed on, so that a truncated file costs its end and not the whole of it. A gzip that contradicts
 * itself is another matter: one wrong bit makes other text of all that follows, so nothing of it is believed.
 */
import { closeSync, createReadStream, openSync, readSync, statSync } from "node:fs";
import { createGunzip, type Gunzip } from "node:zlib";

export type BytesEnd = "complete" | "bad-gzip" | "unreadable";
type TakeBytes = (chunk: Buffer) => boolean;

/** The first bytes of a file, as many as there are. Throws where the file cannot be opened. */
export function firstBytes(file: string, count: number): Buffer {
  return bytesAt(file, count, 0);
}

function bytesAt(file: string, count: number, position: number): Buffer {
  const handle = openSync(file, "r");
  try {
    const buffer = Buffer.alloc(count);
    return buffer.subarray(0, readSync(handle, buffer, 0, count, position));
  } finally {
    closeSync(handle);
  }
}

export function isGzip(head: Buffer): boolean {
  return head[0] === 0x1f && head[1] === 0x8b;
}

/** Feeds the file's inflated bytes to `take` until they end or `take` answers false. */
export async function readBytes(file: string, take: TakeBytes): Promise<BytesEnd> {
  if (!beginsAsGzip(file)) return (await stream(file, false, take)).end;
  const held: Buffer[] = [];
  let size = 0;
  const { end, isDamaged } = await stream(file, true, (chunk) => {
    size += chunk.length;
    if (size <= LARGEST_HELD) held.push(chunk);
    else held.length = 0;
    return true;
  });
  if (isDamaged) return end;
  if (size > LARGEST_HELD) return (await stream(file, true, take)).end;
  return held.every(take) ? end : "complete";
}

/** As `readBytes`, for a look at the beginning: bytes are handed on before the rest of a gzip was checked. */
export async function glanceBytes(file: string, take: TakeBytes): Promise<void> {
  await stream(file, beginsAsGzip(file), take);
}

/** What is inflated of a gzip before it is believed; a larger one is inflated twice. */
const LARGEST_HELD = 32 << 20;

function beginsAsGzip(file: string): boolean {
  try {
    return isGzip(firstBytes(file, 2));
  } catch {
    return false;
  }
}

interface StreamEnd {
  readonly end: BytesEnd;
  /** The gzip is not only cut off. */
  readonly isDamaged: boolean;
}

function stream(file: string, gzip: boolean, take: TakeBytes): Promise<StreamEnd> {
  return new Promise((resolve) => {
    const disk = createReadStream(file, { highWaterMark: 1 << 20 });
    const gunzip = gzip ? createGunzip({ chunkSize: 1 << 18 }) : null;
    const bytes = gunzip ? disk.pipe(gunzip) : disk;
    let inflated = 0;
    const finish = (end: BytesEnd, isDamaged = false) => {
      resolve({ end, isDamaged });
      disk.destroy();
      bytes.destroy();
    };
    disk.on("error", () => finish("unreadable"));
    bytes.on("error", (error: NodeJS.ErrnoException) =>
      gunzip ? finish("bad-gzip", error.code !== "Z_BUF_ERROR" || endsAsWhole(file, inflated)) : finish("unreadable"),
    );
    bytes.on("end", () => finish(gunzip && leavesBytes(file, gunzip) ? "bad-gzip" : "complete"));
    // Listened to, not iterated: an iterator drops what is buffered when the stream ends in an error.
    bytes.on("data", (chunk: Buffer) => {
      inflated += chunk.length;
      if (!take(chunk)) finish("complete");
    });
  });
}

/**
 * A wrong bit can make zlib overlook where the data ends, and ask for more. A gzip that is whole ends in the length of
 * what is in it, one that was cut off in any four bytes.
 */
function endsAsWhole(file: string, inflated: number): boolean {
  const { size } = statSync(file);
  const length = size < 18 ? 0 : bytesAt(file, 4, size - 4).readUInt32LE();
  return length > inflated / 16 && length < inflated * 16;
}

/** Whether something follows the last member that zlib knew for one: it says nothing about that. */
function leavesBytes(file: string, gunzip: Gunzip): boolean {
  return gunzip.bytesWritten < statSync(file).size;
}

const NEWLINE = 0x0a;
const BYTE_ORDER_MARK = /^\ufeff/;
/** No log line comes near; a longer one is dropped as it passes, so it costs no memory. */
export const LONGEST_LINE = 16 << 20;

/** A line without its end. `null` stands for one too long to be held. Bytes that are no UTF-8 become U+FFFD. */
export type TakeLine = (line: string | null) => void;

/** Cuts chunks into lines; `end` gives the last one, if it has no line end. Blank lines are no lines. */
export function lineCutter(take: TakeLine): { push(chunk: Buffer): void; end(): void } {
  const held = new HeldBytes();

  function flush(): void {
    const line = held.take()?.replace(BYTE_ORDER_MARK, "").replace(/\r$/, "") ?? null;
    if (line === null || line.trim() !== "") take(line);
  }

  return {
    push(chunk) {
      let start = 0;
      for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, start)) {
        held.add(chunk.subarray(start, at));
        flush();
        start = at + 1;
      }
      if (start < chunk.length) held.add(Buffer.from(chunk.subarray(start)));
    },
    end() {
      if (held.size > 0) flush();
    },
  };
}

/** Bytes that are collected piece by piece, until there are too many of them. */
export class HeldBytes {
  #pieces: Buffer[] = [];
  size = 0;

  add(piece: Buffer): void {
    this.size += piece.length;
    if (this.size <= LONGEST_LINE) this.#pieces.push(piece);
    else this.#pieces = [];
  }

  /** All of them as text, null if there were too many; then it is empty again. */
  take(): string | null {
    const isTooLong = this.size > LONGEST_LINE;
    const [only] = this.#pieces;
    const bytes = only && this.#pieces.length === 1 ? only : Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.size = 0;
    return isTooLong ? null : bytes.toString("utf8");
  }

  /** The last ones, `count` at least if there are so many, as Latin text. */
  tail(count: number): string {
    let text = "";
    for (let at = this.#pieces.length - 1; at >= 0 && text.length < count; at -= 1)
      text = (this.#pieces[at]?.subarray(-count).toString("latin1") ?? "") + text;
    return text;
  }
}

/** A whole file as text; null if it is longer than `limit` bytes. */
export async function readText(file: string, limit: number): Promise<{ text: string | null; end: BytesEnd }> {
  const chunks: Buffer[] = [];
  let length = 0;
  const end = await readBytes(file, (chunk) => {
    length += chunk.length;
    if (length > limit) return false;
    chunks.push(chunk);
    return true;
  });
  if (length > limit) return { text: null, end };
  return { text: Buffer.concat(chunks).toString("utf8").replace(BYTE_ORDER_MARK, ""), end };
}
