/**
 * Listings as compact text, one line each, for a ledger item that must stay below 400 KB: a line that is its own
 * source stands alone, `line*` stands for every single source in it, `line=a,b` names them. Pure.
 */
import { type Cidr, formatCidr, parseCidr } from "../domain/cidr.ts";
import type { Listing } from "./set-state.ts";

const SOURCE_PREFIX = { 4: 32, 6: 64 } as const;
/** At most 2^16 sources are ever left implied. */
const IMPLIED_BITS = 16;

export function writeListing(listing: Listing): string {
  return [...listing].map(([text, members]) => text + writeMembers(text, members)).join("\n");
}

export function readListing(text: string): Listing {
  return new Map(
    text.split("\n").flatMap((line): [string, readonly string[]][] => {
      const [, range = "", mark, members = ""] = /^([^*=]+)([*=]?)(.*)$/.exec(line) ?? [];
      if (range === "") return [];
      if (mark === "*") return [[range, singleSources(range)]];
      return [[range, mark === "=" ? members.split(",") : [range]]];
    }),
  );
}

function writeMembers(text: string, members: readonly string[]): string {
  if (members.length === 1 && members[0] === text) return "";
  const count = countOf(text);
  if (count > 1 && members.length === count && members.every(isSingle)) return "*";
  return `=${members.join(",")}`;
}

function isSingle(source: string): boolean {
  return source.endsWith(source.includes(":") ? "/64" : "/32");
}

function countOf(text: string): number {
  const cidr = parseCidr(text);
  const bits = cidr ? SOURCE_PREFIX[cidr.family] - cidr.prefix : 0;
  return bits > 0 && bits <= IMPLIED_BITS ? 2 ** bits : 0;
}

function singleSources(text: string): string[] {
  const cidr = parseCidr(text);
  return cidr ? Array.from({ length: countOf(text) }, (_, index) => formatCidr(singleAt(cidr, index))) : [];
}

function singleAt({ family, first }: Cidr, index: number): Cidr {
  const step = family === 4 ? 1n : 1n << 64n;
  return { family, first: first + BigInt(index) * step, prefix: SOURCE_PREFIX[family] };
}
