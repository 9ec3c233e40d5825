import { type Cidr, compareCidrs, contains, mergeCidrs, truncate } from "../domain/cidr.ts";

/** Ranges that can be asked about quickly: merged and sorted. */
export interface Coverage {
  readonly ranges: readonly Cidr[];
}

export function coverageOf(cidrs: readonly Cidr[]): Coverage {
  return { ranges: mergeCidrs(cidrs) };
}

/** Whether every address of `cidr` is covered. */
export function covers(coverage: Coverage, cidr: Cidr): boolean {
  const candidate = coverage.ranges[lastAtOrBefore(coverage.ranges, cidr)];
  return candidate !== undefined && contains(candidate, cidr);
}

/** The covered ranges that share an address with `cidr`. */
export function overlapping(coverage: Coverage, cidr: Cidr): Cidr[] {
  const { ranges } = coverage;
  let index = lastAtOrBefore(ranges, cidr);
  const candidate = ranges[index];
  if (candidate && contains(candidate, cidr)) return [candidate];
  const inside: Cidr[] = [];
  for (index += 1; ; index += 1) {
    const range = ranges[index];
    if (!range || !contains(cidr, range)) return inside;
    inside.push(range);
  }
}

/** What is left of `cidr` without the covered addresses, as the fewest ranges; nothing else is lost or added. */
export function carve(cidr: Cidr, holes: Coverage): Cidr[] {
  const inside = overlapping(holes, cidr);
  if (inside.length === 0) return [cidr];
  return carveAround(cidr, inside);
}

function carveAround(cidr: Cidr, holes: readonly Cidr[]): Cidr[] {
  if (holes.length === 0) return [cidr];
  if (holes.some((hole) => contains(hole, cidr))) return [];
  return halves(cidr).flatMap((half) =>
    carveAround(
      half,
      holes.filter((hole) => contains(half, hole) || contains(hole, half)),
    ),
  );
}

function halves(cidr: Cidr): [Cidr, Cidr] {
  const width = cidr.family === 4 ? 32 : 128;
  const prefix = cidr.prefix + 1;
  const second = cidr.first + (1n << BigInt(width - prefix));
  return [truncate(cidr, prefix), truncate({ family: cidr.family, first: second }, prefix)];
}

/** Index of the last range that does not begin after `cidr`; -1 if all do. A wider range at the same start counts. */
function lastAtOrBefore(sorted: readonly Cidr[], cidr: Cidr): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const range = sorted[middle];
    if (range && compareCidrs(range, cidr) <= 0) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
