/** What no path may ban: each guard says why. Used before a claim is planned, before it is written, and for adoptions. */
import { type Cidr, formatCidr, overlaps, parseCidr } from "../domain/cidr.ts";
import type { Refusal } from "../domain/plan.ts";
import { parseSource } from "../domain/source.ts";
import { type Coverage, coverageOf, overlapping } from "./carve.ts";

/** A list as somebody wrote it, and the same merged, to be asked quickly. */
interface Exclusion {
  readonly entries: readonly Cidr[];
  readonly coverage: Coverage;
}

/** Addresses that stay out of every deny list. `all` is both together, for carving. */
export interface Exclusions {
  readonly allow: Exclusion;
  readonly never: Exclusion;
  readonly all: Coverage;
}

export function exclusionsOf(lists: { allow: readonly Cidr[]; never: readonly Cidr[] }): Exclusions {
  return {
    allow: { entries: lists.allow, coverage: coverageOf(lists.allow) },
    never: { entries: lists.never, coverage: coverageOf(lists.never) },
    all: coverageOf([...lists.allow, ...lists.never]),
  };
}

export interface GuardRefusal {
  readonly why: Refusal;
  /** The list entry, or the limit, that stood in the way. */
  readonly matched: string;
}

/** The widest ranges that may ever be banned. */
const WIDEST_PREFIX = { 4: 24, 6: 48 } as const;

/**
 * Why this source must not be banned, null if it may be. A range that only touches an excluded address is refused
 * as well: part of a crowd is no reason to harm the rest of it.
 */
export function guardSource(text: string, exclusions: Exclusions): GuardRefusal | null {
  const source = parseSource(text);
  if (!source) return { why: "not-an-address", matched: "" };
  const widest = WIDEST_PREFIX[source.family];
  if (source.prefix < widest) return { why: "too-wide", matched: `/${widest}` };
  const never = matchIn(exclusions.never, source);
  if (never) return { why: "never-block", matched: never };
  const allowed = matchIn(exclusions.allow, source);
  return allowed ? { why: "allow-listed", matched: allowed } : null;
}

/** Reads a list that people wrote: what is no CIDR is left out, for WAF accepts none. */
export function readCidrs(texts: readonly string[]): Cidr[] {
  return texts.flatMap((text) => parseCidr(text) ?? []);
}

function matchIn({ entries, coverage }: Exclusion, source: Cidr): string | null {
  if (overlapping(coverage, source).length === 0) return null;
  const match = entries.find((entry) => overlaps(entry, source));
  return match ? formatCidr(match) : null;
}
