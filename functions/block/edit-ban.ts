import type { Ban } from "../domain/ban.ts";
import { RetryableError } from "../domain/errors.ts";
import type { Changed } from "./ledger.ts";
import type { BanStore } from "./ports.ts";

const TRIES = 25;

export interface Edited {
  /** The ban as it is stored now; null if there is none. */
  readonly ban: Ban | null;
  readonly before: Ban | null;
  readonly changed: boolean;
}

/**
 * Reads, computes, writes; a lost race is read and computed again, never overwritten. `record` comes before the write:
 * a crash in between leaves a record that the next try writes again, never a change that nobody can explain. `held` is
 * what the caller has just read, consistently.
 */
export async function editBan(
  store: BanStore,
  source: string,
  edit: (ban: Ban | null) => Changed,
  record: (next: Ban, before: Ban | null) => Promise<void> = async () => {},
  held?: Ban | null,
): Promise<Edited> {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const before = attempt === 0 && held !== undefined ? held : await store.getBan(source);
    const next = edit(before);
    if (next === "unchanged") return { ban: before, before, changed: false };
    await record(next, before);
    if (await store.putBan(next)) return { ban: next, before, changed: true };
  }
  throw new RetryableError(`The ban of ${source} changed under ${TRIES} attempts to write it; try again`);
}

/** Runs `work` over many items, a few at a time; the first failure stops what has not begun and is thrown. */
export async function forEachFew<T>(items: Iterable<T>, work: (item: T) => Promise<void>, few = 16): Promise<void> {
  const queue = [...items];
  let next = 0;
  const lane = async () => {
    while (next < queue.length) {
      const item = queue[next];
      next += 1;
      if (item !== undefined) await work(item);
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: Math.min(few, queue.length) }, lane));
  for (const end of lanes) if (end.status === "rejected") throw end.reason;
}
