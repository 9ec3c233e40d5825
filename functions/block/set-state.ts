/**
 * What the ledger knows of a machine-owned IP set. Before a write its list is recorded as intent, after it settled
 * as written; so at any point of a crash it is known what is surely in the set (`written`) and what may be there
 * because a write is on its way (`intent`). Anything else in the set is foreign. Pure.
 */
import { type Instant, MINUTE, toIso } from "../domain/instant.ts";
import type { Entry } from "./projection.ts";

/** Line of the set → sources that it stands for. */
export type Listing = ReadonlyMap<string, readonly string[]>;

export interface SetState {
  /** WAF's id: a set that was deleted and made anew has another one. */
  readonly setId: string;
  readonly written: Listing;
  readonly intent: Listing;
  /** When the latest write began that is not known to have ended; null when none is on its way. */
  readonly pendingSince: string | null;
  readonly version: number;
}

/** A function that still runs after this has been stopped by Lambda, so its write can't arrive any more. */
const PENDING_FOR_MS = 5 * MINUTE;

export function listingOf(entries: readonly Entry[]): Listing {
  return new Map(entries.map(({ text, members }) => [text, members]));
}

/** Intents add up: another writer's may still arrive, so what is sure is only what all of them agree on. */
export function beginWrite(state: SetState | null, setId: string, next: Listing, now: Instant): SetState {
  const known = state?.setId === setId ? state : null;
  const before: Listing = known?.written ?? new Map();
  const sure = (text: string) => before.has(text) && next.has(text);
  return {
    setId,
    written: unionOf([before, next], sure),
    intent: unionOf([before, known?.intent ?? new Map(), next], (text) => !sure(text)),
    pendingSince: toIso(now),
    version: (state?.version ?? 0) + 1,
  };
}

/** The set is known to hold exactly `listing`, and no older write can arrive: its lock token is spent. */
export function settle(state: SetState | null, setId: string, listing: Listing): SetState {
  return { setId, written: listing, intent: new Map(), pendingSince: null, version: (state?.version ?? 0) + 1 };
}

/** Whether a write may still arrive from somewhere else. */
export function isPending(state: SetState | null, now: Instant): boolean {
  return state?.pendingSince != null && now - Date.parse(state.pendingSince) < PENDING_FOR_MS;
}

export function isSettledAs(state: SetState | null, setId: string, listing: Listing): boolean {
  if (!state || state.setId !== setId || state.pendingSince !== null) return false;
  if (state.intent.size > 0 || state.written.size !== listing.size) return false;
  return [...listing].every(([text, members]) => sameMembers(state.written.get(text), members));
}

function sameMembers(a: readonly string[] | undefined, b: readonly string[]): boolean {
  return a !== undefined && a.length === b.length && new Set([...a, ...b]).size === a.length;
}

function unionOf(listings: readonly Listing[], wanted: (text: string) => boolean): Listing {
  const union = new Map<string, readonly string[]>();
  for (const [text, members] of listings.flatMap((listing) => [...listing])) {
    if (!wanted(text)) continue;
    const known = union.get(text);
    union.set(text, known ? [...new Set([...known, ...members])] : members);
  }
  return union;
}
