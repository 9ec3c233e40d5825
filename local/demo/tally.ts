/** Counts what the demo's clients saw, in slots of the demo's clock; the page draws it, the document sums it up. */
import { type Instant, SECOND } from "../../functions/domain/instant.ts";

/** How one call ended for the side that made it. */
export type Fate = "answered" | "refused" | "throttled" | "broken";
export type Side = "benign" | "attack";

export interface Slot {
  readonly at: Instant;
  readonly benign: number;
  readonly attack: number;
  /** Calls of either side that a web ACL refused. */
  readonly refused: number;
}

export interface Tally {
  count(side: Side, fate: Fate, at: Instant): void;
  total(side: Side, fate?: Fate): number;
  /** Slots without gaps from the first call on, the latest `limit` of them. */
  slots(now: Instant, limit: number): readonly Slot[];
}

/** The length of a slot. */
export const SLOT = 10 * SECOND;

export function createTally(): Tally {
  const totals = new Map<string, number>();
  const slots = new Map<number, { benign: number; attack: number; refused: number }>();
  return {
    count(side, fate, at) {
      const key = `${side} ${fate}`;
      totals.set(key, (totals.get(key) ?? 0) + 1);
      const index = Math.floor(at / SLOT);
      const slot = slots.get(index) ?? { benign: 0, attack: 0, refused: 0 };
      slot[fate === "refused" ? "refused" : side] += 1;
      slots.set(index, slot);
    },
    total: (side, fate) => sumOf(totals, fate ? `${side} ${fate}` : `${side} `),
    slots: (now, limit) => {
      const last = Math.floor(now / SLOT);
      const first = Math.max(Math.min(last, ...slots.keys()), last - limit + 1);
      return Array.from({ length: last - first + 1 }, (_, offset) => ({
        at: (first + offset) * SLOT,
        ...(slots.get(first + offset) ?? { benign: 0, attack: 0, refused: 0 }),
      }));
    },
  };
}

function sumOf(totals: ReadonlyMap<string, number>, prefix: string): number {
  return [...totals].reduce((sum, [key, count]) => (key.startsWith(prefix) ? sum + count : sum), 0);
}
