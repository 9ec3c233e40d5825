/**
 * Apply: writes a plan's claims to the ledger, then reconciles.
 *
 * Trigger     `mitigate` with a plan's hands-off part, `approve` with what a person approved.
 * Run twice   each claim is written once: a claim begins when it was decided, not when it is written.
 * Primary     run index, claim, record; one source at a time, conditional on its version.
 * Fallback    whatever fails throws; the machine tries again and the retry converges.
 * Gotcha      mode and guards are asked again, since minutes may lie between a plan and this.
 */
import type { Ban, Mode } from "../domain/ban.ts";
import type { DecisionRecord } from "../domain/decision.ts";
import { type Instant, toIso } from "../domain/instant.ts";
import type { Plan, PlannedBan, RefusedBan } from "../domain/plan.ts";
import type { Policy } from "../domain/policy.ts";
import { editBan, forEachFew } from "./edit-ban.ts";
import { type Exclusions, guardSource } from "./guards.ts";
import { applyClaim, isInForce, type Order } from "./ledger.ts";
import { lockoutRoom, splitByLockout, usersBehind } from "./lockout.ts";
import { countLockouts, usersInHour } from "./lockout-count.ts";
import type { BanStore, ControlStore, Journal } from "./ports.ts";
import { refusalRecord } from "./refusal-record.ts";

export interface ApplyPorts {
  readonly bans: BanStore;
  readonly control: ControlStore;
  readonly journal: Journal;
}

export interface ApplyEnd {
  /** Bans as they stand now, changed or not. */
  readonly bans: readonly Ban[];
  /** In mode `observe`: nobody is kept out. */
  readonly simulated: boolean;
  readonly banned: number;
  readonly extended: number;
  readonly unchanged: number;
  /** Stopped by a guard; they count as unchanged, too. */
  readonly refused: readonly RefusedBan[];
}

interface ApplyScene {
  readonly mode: Mode;
  readonly policy: Policy;
  readonly exclusions: Exclusions;
  readonly now: Instant;
}

export async function applyPlan(ports: ApplyPorts, plan: Plan, scene: ApplyScene): Promise<ApplyEnd> {
  const counts = { banned: 0, extended: 0, unchanged: 0 };
  const bans: Ban[] = [];
  const simulated = plan.simulated || scene.mode === "observe";
  if (await isCalledOff(ports, plan, scene.mode))
    return { bans, simulated, ...counts, unchanged: plan.apply.length, refused: [] };
  const { within, refused } = await guarded(ports, plan, scene, simulated);
  await forEachFew(refused, async (refusal) => {
    const record = refusalRecord(plan.run, refusal, plan.by);
    await ports.control.record(record);
    ports.journal(record);
  });
  await forEachFew(within, async (planned) => {
    const { ban, end } = await claim(ports, plan, orderOf(plan, planned, simulated), scene);
    counts[end] += 1;
    if (ban) bans.push(ban);
  });
  return { bans, simulated, ...counts, unchanged: counts.unchanged + refused.length, refused };
}

/** Asks the guards again: lists may have changed since the plan, and whom an hour's bans lock out only this state knows. */
async function guarded(
  ports: ApplyPorts,
  plan: Plan,
  scene: ApplyScene,
  simulated: boolean,
): Promise<{ within: readonly PlannedBan[]; refused: RefusedBan[] }> {
  const refused = plan.apply.flatMap(({ source, score }) => {
    const refusal = guardSource(source, scene.exclusions);
    return refusal ? [{ source, score, ...refusal }] : [];
  });
  const stopped = new Set(refused.map(({ source }) => source));
  const free = plan.apply.filter(({ source }) => !stopped.has(source));
  const { within, beyond, room } = await splitByUsers(ports, plan, free, scene, simulated);
  for (const ban of beyond) {
    const matched = `${usersBehind(ban)} established users behind it, room for ${room} in this hour`;
    refused.push({ source: ban.source, score: ban.score, why: "over-limit", matched });
  }
  return { within, refused };
}

/**
 * The users of a decision are counted before its claims are written, so a crash in between makes the guard stricter, and
 * onto the count that it read, so two decisions of the same instant can't both take the room that is left.
 */
