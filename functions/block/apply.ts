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
import type { Plan, PlannedBan } from "../domain/plan.ts";
import type { Policy } from "../domain/policy.ts";
import { editBan, forEachFew } from "./edit-ban.ts";
import { type Exclusions, guardSource } from "./guards.ts";
import { applyClaim, isInForce, type Order } from "./ledger.ts";
import type { BanStore, ControlStore, Journal } from "./ports.ts";

export interface ApplyPorts {
  readonly bans: BanStore;
  readonly control: ControlStore;
  readonly journal: Journal;
}

export interface ApplyEnd {
  /** Bans as they stand now, changed or not. */
  readonly bans: readonly Ban[];
  readonly banned: number;
  readonly extended: number;
  readonly unchanged: number;
}

export async function applyPlan(
  ports: ApplyPorts,
  plan: Plan,
  scene: { mode: Mode; policy: Policy; exclusions: Exclusions; now: Instant },
): Promise<ApplyEnd> {
  const counts = { banned: 0, extended: 0, unchanged: 0 };
  const bans: Ban[] = [];
  if (await isCalledOff(ports, plan, scene.mode)) return { bans, ...counts, unchanged: plan.apply.length };
  const simulated = plan.simulated || scene.mode === "observe";
  await forEachFew(plan.apply, async (planned) => {
    const refusal = guardSource(planned.source, scene.exclusions);
    if (refusal) {
      counts.unchanged += 1;
      ports.journal(refused(plan, planned, `${refusal.why} ${refusal.matched}`));
      return;
    }
    const { ban, end } = await claim(ports, plan, orderOf(plan, planned, simulated), scene);
    counts[end] += 1;
    if (ban) bans.push(ban);
  });
  return { bans, ...counts };
}

/** A hands-off plan is void once somebody has switched the mode or undone its run; a person's decision stands. */
async function isCalledOff({ bans }: ApplyPorts, plan: Plan, mode: Mode): Promise<boolean> {
  if (plan.origin !== "auto") return false;
  return mode === "paused" || mode === "approve" || (await bans.isUndone(plan.run.runId));
}

async function claim(
  ports: ApplyPorts,
  plan: Plan,
  order: Order,
  { now, policy }: { now: Instant; policy: Policy },
): Promise<{ ban: Ban | null; end: "banned" | "extended" | "unchanged" }> {
  // The index first: an entry without a claim is harmless, a claim without an entry could never be undone.
  await ports.bans.indexRun(plan.run.runId, order.source);
  const { ban, before, changed } = await editBan(ports.bans, order.source, (held) =>
    applyClaim(held, order, now, policy),
  );
  const held = ban?.claims[order.key];
  const end = !changed ? "unchanged" : before && isInForce(before, now) ? "extended" : "banned";
  if (ban && held?.at === toIso(order.at)) {
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

function refused(plan: Plan, planned: PlannedBan, why: string): DecisionRecord {
  const id = `${planned.source}:${plan.run.runId}:refused`;
  const who = { by: plan.by, source: planned.source, runId: plan.run.runId };
  return { event: "guard.refused", at: plan.at, id, ...who, why };
}
