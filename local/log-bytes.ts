/**
 * The bytes of a log file: plain or gzip, told by content, never by name. What could be inflated before a file
 * breaks off is handed on, so that a truncated file costs its end and not the whole of it.
 */
import { closeSync, createReadStream, openSync, readSync } from "node:fs";
import { createGunzip } from "node:zlib";

export type BytesEnd = "complete" | "bad-gzip" | "unreadable";

/** The first bytes of a file, as many as there are. Throws where the file cannot be opened. */
export function firstBytes(file: string, count: number): Buffer {
  const handle = openSync(file, "r");
  try {
    const buffer = Buffer.alloc(count);
    return buffer.subarray(0, readSync(handle, buffer, 0, count, 0));
  } finally {
    closeSync(handle);
  }
}

export function isGzip(head: Buffer): boolean {
  return head[0] === 0x1f && head[1] === 0x8b;
}

/** Feeds the file's inflated bytes to `take` until they end or `take` answers false. */
export function readBytes(file: string, take: (chunk: Buffer) => boolean): Promise<BytesEnd> {
  let gzip: boolean;
  try {
    gzip = isGzip(firstBytes(file, 2));
  } catch {
    return Promise.resolve("unreadable");
  }
  return new Promise((resolve) => {
    const disk = createReadStream(file, { highWaterMark: 1 << 20 });
    const bytes = gzip ? disk.pipe(createGunzip({ chunkSize: 1 << 18 })) : disk;
    const finish = (end: BytesEnd) => {
      resolve(end);
      disk.destroy();
      bytes.destroy();
    };
    disk.on("error", () => finish("unreadable"));
    bytes.on("error", () => finish(gzip ? "bad-gzip" : "unreadable"));
    bytes.on("end", () => finish("complete"));
    // Listened to, not iterated: an iterator drops what is buffered when the stream ends in an error.
    bytes.on("data", (chunk: Buffer) => {
      if (!take(chunk)) finish("complete");
    });
  });
}

const NEWLINE = 0x0a;
const BYTE_ORDER_MARK = /^\ufeff/;
/** No log line comes near; a longer one is dropped as it passes, so it costs no memory. */
export const LONGEST_LINE = 16 << 20;

/** A line without its end. `null` stands for one too long to be held. Bytes that are no UTF-8 become U+FFFD. */
export type TakeLine = (line: string | null) => void;

/** Cuts chunks into lines; `end` gives the last one, if it has no line end. Blank lines are no lines. */
export function lineCutter(take: TakeLine): { push(chunk: Buffer): void; end(): void } {
  let pieces: Buffer[] = [];
  let held = 0;

  function hold(piece: Buffer): void {
    held += piece.length;
    if (held <= LONGEST_LINE) pieces.push(piece);
    else pieces = [];
  }

  function flush(): void {
    const length = held;
    held = 0;
    if (length > LONGEST_LINE) {
      take(null);
      return;
    }
    const line = Buffer.concat(pieces).toString("utf8").replace(BYTE_ORDER_MARK, "").replace(/\r$/, "");
    pieces = [];
    if (line.trim() !== "") take(line);
  }

  return {
    push(chunk) {
      let start = 0;
      for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, start)) {
        hold(chunk.subarray(start, at));
        flush();
        start = at + 1;
      }
      if (start < chunk.length) hold(Buffer.from(chunk.subarray(start)));
    },
    end() {
      if (held > 0) flush();
    },
  };
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
