/**
 * CIDR arithmetic on canonical ranges. This and the files `cidr-*.ts` below it are the only place that parses or prints addresses.
 *
 * Canonical text: IPv4 dotted quad, IPv6 by RFC 5952 (lower case, longest zero run shortened), always with a
 * prefix length. IPv4-mapped IPv6 (`::ffff:192.0.2.1`) is the IPv4 address. Leading zeros, zone ids, short
 * forms ("10.1") and everything else that two parsers could read differently are no addresses.
 */
import { append, type CidrList, emptyList, mergeList, orderOf, printList, takeUp } from "./cidr-list.ts";
import { printAddress, printGroups, printRange } from "./cidr-print.ts";
import { readRange, readText } from "./cidr-read.ts";
import { atHand, type Family, WIDTH } from "./cidr-words.ts";
import { InvalidInputError } from "./errors.ts";

export type { Family };

/** `first` is the lowest address of the range as an unsigned integer; bits below the prefix are zero. */
export interface Cidr {
  readonly family: Family;
  readonly first: bigint;
  readonly prefix: number;
}

/** Parses an address or a CIDR; an address gets the full prefix length. Null for anything else. */
export function parseCidr(text: string): Cidr | null {
  return readText(text) ? cidrAtHand() : null;
}

function cidrAtHand(): Cidr {
  const { family, prefix, words, halves } = atHand;
  if (family === 4) return { family, first: BigInt(words[0] ?? 0), prefix };
  const [low = 0n, high = 0n] = halves;
  return { family, first: (high << 64n) | low, prefix };
}

function takeUpCidr({ family, first, prefix }: Cidr): void {
  atHand.family = family;
  atHand.prefix = prefix;
  atHand.halves[0] = first;
  if (family === 6) atHand.halves[1] = first >> 64n;
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
  takeUpCidr(cidr);
  return printRange();
}

/** The canonical text of an address without prefix length, null for a non-address or a range. */
export function canonicalAddress(text: string): string | null {
  if (text.includes("/") || !readText(text)) return null;
  // What is read as IPv4 without a colon was canonical already: there is one way to write it.
  return atHand.family === 4 && !text.includes(":") ? text : printAddress();
}

export function formatAddress({ family, first }: { family: Family; first: bigint }): string {
  takeUpCidr({ family, first, prefix: WIDTH[family] });
  return printAddress();
}

/** As evidence queries spell a source or range: no `/32`, and of IPv6 the groups of the prefix, zeros included. */
export function formatForQueries(cidr: Cidr): string {
  const { family, prefix } = cidr;
  takeUpCidr(cidr);
  if (family === 4) return prefix === WIDTH[4] ? printAddress() : printRange();
  return `${printGroups(Math.ceil(prefix / 16))}::/${prefix}`;
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

/** In the order of `compareCidrs`; stable, and without comparing big integers in pairs. */
export function sortByCidr<T>(items: readonly T[], cidrOf: (item: T) => Cidr): T[] {
  const lists = listsOf(items.map(cidrOf));
  const own = { 4: [] as T[], 6: [] as T[] };
  for (const item of items) own[cidrOf(item).family].push(item);
  return ([4, 6] as const).flatMap((family) => Array.from(orderOf(lists[family]), (at) => own[family][at] as T));
}

/**
 * The smallest sorted list of ranges that covers exactly the same addresses: nothing is widened, nothing lost.
 * Both families may be mixed.
 */
export function mergeCidrs(cidrs: readonly Cidr[]): Cidr[] {
  const lists = listsOf(cidrs);
  return ([4, 6] as const).flatMap((family) => cidrsOf(mergeList(lists[family])));
}

/** The same from text to text, one range a line: what comes out is canonical. Throws at a line that is no range. */
export function mergeLines(text: string): string {
  const bytes = new TextEncoder().encode(`${text}\n`);
  const lists = { 4: emptyList(4), 6: emptyList(6) };
  for (let start = 0; start < bytes.length; start += 1) {
    if (bytes[start] === NEW_LINE) continue;
    const end = readRange(bytes, start);
    if (bytes[end] !== NEW_LINE) throw notARange(bytes.subarray(start, bytes.indexOf(NEW_LINE, start)));
    append(lists[atHand.family]);
    start = end;
  }
  return printList(mergeList(lists[4])) + printList(mergeList(lists[6]));
}

const NEW_LINE = 0x0a;

function notARange(line: Uint8Array): InvalidInputError {
  return new InvalidInputError("not a list of ranges", [`${new TextDecoder().decode(line)} is no CIDR`]);
}

function listsOf(cidrs: readonly Cidr[]): Record<Family, CidrList> {
  const lists = { 4: emptyList(4), 6: emptyList(6) };
  for (const cidr of cidrs) {
    takeUpCidr(cidr);
    append(lists[cidr.family]);
  }
  return lists;
}

function cidrsOf(list: CidrList): Cidr[] {
  return Array.from({ length: list.length }, (_, at) => {
    takeUp(list, at);
    return cidrAtHand();
  });
}
