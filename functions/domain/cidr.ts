/**
 * CIDR arithmetic on canonical ranges. The only place that parses or prints addresses.
 *
 * Canonical text: IPv4 dotted quad, IPv6 by RFC 5952 (lower case, longest zero run shortened), always with a
 * prefix length. IPv4-mapped IPv6 (`::ffff:192.0.2.1`) is the IPv4 address. Leading zeros, zone ids, short
 * forms ("10.1") and everything else that two parsers could read differently are no addresses.
 */
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
  const address = parseAddress(slash < 0 ? text : text.slice(0, slash));
  if (!address) return null;
  const width = WIDTH[address.family];
  if (slash < 0) return { ...address, prefix: width };
  const length = text.slice(slash + 1);
  if (!/^(0|[1-9]\d{0,2})$/.test(length)) return null;
  // `::ffff:192.0.2.0/120` writes an IPv4 range with IPv6 lengths.
  const mapped = address.family === 4 && text.includes(":");
  const prefix = mapped ? Number(length) - 96 : Number(length);
  if (prefix < 0 || prefix > width) return null;
  return truncate(address, prefix);
}

/** The range of `prefix` bits that holds this address or range; `prefix` must not exceed its length. */
export function truncate(address: { family: Family; first: bigint }, prefix: number): Cidr {
  const hostBits = BigInt(WIDTH[address.family] - prefix);
  return { family: address.family, first: (address.first >> hostBits) << hostBits, prefix };
}

export function formatCidr(cidr: Cidr): string {
  return `${formatAddress(cidr)}/${cidr.prefix}`;
}

/** The canonical text of an address without prefix length, null for a non-address or a range. */
export function canonicalAddress(text: string): string | null {
  const address = parseAddress(text);
  // What is read as IPv4 without a colon was canonical already: there is one way to write it.
  if (address?.family === 4 && !text.includes(":")) return text;
  return address && formatAddress(address);
}

export function formatAddress({ family, first }: { family: Family; first: bigint }): string {
  return family === 4 ? formatV4(Number(first)) : formatV6(first);
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
  const merged: Cidr[] = [];
  for (const cidr of [...cidrs].sort(compareCidrs)) {
    const last = merged.at(-1);
    if (last && contains(last, cidr)) continue;
    merged.push(cidr);
    joinSiblings(merged);
  }
  return merged;
}

/** Replaces the two last ranges by their parent while they are its two halves. */
function joinSiblings(sorted: Cidr[]): void {
  for (;;) {
    const right = sorted.at(-1);
    const left = sorted.at(-2);
    if (!left || !right || left.family !== right.family || left.prefix !== right.prefix || left.prefix === 0) return;
    const parent = truncate(left, left.prefix - 1);
    if (left.first !== parent.first || !contains(parent, right)) return;
    sorted.splice(-2, 2, parent);
  }
}

function parseAddress(text: string): { family: Family; first: bigint } | null {
  return text.includes(":") ? parseV6(text) : parseV4(text);
}

function parseV4(text: string): { family: 4; first: bigint } | null {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (!match) return null;
  let value = 0;
  for (const octet of match.slice(1)) {
    if (Number(octet) > 255 || (octet.length > 1 && octet.startsWith("0"))) return null;
    value = value * 256 + Number(octet);
  }
  return { family: 4, first: BigInt(value) };
}

const V4_MAPPED = 0xffffn;

function parseV6(text: string): { family: Family; first: bigint } | null {
  if (text.length > 45 || !/^[0-9a-f:.]+$/i.test(text)) return null;
  const groups = expandGroups(text);
  if (!groups) return null;
  let value = 0n;
  for (const group of groups) value = (value << 16n) | BigInt(group);
  return value >> 32n === V4_MAPPED ? { family: 4, first: value & 0xffffffffn } : { family: 6, first: value };
}

/** The eight 16-bit groups of an IPv6 text, with `::` and a dotted tail expanded. */
function expandGroups(text: string): number[] | null {
  const halves = text.split("::");
  if (halves.length > 2) return null;
  const [head, tail] = halves.map(readGroups);
  if (!head) return null;
  if (halves.length === 1) return head.length === 8 ? head : null;
  if (!tail || head.length + tail.length > 7) return null;
  // A dotted quad may only stand at the end.
  if ((halves[0] ?? "").includes(".")) return null;
  return [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}

function readGroups(half: string): number[] | null {
  if (half === "") return [];
  const parts = half.split(":");
  const tail = parts.at(-1)?.includes(".") ? dottedGroups(parts.pop() ?? "") : [];
  if (!tail || !parts.every((part) => /^[0-9a-f]{1,4}$/i.test(part))) return null;
  return [...parts.map((part) => Number.parseInt(part, 16)), ...tail];
}

/** The two groups that a dotted quad at the end of an IPv6 text stands for. */
function dottedGroups(text: string): number[] | null {
  const v4 = parseV4(text);
  return v4 && [Number(v4.first >> 16n), Number(v4.first & 0xffffn)];
}

function formatV4(value: number): string {
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255].join(".");
}

function formatV6(value: bigint): string {
  const groups = Array.from({ length: 8 }, (_, index) => Number((value >> BigInt(112 - 16 * index)) & 0xffffn));
  const { start, length } = longestZeroRun(groups);
  const hex = groups.map((group) => group.toString(16));
  if (length < 2) return hex.join(":");
  return `${hex.slice(0, start).join(":")}::${hex.slice(start + length).join(":")}`;
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (const [index, group] of groups.entries()) {
    if (group !== 0) start = index + 1;
    else if (index + 1 - start > best.length) best = { start, length: index + 1 - start };
  }
  return best;
}
