/** Established users behind an address (design §4), as `queries/established.sql` counts them on earlier days. */
import * as z from "zod";

import { type Cidr, contains, formatCidr, parseCidr } from "../domain/cidr.ts";
import { InvalidInputError } from "../domain/errors.ts";
import type { Source } from "../domain/source.ts";

/** How many established users a source or range has; null where history cannot say. */
export type EstablishedOf = (source: Source) => number | null;

/** The LIMIT of queries/established.sql. */
const ROW_LIMIT = 20_000;
/** Nobody can have come on two earlier days where fewer are known. */
const LEAST_DAYS = 2;

const count = z.coerce.number().int().min(0);
const rowSchema = z.object({ source_ip: z.string().nullish(), days: count, tags: count, subs: count });

interface HistoryBounds {
  readonly limit?: number;
  /** False where days between those that are rolled up, or after them, are not. */
  readonly isWhole?: boolean;
}

/**
 * Reads the rows of the query. Of a source that is not among them it says none, but null where the limit cut rows off,
 * days are missing or too few are at hand: an unknown past must not read as an empty one.
 */
export function readHistory(
  rows: readonly unknown[],
  { limit = ROW_LIMIT, isWhole = true }: HistoryBounds = {},
): EstablishedOf {
  const parsed = parseRows(rows);
  if (!wholeOf(parsed)) return () => null;
  const users = new Map<Source, { readonly cidr: Cidr; readonly count: number }>();
  for (const { source_ip, tags, subs } of parsed) {
    const cidr = source_ip ? parseCidr(source_ip) : null;
    // Tags and subs name the same users in different words.
    if (cidr) users.set(formatCidr(cidr), { cidr, count: Math.max(tags, subs) });
  }
  const none = isWhole && parsed.length < limit ? 0 : null;
  return (source) => users.get(source)?.count ?? within(source, users.values()) ?? none;
}

/** How many established users there are, wherever they come from; null where history cannot say. */
export function countEstablished(rows: readonly unknown[]): number | null {
  const whole = wholeOf(parseRows(rows));
  return whole && Math.max(whole.tags, whole.subs);
}

type Row = z.infer<typeof rowSchema>;

function parseRows(rows: readonly unknown[]): Row[] {
  const parsed = z.array(rowSchema).safeParse(rows);
  if (parsed.success) return parsed.data;
  throw new InvalidInputError("the rows of the history cannot be read", ["a row has another shape"]);
}

/** The row for all; null where too few days are at hand. */
function wholeOf(rows: readonly Row[]): Row | null {
  const whole = rows.find(({ source_ip }) => !source_ip);
  return whole && whole.days >= LEAST_DAYS ? whole : null;
}

/** Users of all sources in a range; null if there are none. */
function within(range: Source, users: Iterable<{ readonly cidr: Cidr; readonly count: number }>): number | null {
  const outer = parseCidr(range);
  if (!outer || isSource(outer)) return null;
  let sum = 0;
  for (const { cidr, count } of users) if (contains(outer, cidr)) sum += count;
  return sum > 0 ? sum : null;
}

function isSource({ family, prefix }: Cidr): boolean {
  return prefix >= (family === 4 ? 32 : 64);
}
