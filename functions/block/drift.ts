/**
 * What somebody else did to our sets. Compared by addresses, not by lines: a range that was split by hand into its
 * halves is no change. Pure.
 */
import { type Cidr, formatCidr, parseCidr } from "../domain/cidr.ts";
import { type Coverage, carve, coverageOf, covers, overlapping } from "./carve.ts";
import type { Entry } from "./projection.ts";
import type { SetState } from "./set-state.ts";

export interface SetView {
  readonly name: string;
  /** Null if there is no such set. */
  readonly id: string | null;
  /** Canonical lines. */
  readonly present: ReadonlySet<string>;
  readonly state: SetState | null;
}

export interface Drift {
  /** Ranges that are in a set, were not put there by us and belong to no ban. */
  readonly foreign: readonly string[];
  /** Sources of which a person has taken every line out of the sets. */
  readonly releasedByHand: readonly string[];
  /** So many of our lines are missing that it was no person's choice: they go back. Zero if nothing of the kind. */
  readonly damaged: number;
}

/** More missing lines than this at once, or a larger share, is damage; a single one never is. */
const HAND_LIMIT = 10;
const HAND_SHARE = 0.05;

/** `wanted` is the projection of the ledger for the sets' scope, both families. */
export function findDrift(views: readonly SetView[], wanted: readonly Entry[]): Drift {
  const want = coverageOf(wanted.map(({ cidr }) => cidr));
  const present = coverageOf(views.flatMap((view) => parseAll(view.present)));
  const losses = views.map((view) => lossOf(view, present, want));
  const owned = losses.reduce((sum, loss) => sum + loss.owned, 0);
  const missing = losses.flatMap((loss) => loss.missing);
  const damaged =
    isDamage(missing.length, owned) || losses.some(({ recreated, missing }) => recreated && missing.length);
  return {
    foreign: views.flatMap((view) => foreignIn(view, want)),
    releasedByHand: damaged ? [] : sourcesGone(missing, present, want),
    damaged: damaged ? missing.length : 0,
  };
}

function isDamage(missing: number, owned: number): boolean {
  return missing > HAND_LIMIT || (missing > 1 && missing > HAND_SHARE * owned);
}

type Line = readonly [text: string, members: readonly string[]];

/** Lines that were surely there, that the ledger still wants, and of which an address is in no set any more. */
function lossOf({ id, state }: SetView, present: Coverage, want: Coverage) {
  const owned = [...(state?.written ?? [])].filter(([text]) => overlapsText(want, text));
  const missing = owned.filter(([text]) => parseAll([text]).some((cidr) => !covers(present, cidr)));
  return { owned: owned.length, missing, recreated: state !== null && state.setId !== id };
}

function sourcesGone(missing: readonly Line[], present: Coverage, want: Coverage): string[] {
  const members = new Set(missing.flatMap(([, sources]) => sources));
  return [...members].filter((source) => overlapsText(want, source) && !overlapsText(present, source));
}

function foreignIn({ id, present, state }: SetView, want: Coverage): string[] {
  const known = state?.setId === id ? [...state.written.keys(), ...state.intent.keys()] : [];
  const ours = coverageOf(parseAll(known));
  const unwanted = parseAll(present).flatMap((cidr) => carve(cidr, want));
  return unwanted.flatMap((cidr) => carve(cidr, ours).map(formatCidr));
}

function overlapsText(coverage: Coverage, text: string): boolean {
  return parseAll([text]).some((cidr) => overlapping(coverage, cidr).length > 0);
}

function parseAll(texts: Iterable<string>): Cidr[] {
  return [...texts].flatMap((text) => parseCidr(text) ?? []);
}
