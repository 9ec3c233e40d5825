/** Splits a round's offenders by the guards of design §6: applied at once, filed for a person, or refused. Pure. */
import type { Ban, Mode, Target } from "../domain/ban.ts";
import { type Instant, toIso } from "../domain/instant.ts";
import type { FiledBan, FiledBecause, Plan, PlannedBan, RefusedBan } from "../domain/plan.ts";
import type { Policy } from "../domain/policy.ts";
import { RUN_SCHEMA, type Run } from "../domain/run.ts";
import type { SourceVerdict } from "../domain/verdict.ts";
import { type Exclusions, guardSource } from "./guards.ts";
import { isInForce } from "./ledger.ts";
import { lockoutNotes, ruleNotes } from "./limit-notes.ts";

export interface PlanInput {
  readonly run: Run;
  readonly verdicts: readonly SourceVerdict[];
  readonly missing: readonly string[];
  readonly notes?: readonly string[] | undefined;
  readonly totalCalls: number;
  /** Of the short window, that used the run's quota; undefined where nobody counted. */
  readonly quotaCalls?: number | undefined;
  readonly mode: Mode;
  readonly policy: Policy;
  readonly exclusions: Exclusions;
  /** Where this deployment can enforce: a banned caller must not simply use the other door. */
  readonly targets: readonly Target[];
  /** The ledger's items of the offenders. */
  readonly bans: ReadonlyMap<string, Ban>;
  /** Automatic bans of this category in the last hour, without this round's. */
  readonly bansInHour: number;
  /** A person undid this run: it bans nobody hands-off any more. */
  readonly undone: boolean;
  /** Sources that a person has lately said no to. */
  readonly declined: ReadonlySet<string>;
  /** Of the last week; null where nobody knows. */
  readonly establishedUsers: number | null;
  /** Behind the bans of the last hour. */
  readonly usersInHour: number;
  readonly at: Instant;
  /** In [0, 1), one draw a source. */
  readonly random: () => number;
}

/** Every offender ends up in exactly one of `apply`, `file` and `refuse`. Limits cut from the lowest score. */
export function planBans(input: PlanInput): Plan {
  const apply: PlannedBan[] = [];
  const file: FiledBan[] = [];
  const refuse: RefusedBan[] = [];
  const fresh: PlannedBan[] = [];
  const room = input.policy.guards.hourlyBans - input.bansInHour;
  for (const verdict of strongestFirst(input.verdicts.filter((one) => isOffender(one, input)))) {
    const held = isHeld(input.bans.get(verdict.source), input.targets, input);
    const place = placeOf(verdict, input, held || fresh.length < room, held);
    if ("why" in place) refuse.push(place);
    else if ("because" in place) file.push(place);
    else apply.push(place);
    // A source that is banned already only gains a claim; it takes nobody else's place.
    if (!held && !("why" in place) && !("because" in place)) fresh.push(place);
  }
  return {
    ...{ schema: RUN_SCHEMA, run: input.run, mode: input.mode, origin: "auto", by: "portcullis", at: toIso(input.at) },
    simulated: input.mode === "observe",
    ...{ apply, file, refuse },
    missing: [...input.missing],
    ...notesOf(input, file),
    establishedUsers: input.establishedUsers,
    relief: reliefOf(fresh, input),
    proposalId: null,
  };
}

function notesOf(input: PlanInput, file: readonly FiledBan[]): Pick<Plan, "notes"> {
  const users = { total: input.establishedUsers, inHour: input.usersInHour };
  const found = [...ruleNotes(file, input.policy), ...lockoutNotes(file, input.policy, users)];
  return input.notes || found.length > 0 ? { notes: [...found, ...(input.notes ?? [])] } : {};
}

function placeOf(
  verdict: SourceVerdict,
  input: PlanInput,
  hasRoom: boolean,
  held: boolean,
): PlannedBan | FiledBan | RefusedBan {
  const refusal = refusalOf(verdict, input);
  if (refusal) return refusal;
  const because = becauseOf(verdict, input);
  if (because.length === 0 && !hasRoom) because.push("over-limit");
  if (because.length === 0) return plannedBan(verdict, input, input.policy.ban.handsOffMinutes);
  // Nobody needs to be asked about what stands already.
  if (held) return { source: verdict.source, score: verdict.score, why: "already-banned", matched: "" };
  return { ...plannedBan(verdict, input, input.policy.ban.approvedMinutes), because };
}

