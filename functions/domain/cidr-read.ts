/** Reads addresses and ranges; what counts as one is told in cidr.ts. */
import { atHand, type Family, WIDTH } from "./cidr-words.ts";

const { words, groups } = atHand;

/** No longer text is a range: `2001:0db8:0000:0000:0000:0000:192.000.002.001/128`. */
const LONGEST = 49;
const line = new Uint8Array(LONGEST + 1);

/** Makes an address or a CIDR the range at hand; false if the text is none. */
export function readText(text: string): boolean {
  const { length } = text;
  if (length > LONGEST) return false;
  for (let at = 0; at < length; at += 1) {
    const code = text.charCodeAt(at);
    line[at] = code < 0x80 ? code : 0;
  }
  line[length] = 0;
  return readRange(line, 0) === length;
}

/** The same of what begins at `start`, whatever comes behind it: where it is over, -1 if there is none. */
export function readRange(bytes: Uint8Array, start: number): number {
  const stop = readQuad(bytes, start);
  if (stop >= 0) return setRange(4, bytes, stop, 0);
  const end = readGroups(bytes, start);
  // An IPv4-mapped address is the IPv4 address, its prefix lengths are IPv6's: `::ffff:192.0.2.0/120`.
  const isMapped = words[1] === 0xffff && words[2] === 0 && words[3] === 0;
  return end < 0 ? -1 : isMapped ? setRange(4, bytes, end, 96) : setRange(6, bytes, end, 0);
}

/** Reads the prefix length that may stand behind an address and clears the bits behind the prefix; where it is over. */
function setRange(family: Family, bytes: Uint8Array, at: number, more: number): number {
  const hasPrefix = bytes[at] === SLASH;
  const written = hasPrefix ? readDecimal(bytes, at + 1) : WIDTH[family] + more;
  const prefix = written - more;
  if (prefix < 0 || prefix > WIDTH[family]) return -1;
  atHand.family = family;
  atHand.prefix = prefix;
  let behind = WIDTH[family] - prefix;
  for (let index = 0; behind > 0; index += 1, behind -= 32)
    words[index] = behind >= 32 ? 0 : ((words[index] ?? 0) >>> behind) << behind;
  return hasPrefix ? at + 1 + digitsOf(written) : at;
}

const ZERO = 0x30;
const DOT = 0x2e;
const SLASH = 0x2f;
const COLON = 0x3a;

/** Reads a dotted quad into the lowest word; where it is over, -1 if there is none. */
function readQuad(bytes: Uint8Array, start: number): number {
  let value = 0;
  let at = start;
  for (let octets = 1; ; octets += 1) {
    const octet = readDecimal(bytes, at);
    if (octet < 0 || octet > 255) return -1;
    value = value * 256 + octet;
    at += digitsOf(octet);
    if (octets === 4) break;
    if (bytes[at] !== DOT) return -1;
    at += 1;
  }
  words[0] = value;
  return at;
}

/** A number of up to three digits, -1 if there is none. Behind a leading zero it is over: there is one way to write it. */
function readDecimal(bytes: Uint8Array, start: number): number {
  let value = digitAt(bytes, start);
  for (let at = start + 1; value > 0 && value < 100; at += 1) {
    const digit = digitAt(bytes, at);
    if (digit < 0) break;
    value = value * 10 + digit;
  }
  return value;
}

function digitAt(bytes: Uint8Array, at: number): number {
  const digit = (bytes[at] ?? 0) - ZERO;
  return digit <= 9 ? digit : -1;
}

function digitsOf(value: number): number {
  if (value > 99) return 3;
  return value > 9 ? 2 : 1;
}

/** How many of the eight groups have been read. */
let count = 0;

/** Reads an IPv6 address, `::` and a dotted tail expanded; where it is over, -1 if there is none. */
function readGroups(bytes: Uint8Array, start: number): number {
  count = 0;
  const end = readRun(bytes, start);
  if (bytes[end] !== COLON || bytes[end + 1] !== COLON) return count === 8 ? end : -1;
  return closeGap(count, readRun(bytes, end + 2));
}

/** Reads groups between single colons; where they are over, which is at once if there is none. */
function readRun(bytes: Uint8Array, start: number): number {
  for (let at = start; ; ) {
    const stop = readGroup(bytes, at, 7 - count);
    if (bytes[stop] === DOT) return readTail(bytes, at);
    if (stop === at) return at === start ? at : -1;
    count += 1;
    if (bytes[stop] !== COLON || bytes[stop + 1] === COLON) return stop;
    at = stop + 1;
  }
}

/** A group of up to four digits; where it is over, `start` if there is none. */
function readGroup(bytes: Uint8Array, start: number, place: number): number {
  let value = 0;
  let at = start;
  for (; at < start + 4; at += 1) {
    const digit = hexDigit(bytes[at] ?? 0);
    if (digit < 0) break;
    value = value * 16 + digit;
  }
  groups[place] = value;
  return at;
}

/** A dotted quad in place of the two last groups. */
function readTail(bytes: Uint8Array, start: number): number {
  const end = count > 6 ? -1 : readQuad(bytes, start);
  const [quad = 0] = words;
  groups[7 - count] = quad >>> 16;
  groups[6 - count] = quad & 0xffff;
  count += 2;
  return bytes[end] === COLON ? -1 : end;
}

/** Puts the zeros that `::` stands for behind the first `gap` groups; `end`, or -1 if there is no room for any. */
function closeGap(gap: number, end: number): number {
  if (count > 7) return -1;
  groups.copyWithin(0, 8 - count, 8 - gap);
  groups.fill(0, count - gap, 8 - gap);
  return end;
}

function hexDigit(code: number): number {
  if (code >= ZERO && code <= 0x39) return code - ZERO;
  const letter = (code | 0x20) - 0x61;
  return letter >= 0 && letter < 6 ? letter + 10 : -1;
}