async function splitByUsers(
  { bans, control }: ApplyPorts,
  plan: Plan,
  free: readonly PlannedBan[],
  { policy, now }: ApplyScene,
  simulated: boolean,
) {
  const decision =
    plan.origin === "approved" ? `${plan.run.runId}#${plan.proposalId}` : `${plan.run.runId}#${plan.run.round}`;
  const dear = free.filter((ban) => usersBehind(ban) > 0);
  if (dear.length === 0) return { within: free, beyond: [], room: 0 };
  const held = await bans.getBans(dear.map(({ source }) => source));
  const costs = (ban: PlannedBan) => (isHeldByOthers(held.get(ban.source), plan, now) ? 0 : usersBehind(ban));
  const split = (inHour: number) => {
    const room = Math.max(0, lockoutRoom(plan.establishedUsers, policy) - inHour);
    return { ...splitByLockout(free, room, costs), room };
  };
  if (simulated) return split(usersInHour(await control.lockoutCount(), now, decision));
  return countLockouts(control, decision, now, split);
}

/** Who is locked out already loses nothing by one more claim; this run's own claim may be from a first try of this plan. */
function isHeldByOthers(ban: Ban | undefined, { run }: Plan, now: Instant): boolean {
  return ban !== undefined && !ban.simulated && isInForce(ban, now) && !ban.claims[run.runId];
}

/**
 * A hands-off plan is void once somebody has switched the mode or undone its run. A person's decision stands in every
 * mode, but a late retry must not bring back what was undone after it.
 */
async function isCalledOff({ bans }: ApplyPorts, plan: Plan, mode: Mode): Promise<boolean> {
  if (plan.origin === "auto" && (mode === "paused" || mode === "approve")) return true;
  const undoneAt = await bans.undoneAt(plan.run.runId);
  if (undoneAt === null) return false;
  return plan.origin === "auto" || Date.parse(plan.at) <= undoneAt;
}

async function claim(
  ports: ApplyPorts,
  plan: Plan,
  order: Order,
  { now, policy }: ApplyScene,
): Promise<{ ban: Ban | null; end: "banned" | "extended" | "unchanged" }> {
  // The index first: an entry without a claim is harmless, a claim without an entry could never be undone.
  await ports.bans.indexRun(plan.run.runId, order.source);
  const { ban, before, changed } = await editBan(ports.bans, order.source, (held) =>
    applyClaim(held, order, now, policy),
  );
  const isAnother = (key: string) => key !== order.key;
  const isOurs = ban?.claims[order.key]?.at === toIso(order.at);
  // What an earlier try of this plan has done counts as done: else a retry would tell that nothing was.
  const wasBanned = before !== null && isInForce(before, now) && Object.keys(before.claims).some(isAnother);
  const end = !changed && !isOurs ? "unchanged" : wasBanned ? "extended" : "banned";
  if (ban && isOurs) {
    // Also when nothing changed: a crash may have come between the claim and its record.
    const record = applied(ban, order, plan, end === "extended" ? "ban.extended" : "ban.applied");
    await ports.control.record(record);
    if (changed) ports.journal(record);
  }
  return { ban, end };
}

function orderOf(plan: Plan, planned: PlannedBan, simulated: boolean): Order {
  const { source, score, targets, reasons, paths, minutes, jitter } = planned;
  return {
    ...{ source, score, targets, reasons, paths, minutes, jitter, simulated },
    ...{ key: plan.run.runId, at: Date.parse(plan.at), origin: plan.origin, by: plan.by },
  };
}

function applied(ban: Ban, order: Order, plan: Plan, event: DecisionRecord["event"]): DecisionRecord {
  return {
    event,
    at: toIso(order.at),
    id: `${order.source}:${order.key}:${order.origin}`,
    by: order.by,
    source: order.source,
    runId: plan.run.runId,
    why: order.reasons.map((reason) => reason.detection).join(", ") || order.origin,
    facts: { until: ban.expiresAt, score: order.score, strikes: ban.strikes, simulated: ban.simulated },
  };
}