/** How many of a plan's bans are new, which is what the hourly limit counts. */
export function countNewBans(plan: Plan, bans: ReadonlyMap<string, Ban>, now: Instant): number {
  return plan.apply.filter((ban) => !isHeld(bans.get(ban.source), ban.targets, { mode: plan.mode, at: now })).length;
}

export function reliefOf(
  banned: readonly PlannedBan[],
  all: { readonly totalCalls: number; readonly quotaCalls?: number | undefined },
): Plan["relief"] {
  const calls = banned.reduce((sum, ban) => sum + ban.calls, 0);
  const using = banned.reduce((sum, { quotaCalls = 0 }) => sum + quotaCalls, 0);
  return {
    ...{ sources: banned.length, calls, totalCalls: Math.max(all.totalCalls, calls) },
    ...(all.quotaCalls !== undefined && { quota: { calls: using, of: Math.max(all.quotaCalls, using) } }),
  };
}

function strongestFirst(verdicts: readonly SourceVerdict[]): SourceVerdict[] {
  return [...verdicts].sort((a, b) => b.score - a.score || b.calls - a.calls || (a.source < b.source ? -1 : 1));
}

/** A source that the allow list or its range protects is never more than watched; what it did is reported all the same. */
function isOffender({ verdict, score, source }: SourceVerdict, { policy, exclusions }: PlanInput): boolean {
  if (verdict !== "watch") return verdict === "ban";
  return score >= policy.score.ban && guardSource(source, exclusions) !== null;
}

function refusalOf(verdict: SourceVerdict, input: PlanInput): RefusedBan | null {
  const { source, score } = verdict;
  const guard = guardSource(source, input.exclusions);
  if (guard) return { source, score, ...guard };
  if (input.mode === "paused") return { source, score, why: "paused", matched: "" };
  if (Date.parse(verdict.lastSeen) < Date.parse(input.run.slowWindow.from))
    return { source, score, why: "stale-evidence", matched: verdict.lastSeen };
  if (input.declined.has(source)) return { source, score, why: "declined-by-person", matched: "" };
  return null;
}

function becauseOf(verdict: SourceVerdict, { mode, bans, undone, at }: PlanInput): FiledBecause[] {
  const because: FiledBecause[] = verdict.handsOff ? [] : [...verdict.needsPerson];
  if (!verdict.handsOff && because.length === 0) because.push("low-confidence");
  if (mode === "approve") because.push("mode");
  const noRebanBefore = bans.get(verdict.source)?.noRebanBefore;
  if (noRebanBefore && Date.parse(noRebanBefore) > at) because.push("released-by-person");
  if (undone) because.push("run-undone");
  return because;
}

/** Whether a source is banned already, so that nobody needs to be asked: at each of these doors, and in earnest unless nothing is. */
export function isHeld(
  ban: Ban | undefined,
  targets: readonly Target[],
  { mode, at }: { mode: Mode; at: Instant },
): boolean {
  if (ban === undefined || !isInForce(ban, at)) return false;
  return (mode === "observe" || !ban.simulated) && targets.every((target) => ban.targets.includes(target));
}

function plannedBan(verdict: SourceVerdict, input: PlanInput, minutes: number): PlannedBan {
  const { source, paths, score, reasons, calls, failures, successes, distinctUsers, handsOff } = verdict;
  const { activity, quotaCalls, series } = verdict;
  const jitter = (input.random() * 2 - 1) * input.policy.ban.jitter;
  return {
    ...{ source, targets: [...input.targets], paths, score, minutes, jitter, reasons },
    ...{ calls, failures, successes, distinctUsers, handsOff },
    ...(activity && { activity }),
    ...(quotaCalls !== undefined && { quotaCalls }),
    ...(series && { series }),
  };
}
