/** What became of each offender of a run: from the plans that named it, the ledger and the decisions. Pure. */
import type { Ban, Claim } from "../domain/ban.ts";
import { type Instant, toIso } from "../domain/instant.ts";
import type { FiledBecause } from "../domain/plan.ts";
import type { Fate, FateState } from "../domain/run-report.ts";
import { isInForce } from "./ledger.ts";
import type { DecidedProposal, RoundFacts, RunFacts } from "./report-facts.ts";

/** Where the latest plan that decided anything put a source. */
type Place =
  | { readonly kind: "apply" }
  | { readonly kind: "file"; readonly because: readonly FiledBecause[]; readonly proposalId: string | null }
  | { readonly kind: "keep"; readonly why: string | null; readonly matched: string | null };

/** Said of what was decided before, so it is no decision of its own. */
const echoes: readonly (string | null)[] = ["already-banned", "declined-by-person"];

/** `Fate` of each source that a plan of the rounds read has named, or that `before` knew. */
export function createFates(facts: RunFacts, now: Instant): (source: string) => Fate {
  const places = placesOf(facts.rounds);
  const before = new Map((facts.before?.offenders ?? []).map(({ source, fate }) => [source, fate]));
  return (source) => {
    const known = before.get(source);
    const place = places.get(source) ?? null;
    const ban = facts.bans.get(source);
    const claim = ban?.claims[facts.run.runId];
    if (ban && claim) return claimedFate(ban, claim, now);
    if (isTakenBack(place, known)) return takenBack(known, ban, facts, now);
    return placedFate(place ?? placeOf(known), source, facts.proposals);
  };
}

function placesOf(rounds: readonly RoundFacts[]): Map<string, Place> {
  const places = new Map<string, Place>();
  for (const [source, place] of rounds.flatMap(placesIn)) {
    const isEcho = place.kind === "keep" && echoes.includes(place.why);
    if (!isEcho || !places.has(source)) places.set(source, place);
  }
  return places;
}

function placesIn({ plan, applied }: RoundFacts): (readonly [string, Place])[] {
  if (!plan) return [];
  const { proposalId } = plan;
  const kept = [...plan.refuse, ...(applied?.stopped ?? [])];
  return [
    ...plan.apply.map(({ source }) => [source, { kind: "apply" }] as const),
    ...plan.file.map(({ source, because }) => [source, { kind: "file", because, proposalId }] as const),
    ...kept.map(({ source, why, matched }) => [source, { kind: "keep", why, matched }] as const),
  ];
}

/** The place that an earlier report's fate stands for. */
function placeOf(fate: Fate | undefined): Place | null {
  if (!fate || fate.state === "noPlan") return null;
  const { because, proposalId, why, matched } = fate;
  if (fate.state === "kept") return { kind: "keep", why, matched };
  if (["waiting", "rejected", "expired", "overtaken"].includes(fate.state))
    return { kind: "file", because, proposalId };
  return { kind: "apply" };
}

const noFate: Omit<Fate, "state"> = {
  ...{ simulated: false, targets: [], bannedAt: null, until: null, origin: null, by: null, strikes: null },
  ...{ why: null, matched: null, because: [], proposalId: null },
};

function claimedFate(ban: Ban, { at, origin, by }: Claim, now: Instant): Fate {
  const { simulated, targets, strikes, releasedAt, expiresAt, status } = ban;
  const state = isInForce(ban, now) ? "banned" : "over";
  const until = status === "released" ? (releasedAt ?? expiresAt) : expiresAt;
  return { ...noFate, state, simulated, targets, bannedAt: at, until, origin, by, strikes };
}

/** A claim that stood and is gone: undone, released by a person, or so old that the ledger forgot it. */
function isTakenBack(place: Place | null, known: Fate | undefined): boolean {
  return known?.bannedAt != null || place?.kind === "apply";
}

function takenBack(known: Fate | undefined, ban: Ban | undefined, { undoneAt }: RunFacts, now: Instant): Fate {
  const fate = { ...noFate, ...known };
  const { releasedAt, noRebanBefore } = ban ?? {};
  if (undoneAt !== null) return { ...fate, state: "undone", until: toIso(undoneAt) };
  if (releasedAt && noRebanBefore) return { ...fate, state: "released", until: releasedAt };
  if (fate.until !== null && Date.parse(fate.until) <= now) return { ...fate, state: "over" };
  // Planned, and called off before it was applied: the mode was switched, or the round failed.
  return { ...fate, state: fate.bannedAt === null ? "noPlan" : "released" };
}

function placedFate(place: Place | null, source: string, proposals: readonly DecidedProposal[]): Fate {
  if (!place) return { ...noFate, state: "noPlan" };
  if (place.kind === "file") {
    const { because, proposalId } = place;
    const state = filedState(
      source,
      proposals.find(({ proposal }) => proposal.id === proposalId),
    );
    return { ...noFate, state, because: [...because], proposalId };
  }
  if (place.kind === "apply") return { ...noFate, state: "noPlan" };
  const { why, matched } = place;
  return { ...noFate, state: "kept", why, matched };
}

/** What was approved has a claim as soon as it is applied; until then it still waits. */
function filedState(source: string, decided: DecidedProposal | undefined): FateState {
  if (!decided?.proposal.decision) return "waiting";
  if (decided.approved?.has(source)) return "waiting";
  const { status } = decided.proposal;
  return status === "expired" || status === "overtaken" ? status : "rejected";
}
