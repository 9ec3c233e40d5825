/**
 * CIDR arithmetic on canonical ranges. The only place that parses or prints addresses.
 *
 * Canonical text: IPv4 dotted quad, IPv6 by RFC 5952 (lower case, longest zero run shortened), always with a
 * prefix length. IPv4-mapped IPv6 (`::ffff:192.0.2.1`) is the IPv4 address. Leading zeros, zone ids, short
 * forms ("10.1") and everything else that two parsers could read differently are no addresses.
 */
import { sortByCidr } from "./cidr-sort.ts";

export type Family = 4 | 6;

/** `first` is the lowest address of the range as an unsigned integer; bits below the prefix are zero. */
export interface Cidr {
  readonly family: Family;
  readonly first: bigint;
  readonly prefix: number;
}

const WIDTH = { 4: 32, 6: 128 } as const;

/** Parses an address or a CIDR; an address gets the full prefix length. Null for anything else. */
export function parseCidr(text: string): Cidr | null {
  const slash = text.indexOf("/");
  const address = parseAddress(text, slash < 0 ? text.length : slash);
  if (!address) return null;
  const { family, first } = address;
  const width = WIDTH[family];
  if (slash < 0) return { family, first, prefix: width };
  // `::ffff:192.0.2.0/120` writes an IPv4 range with IPv6 lengths.
  const mapped = family === 4 && text.includes(":");
  const prefix = readNumber(text, slash + 1, text.length, 128) - (mapped ? 96 : 0);
  if (prefix < 0 || prefix > width) return null;
  return truncate(address, prefix);
}

/** The range of `prefix` bits that holds this address or range; `prefix` must not exceed its length. */
export function truncate(address: { family: Family; first: bigint }, prefix: number): Cidr {
  const { family, first } = address;
  const behind = first & (sizeOf(family, prefix) - 1n);
  return { family, first: behind === 0n ? first : first - behind, prefix };
}

const SIZES = Array.from({ length: 129 }, (_, bits) => 1n << BigInt(bits));

/** How many addresses a range of this prefix length has. */
function sizeOf(family: Family, prefix: number): bigint {
  return SIZES[WIDTH[family] - prefix] ?? 0n;
}

export function formatCidr(cidr: Cidr): string {
  return `${formatAddress(cidr)}/${cidr.prefix}`;
}

/** The canonical text of an address without prefix length, null for a non-address or a range. */
export function canonicalAddress(text: string): string | null {
  const address = parseAddress(text, text.length);
  // What is read as IPv4 without a colon was canonical already: there is one way to write it.
  if (address?.family === 4 && !text.includes(":")) return text;
  return address && formatAddress(address);
}

export function formatAddress({ family, first }: { family: Family; first: bigint }): string {
  return family === 4 ? formatV4(Number(first)) : formatV6(first);
}

/** As evidence queries spell a source or range: no `/32`, and of IPv6 the groups of the prefix, zeros included. */
export function formatForQueries(cidr: Cidr): string {
  const { family, first, prefix } = cidr;
  if (family === 4) return prefix === WIDTH[4] ? formatAddress(cidr) : formatCidr(cidr);
  return `${unshortened(first, Math.ceil(prefix / 16))}::/${prefix}`;
}

/** Whether `outer` holds every address of `inner`. Families never contain one another. */
export function contains(outer: Cidr, inner: Cidr): boolean {
  if (outer.family !== inner.family || outer.prefix > inner.prefix) return false;
  const hostBits = BigInt(WIDTH[outer.family] - outer.prefix);
  return inner.first >> hostBits === outer.first >> hostBits;
}

/** Whether the two ranges share an address; of two CIDRs that do, one contains the other. */
export function overlaps(a: Cidr, b: Cidr): boolean {
  return contains(a, b) || contains(b, a);
}

/** IPv4 before IPv6, then by address, then the wider range first. */
export function compareCidrs(a: Cidr, b: Cidr): number {
  if (a.family !== b.family) return a.family - b.family;
  if (a.first !== b.first) return a.first < b.first ? -1 : 1;
  return a.prefix - b.prefix;
}

/**
 * The smallest sorted list of ranges that covers exactly the same addresses: nothing is widened, nothing lost.
 * Both families may be mixed.
 */
export function mergeCidrs(cidrs: readonly Cidr[]): Cidr[] {
  return mergeSorted(sortByCidr(cidrs, (cidr) => cidr));
}

/** The same for ranges that are in the order of `compareCidrs` already. */
export function mergeSorted(sorted: readonly Cidr[]): Cidr[] {
  const merged: Cidr[] = [];
  let family: Family = 4;
  /** The first address behind all that is merged; nothing before it can be new. */
  let end = 0n;
  for (const cidr of sorted) {
    if (cidr.family === family && cidr.first < end) continue;
    const adjacent = cidr.family === family && cidr.first === end;
    family = cidr.family;
    end = cidr.first + sizeOf(family, cidr.prefix);
    merged.push(cidr);
    if (adjacent) joinSiblings(merged);
  }
  return merged;
}

/** Replaces the two last ranges by their parent while they are its two halves. */
function joinSiblings(sorted: Cidr[]): void {
  for (;;) {
    const right = sorted.at(-1);
    const left = sorted.at(-2);
    if (!left || !right || left.family !== right.family || left.prefix !== right.prefix || left.prefix === 0) return;
    const size = sizeOf(left.family, left.prefix);
    if ((left.first & size) !== 0n || left.first + size !== right.first) return;
    sorted.length -= 2;
    sorted.push({ family: left.family, first: left.first, prefix: left.prefix - 1 });
  }
}

