/** Sorting long lists of ranges: by the bytes of their addresses, since comparing big integers in pairs is slow. */
import type { Cidr } from "./cidr.ts";

// One address as two halves and as four words, the lowest first; Lambda's processors are little-endian, like all of Node's.
const halves = new BigUint64Array(2);
const words = new Uint32Array(halves.buffer);

/** In the order of `compareCidrs`; stable. */
export function sortByCidr<T>(items: readonly T[], cidrOf: (item: T) => Cidr): T[] {
  const columns = columnsOf(items, cidrOf);
  let order = new Uint32Array(items.length);
  for (let index = 0; index < order.length; index += 1) order[index] = index;
  let spare = new Uint32Array(items.length);
  for (const column of columns) {
    const varying = varyingBits(column);
    for (let shift = 0; shift < 32; shift += 8) {
      if (((varying >>> shift) & 255) === 0) continue;
      sortByByte(column, shift, order, spare);
      [order, spare] = [spare, order];
    }
  }
  const sorted = new Array<T>(items.length);
  for (let place = 0; place < sorted.length; place += 1) sorted[place] = items[order[place] ?? 0] as T;
  return sorted;
}

/** What ranges are compared by, least weight first: prefix length, the address's words, family. */
function columnsOf<T>(items: readonly T[], cidrOf: (item: T) => Cidr): Uint32Array[] {
  const column = () => new Uint32Array(items.length);
  const columns = [column(), column(), column(), column(), column(), column()] as const;
  const [prefixes, a, b, c, d, families] = columns;
  for (let index = 0; index < items.length; index += 1) {
    const { family, first, prefix } = cidrOf(items[index] as T);
    halves[0] = first;
    halves[1] = family === 4 ? 0n : first >> 64n;
    prefixes[index] = prefix;
    a[index] = words[0] ?? 0;
    b[index] = words[1] ?? 0;
    c[index] = words[2] ?? 0;
    d[index] = words[3] ?? 0;
    families[index] = family;
  }
  return [...columns];
}

/** The bits in which the numbers differ. */
function varyingBits(column: Uint32Array): number {
  let some = 0;
  let all = -1;
  for (const number of column) {
    some |= number;
    all &= number;
  }
  return some & ~all;
}

/** One pass of a radix sort: counts, then places. */
function sortByByte(column: Uint32Array, shift: number, order: Uint32Array, sorted: Uint32Array): void {
  const starts = new Uint32Array(257);
  for (const number of column) {
    const after = ((number >>> shift) & 255) + 1;
    starts[after] = (starts[after] ?? 0) + 1;
  }
  for (let byte = 1; byte < 257; byte += 1) starts[byte] = (starts[byte] ?? 0) + (starts[byte - 1] ?? 0);
  for (const index of order) {
    const byte = ((column[index] ?? 0) >>> shift) & 255;
    const place = starts[byte] ?? 0;
    starts[byte] = place + 1;
    sorted[place] = index;
  }
}
