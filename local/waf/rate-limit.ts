/**
 * A rate-based rule: counts what passes it per address and acts on addresses that were over the limit at the last
 * check. Like AWS's, it checks about every ten seconds, so a burst gets through before the rule bites, and it
 * stops by itself once the rate has fallen.
 */
import { type Instant, SECOND } from "../../functions/domain/instant.ts";

const CHECK_EVERY = 10 * SECOND;
/** AWS tracks this many addresses, the busiest; here the first ones of each ten seconds. */
const TRACKED = 10_000;

export interface RateLimit {
  /** Counts a request of `address` and tells whether the rule acts on it. */
  isOver(address: string, now: Instant): boolean;
}

export function createRateLimit(limit: number, windowSeconds: number): RateLimit {
  const slots = windowSeconds / (CHECK_EVERY / SECOND);
  const counts = new Map<number, Map<string, number>>();
  let checkedAt = Number.NEGATIVE_INFINITY;
  let over: ReadonlySet<string> = new Set();

  function check(slot: number): void {
    for (const old of counts.keys()) if (old < slot - slots) counts.delete(old);
    over = overLimit(counts, limit);
    checkedAt = slot;
  }

  return {
    isOver(address, now) {
      const slot = Math.floor(now / CHECK_EVERY);
      if (slot !== checkedAt) check(slot);
      const current = counts.get(slot) ?? new Map<string, number>();
      counts.set(slot, current);
      // Requests that the rule itself blocks keep counting: the block lasts as long as the rate.
      if (current.size < TRACKED || current.has(address)) current.set(address, (current.get(address) ?? 0) + 1);
      return over.has(address);
    },
  };
}

function overLimit(counts: ReadonlyMap<number, ReadonlyMap<string, number>>, limit: number): Set<string> {
  const totals = new Map<string, number>();
  for (const slot of counts.values())
    for (const [address, count] of slot) totals.set(address, (totals.get(address) ?? 0) + count);
  return new Set([...totals].filter(([, count]) => count > limit).map(([address]) => address));
}
