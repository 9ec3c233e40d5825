/**
 * How much of what CloudWatch counted the logs hold. Logs come late and in pieces, metrics are prompt: where rows are
 * missing, shares and absences found in them may still turn round.
 */
import { type Instant, MINUTE, type Window } from "../domain/instant.ts";

/** By the minute's beginning. */
export type MinuteCounts = ReadonlyMap<Instant, number>;

/** What one log holds of each minute, and what CloudWatch counted there. */
export interface Tally {
  readonly rows: MinuteCounts;
  readonly counted: MinuteCounts;
}

export interface Coverage {
  readonly rows: number;
  readonly counted: number;
  /** Rows ÷ calls counted, 1 where nothing was called; null where CloudWatch counted nothing of what the log holds. */
  readonly ratio: number | null;
  /** End of the last minute up to which the log holds nearly all calls; null if it does not reach the first. */
  readonly completeTo: Instant | null;
}

const NEARLY_ALL = 0.98;

/**
 * Counts are cumulated, so that a call which the log and CloudWatch place in neighbouring minutes is not missed: rows
 * that come a minute later are made up for by the next one, rows that come a minute early are kept for it. More rows
 * than calls make up for nothing else. A minute without calls is complete.
 */
export function coverageOf({ rows, counted }: Tally, { from, to }: Window): Coverage {
  let seen = 0;
  let due = 0;
  let held = 0;
  let completeTo: Instant | null = null;
  for (let minute = from; minute + MINUTE <= to; minute += MINUTE) {
    const here = rows.get(minute) ?? 0;
    held += here;
    due += counted.get(minute) ?? 0;
    seen = Math.min(seen + here, due + (counted.get(minute + MINUTE) ?? 0));
    if (seen >= NEARLY_ALL * due) completeTo = minute + MINUTE;
  }
  // A metric that counts nothing of what is there is another metric than it was taken for.
  if (due === 0 && held > 0) return { rows: held, counted: 0, ratio: null, completeTo: null };
  return { rows: held, counted: due, ratio: due === 0 ? 1 : Math.min(1, seen / due), completeTo };
}

/** One tally of several, of which each lacks what the others have. */
export function addUp(counts: readonly MinuteCounts[]): MinuteCounts {
  const sum = new Map<Instant, number>();
  for (const each of counts) for (const [minute, calls] of each) sum.set(minute, (sum.get(minute) ?? 0) + calls);
  return sum;
}
