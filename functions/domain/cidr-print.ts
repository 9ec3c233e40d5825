/** Prints the range at hand, IPv6 by RFC 5952: lower case, the longest run of zeros shortened. */
import { atHand } from "./cidr-words.ts";

const { words, groups } = atHand;

/** More than any range takes. */
export const LONGEST = 48;
const line = new Uint8Array(LONGEST);
const decoder = new TextDecoder("latin1");

export function printRange(): string {
  return textOf(writeRange(line, 0));
}

export function printAddress(): string {
  return textOf(writeAddress(line, 0));
}

/** The first `count` groups of an IPv6 address, zeros included. */
export function printGroups(count: number): string {
  return textOf(writeGroups(line, 0, 0, count));
}

function textOf(length: number): string {
  return decoder.decode(line.subarray(0, length));
}

/** Writes to `out` from `start` on; returns where it is over. */
export function writeRange(out: Uint8Array, start: number): number {
  const at = writeAddress(out, start);
  out[at] = SLASH;
  return writeDecimal(out, at + 1, atHand.prefix);
}

function writeAddress(out: Uint8Array, start: number): number {
  if (atHand.family === 4) return writeQuad(out, start, words[0] ?? 0);
  const { from, length } = longestZeroRun();
  if (length < 2) return writeGroups(out, start, 0, 8);
  const at = writeGroups(out, start, 0, from);
  out[at] = COLON;
  out[at + 1] = COLON;
  return writeGroups(out, at + 2, from + length, 8);
}

const ZERO = 0x30;
const DOT = 0x2e;
const SLASH = 0x2f;
const COLON = 0x3a;

function writeQuad(out: Uint8Array, start: number, value: number): number {
  let at = writeDecimal(out, start, value >>> 24);
  for (let shift = 16; shift >= 0; shift -= 8) {
    out[at] = DOT;
    at = writeDecimal(out, at + 1, (value >>> shift) & 255);
  }
  return at;
}

function writeDecimal(out: Uint8Array, start: number, value: number): number {
  let at = start;
  if (value > 99) out[at++] = ZERO + Math.floor(value / 100);
  if (value > 9) out[at++] = ZERO + (Math.floor(value / 10) % 10);
  out[at] = ZERO + (value % 10);
  return at + 1;
}

/** The groups from `from` to before `to`, counted from the highest. */
function writeGroups(out: Uint8Array, start: number, from: number, to: number): number {
  let at = start;
  for (let index = from; index < to; index += 1) {
    if (index > from) out[at++] = COLON;
    at = writeHex(out, at, groups[7 - index] ?? 0);
  }
  return at;
}

const HEX = Uint8Array.from("0123456789abcdef", (digit) => digit.charCodeAt(0));

function writeHex(out: Uint8Array, start: number, value: number): number {
  let at = start;
  for (let shift = 12; shift >= 0; shift -= 4)
    if (value >>> shift > 0 || shift === 0) out[at++] = HEX[(value >>> shift) & 15] ?? 0;
  return at;
}

function longestZeroRun(): { from: number; length: number } {
  let best = { from: 0, length: 0 };
  let from = 0;
  for (let index = 0; index < 8; index += 1) {
    if (groups[7 - index] !== 0) from = index + 1;
    else if (index + 1 - from > best.length) best = { from, length: index + 1 - from };
  }
  return best;
}
