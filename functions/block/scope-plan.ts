/** Which sets of one scope must be written so that they equal the ledger's projection. Pure. */
import type { Family } from "../domain/cidr.ts";
import type { Instant } from "../domain/instant.ts";
import type { SetView } from "./drift.ts";
import type { Entry } from "./projection.ts";
import { isPending, isSettledAs, type Listing, listingOf } from "./set-state.ts";
import { assignShards, NEARLY_FULL, SET_CAPACITY } from "./shards.ts";

export interface FamilySetView extends SetView {
  readonly family: Family;
}

/** `write`: the set differs, or an old write of unknown end must be fenced off. `settle`: only our knowledge is old. */
export interface SetStep {
  readonly name: string;
  readonly kind: "write" | "settle";
  readonly next: Listing;
}

export interface ScopePlan {
  readonly steps: readonly SetStep[];
  readonly overflow: readonly Entry[];
  readonly nearlyFull: readonly string[];
  /** Sources whose state a step hangs on: all members of the lines that it adds or takes away. */
  readonly affected: ReadonlySet<string>;
}

export function planScope(
  views: readonly FamilySetView[],
  wanted: readonly Entry[],
  now: Instant,
  capacity = SET_CAPACITY,
): ScopePlan {
  const steps: SetStep[] = [];
  const overflow: Entry[] = [];
  const nearlyFull: string[] = [];
  const affected = new Set<string>();
  for (const family of [4, 6] as const) {
    const sets = views.filter((view) => view.family === family && view.id !== null);
    const entries = wanted.filter((entry) => entry.cidr.family === family);
    const assignment = assignShards(entries, sets, capacity);
    overflow.push(...assignment.overflow);
    for (const view of sets) {
      const next = listingOf(assignment.sets.get(view.name) ?? []);
      if (next.size > NEARLY_FULL * capacity) nearlyFull.push(view.name);
      const step = stepOf(view, next, now);
      if (step) steps.push(step);
      if (step?.kind === "write") collectAffected(view, next, affected);
    }
  }
  return { steps, overflow, nearlyFull, affected };
}

function stepOf(view: FamilySetView, next: Listing, now: Instant): SetStep | null {
  if (!sameLines(view.present, next)) return { name: view.name, kind: "write", next };
  if (view.state?.pendingSince == null)
    return isSettledAs(view.state, view.id ?? "", next) ? null : { name: view.name, kind: "settle", next };
  // Somebody's write may still arrive. Once it is too old for that to be on purpose, a write of our own spends its
  // lock token; until then what they intend counts as ours, and waiting costs nothing.
  return isPending(view.state, now) ? null : { name: view.name, kind: "write", next };
}

function sameLines(present: ReadonlySet<string>, next: Listing): boolean {
  return present.size === next.size && [...next.keys()].every((text) => present.has(text));
}

function collectAffected(view: FamilySetView, next: Listing, affected: Set<string>): void {
  for (const [text, members] of next) if (!view.present.has(text)) for (const source of members) affected.add(source);
  for (const text of view.present) {
    if (next.has(text)) continue;
    const members = view.state?.written.get(text) ?? view.state?.intent.get(text) ?? [text];
    for (const source of members) affected.add(source);
  }
}
