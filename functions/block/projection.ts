/** The ledger as an IP set shows it: active bans less the exclusions, merged losslessly. Pure. */
import type { Ban, Target } from "../domain/ban.ts";
import { type Cidr, contains, formatCidr, mergeCidrs, parseCidr, sortByCidr } from "../domain/cidr.ts";
import type { Instant } from "../domain/instant.ts";
import { type Coverage, carve } from "./carve.ts";
import { isInForce, weightOf } from "./ledger.ts";

/** One line of an IP set, with the sources that it stands for. */
export interface Entry {
  readonly text: string;
  readonly cidr: Cidr;
  readonly members: readonly string[];
  /** Highest weight of its members: what stays when there is no room for all. */
  readonly weight: number;
}

interface Piece {
  readonly cidr: Cidr;
  readonly source: string;
  readonly weight: number;
}

/** Simulated bans are never projected, whatever the mode is now. */
export function isProjected(ban: Ban, target: Target, now: Instant): boolean {
  return !ban.simulated && ban.targets.includes(target) && isInForce(ban, now);
}

/** Covers exactly the addresses of the bans less `holes`, sorted, in the fewest lines. */
export function projectLedger(bans: readonly Ban[], target: Target, now: Instant, holes: Coverage): Entry[] {
  const unsorted = bans.filter((ban) => isProjected(ban, target, now)).flatMap((ban) => piecesOf(ban, holes));
  const pieces = sortByCidr(unsorted, (piece) => piece.cidr);
  const entries: Entry[] = [];
  let next = 0;
  for (const cidr of mergeCidrs(pieces.map((piece) => piece.cidr))) {
    const start = next;
    for (let piece = pieces[next]; piece && contains(cidr, piece.cidr); piece = pieces[next]) next += 1;
    entries.push(entryOf(cidr, pieces.slice(start, next)));
  }
  return entries;
}

function piecesOf(ban: Ban, holes: Coverage): Piece[] {
  const cidr = parseCidr(ban.source);
  if (!cidr) return [];
  const weight = weightOf(ban);
  return carve(cidr, holes).map((piece) => ({ cidr: piece, source: ban.source, weight }));
}

function entryOf(cidr: Cidr, pieces: readonly Piece[]): Entry {
  return {
    text: formatCidr(cidr),
    cidr,
    members: [...new Set(pieces.map((piece) => piece.source))],
    weight: pieces.reduce((best, piece) => Math.max(best, piece.weight), 0),
  };
}
