/** Which sets of one scope must be written so that they equal the ledger's projection. Pure. */
import type { Family } from "../domain/cidr.ts";
import type { Instant } from "../domain/instant.ts";
import type { SetView } from "./drift.ts";
import type { Entry } from "./projection.ts";
import { isPending, isSettledAs, type Listing, listingOf } from "./set-state.ts";
import { assignShards, SET_CAPACITY } from "./shards.ts";

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
  /** Sources whose state a step hangs on: all members of the lines that it adds or takes away. */
  readonly affected: ReadonlySet<string>;
}

export function planScope(
  views: readonly FamilySetView[],
  wanted: readonly Entry[],
  now: Instant,
  capacity = SET_CAPACITY,
): ScopePlan {
  const families = ([4, 6] as const).map((family) => planFamily(family, views, wanted, now, capacity));
  return {
    steps: families.flatMap(({ steps }) => steps),
    overflow: families.flatMap(({ overflow }) => [...overflow]),
    affected: new Set(families.flatMap(({ affected }) => affected)),
  };
}

function planFamily(
  family: Family,
  views: readonly FamilySetView[],
  wanted: readonly Entry[],
  now: Instant,
  capacity: number,
) {
  const sets = views.filter((view) => view.family === family && view.id !== null);
  const entries = wanted.filter((entry) => entry.cidr.family === family);
  const assignment = assignShards(entries, sets, capacity);
  const next = new Map(sets.map(({ name }) => [name, listingOf(assignment.sets.get(name) ?? [])]));
  const steps = sets.flatMap((view) => stepOf(view, next.get(view.name) ?? new Map(), now) ?? []);
  return {
    steps,
    overflow: assignment.overflow,
    affected: sets.flatMap((view) => {
      const step = steps.find(({ name, kind }) => name === view.name && kind === "write");
      return step ? affectedBy(view, step.next) : [];
    }),
  };
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

/** Members of the lines that a write adds or takes away. */
function affectedBy({ present, state }: FamilySetView, next: Listing): string[] {
  const added = [...next].flatMap(([text, members]) => (present.has(text) ? [] : [...members]));
  const removed = [...present].flatMap((text) => {
    if (next.has(text)) return [];
    return [...(state?.written.get(text) ?? state?.intent.get(text) ?? [text])];
  });
  return [...added, ...removed];
}