/** Of the first `end` characters. */
function parseAddress(text: string, end: number): { family: Family; first: bigint } | null {
  const colon = text.indexOf(":");
  if (colon >= 0 && colon < end) return parseV6(text, end);
  const value = readQuad(text, 0, end);
  return value < 0 ? null : { family: 4, first: BigInt(value) };
}

/** The dotted quad in `text[start, end)`, -1 if it is none. */
function readQuad(text: string, start: number, end: number): number {
  let value = 0;
  let from = start;
  for (let octets = 0; octets < 4; octets += 1) {
    const dot = octets === 3 ? end : text.indexOf(".", from);
    if (dot < 0 || dot > end) return -1;
    const octet = readNumber(text, from, dot, 255);
    if (octet < 0) return -1;
    value = value * 256 + octet;
    from = dot + 1;
  }
  return value;
}

/** The decimal number in `text[start, end)` without leading zeros; -1 if it is none or more than `most`. */
function readNumber(text: string, start: number, end: number, most: number): number {
  const length = end - start;
  if (length < 1 || length > 3 || (length > 1 && text.charCodeAt(start) === ZERO)) return -1;
  let value = 0;
  for (let index = start; index < end; index += 1) {
    const digit = text.charCodeAt(index) - ZERO;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value > most ? -1 : value;
}

const ZERO = 0x30;

// One IPv6 address as two halves and as eight groups, the lowest first: big integers are slow to build bit by bit.
const halves = new BigUint64Array(2);
const groups = new Uint16Array(halves.buffer);

function parseV6(text: string, end: number): { family: Family; first: bigint } | null {
  if (end > 45 || !readGroups(text, end)) return null;
  const [low = 0n, high = 0n] = halves;
  const mapped = high === 0n && low >> 32n === 0xffffn;
  return mapped ? { family: 4, first: low & 0xffffffffn } : { family: 6, first: (high << 64n) | low };
}

/** Reads the eight 16-bit groups of an IPv6 text, with `::` and a dotted tail expanded; false if it is none. */
function readGroups(text: string, end: number): boolean {
  const gap = text.indexOf("::");
  if (gap < 0 || gap >= end) return readRun(text, 0, end, 0) === 8;
  const head = readRun(text, 0, gap, 0);
  const tail = readRun(text, gap + 2, end, head);
  if (head < 0 || tail < 0 || head + tail > 7) return false;
  // A dotted quad may only stand at the end.
  const dot = text.indexOf(".");
  if (dot >= 0 && dot < gap) return false;
  groups.copyWithin(0, 8 - head - tail, 8 - head);
  groups.fill(0, tail, 8 - head);
  return true;
}

/** Reads groups between colons, the first of them to `place`; how many there are, -1 if something else stands there. */
function readRun(text: string, start: number, end: number, place: number): number {
  if (start === end) return 0;
  let count = 0;
  for (let at = start; at < end; ) {
    const colon = text.indexOf(":", at);
    const stop = colon < 0 || colon > end ? end : colon;
    const read = readPart(text, at, stop, place + count);
    if (read === 0 || (read === 2 && stop !== end)) return -1;
    count += read;
    if (stop === end) return count;
    at = stop + 1;
  }
  return -1;
}

/** One group in hexadecimal or the two of a dotted quad; zero if it is neither. */
function readPart(text: string, start: number, end: number, place: number): 0 | 1 | 2 {
  const group = readHex(text, start, end);
  if (group >= 0) {
    groups[7 - place] = group;
    return 1;
  }
  const quad = readQuad(text, start, end);
  if (quad < 0) return 0;
  groups[7 - place] = quad >>> 16;
  groups[6 - place] = quad & 0xffff;
  return 2;
}

function readHex(text: string, start: number, end: number): number {
  if (end === start || end > start + 4) return -1;
  let value = 0;
  for (let index = start; index < end; index += 1) {
    const digit = hexDigit(text.charCodeAt(index));
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

function hexDigit(code: number): number {
  if (code >= ZERO && code <= 0x39) return code - ZERO;
  const letter = (code | 0x20) - 0x61;
  return letter >= 0 && letter < 6 ? letter + 10 : -1;
}

const OCTETS = Array.from({ length: 256 }, (_, octet) => String(octet));

function formatV4(value: number): string {
  const head = `${OCTETS[value >>> 24]}.${OCTETS[(value >>> 16) & 255]}`;
  return `${head}.${OCTETS[(value >>> 8) & 255]}.${OCTETS[value & 255]}`;
}

function formatV6(value: bigint): string {
  halves[0] = value;
  halves[1] = value >> 64n;
  const { start, length } = longestZeroRun();
  if (length < 2) return hexGroups(0, 8);
  return `${hexGroups(0, start)}::${hexGroups(start + length, 8)}`;
}

function unshortened(value: bigint, count: number): string {
  halves[0] = value;
  halves[1] = value >> 64n;
  return hexGroups(0, count);
}

/** The groups from `start` to before `end`, counted from the highest. */
function hexGroups(start: number, end: number): string {
  let text = "";
  for (let index = start; index < end; index += 1)
    text += (index > start ? ":" : "") + (groups[7 - index] ?? 0).toString(16);
  return text;
}

function longestZeroRun(): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (let index = 0; index < 8; index += 1) {
    if (groups[7 - index] !== 0) start = index + 1;
    else if (index + 1 - start > best.length) best = { start, length: index + 1 - start };
  }
  return best;
}
