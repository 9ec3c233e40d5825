/**
 * Membership of an address in up to 10,000 CIDRs, prepared once per write of the set and asked once per request:
 * disjoint intervals, sorted, found by binary search.
 */
import { type Cidr, mergeCidrs, parseCidr } from "../../functions/domain/cidr.ts";

export interface AddressRanges {
  has(address: string): boolean;
}

const WIDTH = { 4: 32n, 6: 128n } as const;

export function addressRanges(cidrs: readonly Cidr[]): AddressRanges {
  const merged = mergeCidrs(cidrs);
  const byFamily = { 4: intervals(merged, 4), 6: intervals(merged, 6) };
  return {
    has(text) {
      const address = parseCidr(text);
      return address !== null && isInside(byFamily[address.family], address.first);
    },
  };
}

interface Intervals {
  readonly starts: readonly bigint[];
  readonly ends: readonly bigint[];
}

function intervals(merged: readonly Cidr[], family: 4 | 6): Intervals {
  const own = merged.filter((cidr) => cidr.family === family);
  return {
    starts: own.map((cidr) => cidr.first),
    ends: own.map((cidr) => cidr.first + (1n << (WIDTH[family] - BigInt(cidr.prefix))) - 1n),
  };
}

function isInside({ starts, ends }: Intervals, address: bigint): boolean {
  let low = 0;
  let high = starts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const start = starts[middle];
    if (start !== undefined && start <= address) low = middle + 1;
    else high = middle;
  }
  const end = ends[low - 1];
  return end !== undefined && address <= end;
}
