/** Long lists of ranges of one family as plain numbers: sorted by radix and merged without an object a range. */
import { LONGEST, writeRange } from "./cidr-print.ts";
import { atHand, type Family, WORDS } from "./cidr-words.ts";

export interface CidrList {
  readonly family: Family;
  readonly length: number;
  /** The words of the first addresses, range after range, the lowest word first. */
  readonly words: Uint32Array;
  readonly prefixes: Uint8Array;
}

interface GrowingList extends CidrList {
  length: number;
  words: Uint32Array;
  prefixes: Uint8Array;
}

export function emptyList(family: Family, room = 64): GrowingList {
  return { family, length: 0, words: new Uint32Array(room * WORDS[family]), prefixes: new Uint8Array(room) };
}

/** Appends the range at hand, which must be of the list's family. */
export function append(list: GrowingList): void {
  const at = list.length;
  if (at === list.prefixes.length) grow(list);
  if (list.family === 4) list.words[at] = atHand.words[0] ?? 0;
  else list.words.set(atHand.words, at * WORDS[6]);
  list.prefixes[at] = atHand.prefix;
  list.length = at + 1;
}

function grow(list: GrowingList): void {
  const { words, prefixes } = list;
  list.words = new Uint32Array(2 * words.length);
  list.words.set(words);
  list.prefixes = new Uint8Array(2 * prefixes.length);
  list.prefixes.set(prefixes);
}

/** Makes one range of a list the range at hand. */
export function takeUp(list: CidrList, at: number): void {
  const size = WORDS[list.family];
  atHand.family = list.family;
  atHand.prefix = list.prefixes[at] ?? 0;
  for (let index = 0; index < size; index += 1) atHand.words[index] = list.words[at * size + index] ?? 0;
}

/** One range a line. */
export function printList(list: CidrList): string {
  const bytes = new Uint8Array(list.length * LONGEST);
  let end = 0;
  for (let at = 0; at < list.length; at += 1) {
    takeUp(list, at);
    end = writeRange(bytes, end);
    bytes[end++] = NEW_LINE;
  }
  return new TextDecoder("latin1").decode(bytes.subarray(0, end));
}

const NEW_LINE = 0x0a;

/** The places of the ranges by address, the wider first where two begin alike; stable. */
export function orderOf(list: CidrList): Uint32Array {
  const size = WORDS[list.family];
  let order = new Uint32Array(list.length);
  for (let at = 0; at < order.length; at += 1) order[at] = at;
  if (isSorted(list)) return order;
  let spare = new Uint32Array(list.length);
  const sortBy = (keys: Uint32Array | Uint8Array, step: number, offset: number) => {
    const varying = varyingBits(keys, step, offset, list.length);
    for (let shift = 0; shift < 32; shift += 8) {
      if (((varying >>> shift) & 255) === 0) continue;
      sortByByte({ keys, step, offset, shift }, order, spare);
      [order, spare] = [spare, order];
    }
  };
  sortBy(list.prefixes, 1, 0);
  for (let offset = 0; offset < size; offset += 1) sortBy(list.words, size, offset);
  return order;
}

function isSorted(list: CidrList): boolean {
  for (let at = 1; at < list.length; at += 1) if (isBefore(list, at, at - 1)) return false;
  return true;
}

function isBefore({ family, words, prefixes }: CidrList, one: number, other: number): boolean {
  const size = WORDS[family];
  for (let index = size - 1; index >= 0; index -= 1) {
    const a = words[one * size + index] ?? 0;
    const b = words[other * size + index] ?? 0;
    if (a !== b) return a < b;
  }
  return (prefixes[one] ?? 0) < (prefixes[other] ?? 0);
}

/** The bits in which the numbers differ. */
function varyingBits(keys: Uint32Array | Uint8Array, step: number, offset: number, length: number): number {
  let some = 0;
  let all = -1;
  for (let at = 0; at < length; at += 1) {
    const key = keys[at * step + offset] ?? 0;
    some |= key;
    all &= key;
  }
  return some & ~all;
}

interface Digit {
  readonly keys: Uint32Array | Uint8Array;
  readonly step: number;
  readonly offset: number;
  readonly shift: number;
}

/** One pass of a radix sort: counts, then places. */
function sortByByte({ keys, step, offset, shift }: Digit, order: Uint32Array, sorted: Uint32Array): void {
  const starts = new Uint32Array(257);
  for (let at = 0; at < order.length; at += 1) {
    const after = (((keys[at * step + offset] ?? 0) >>> shift) & 255) + 1;
    starts[after] = (starts[after] ?? 0) + 1;
  }
  for (let byte = 1; byte < 257; byte += 1) starts[byte] = (starts[byte] ?? 0) + (starts[byte - 1] ?? 0);
  for (let at = 0; at < order.length; at += 1) {
    const index = order[at] ?? 0;
    const byte = ((keys[index * step + offset] ?? 0) >>> shift) & 255;
    const place = starts[byte] ?? 0;
    starts[byte] = place + 1;
    sorted[place] = index;
  }
}

/** The fewest ranges, in order, that cover exactly the same addresses. */
export function mergeList(list: CidrList): CidrList {
  const order = orderOf(list);
  const size = WORDS[list.family];
  const { words, prefixes } = emptyList(list.family, list.length);
  let length = 0;
  for (const at of order) {
    const prefix = list.prefixes[at] ?? 0;
    const held = prefixes[length - 1] ?? 0;
    // Whatever begins before this one and ends behind its beginning holds all of it.
    if (length > 0 && held <= prefix && agree(words, length - 1, list.words, at, size, held)) continue;
    for (let index = 0; index < size; index += 1) words[length * size + index] = list.words[at * size + index] ?? 0;
    prefixes[length] = prefix;
    length += 1;
    while (endInHalves(words, prefixes, length, size)) {
      length -= 1;
      // The parent begins where its first half does.
      prefixes[length - 1] = (prefixes[length - 1] ?? 0) - 1;
    }
  }
  return { family: list.family, length, words, prefixes };
}

/** Whether the last two ranges are the halves of one: distinct, as long as one another, and alike but for their last bit. */
function endInHalves(words: Uint32Array, prefixes: Uint8Array, length: number, size: number): boolean {
  const prefix = prefixes[length - 1] ?? 0;
  if (length < 2 || prefix === 0 || prefix !== prefixes[length - 2]) return false;
  return agree(words, length - 2, words, length - 1, size, prefix - 1);
}

/** Whether two addresses begin with the same `bits` bits. */
function agree(a: Uint32Array, one: number, b: Uint32Array, other: number, size: number, bits: number): boolean {
  let rest = bits;
  for (let index = size - 1; rest > 0; index -= 1, rest -= 32) {
    const differing = (a[one * size + index] ?? 0) ^ (b[other * size + index] ?? 0);
    if (rest >= 32 ? differing !== 0 : differing >>> (32 - rest) !== 0) return false;
  }
  return true;
}
