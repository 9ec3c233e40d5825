/**
 * Sweep: releases what is over.
 *
 * Trigger     schedule, every minute; also safe to start by hand.
 * Run twice   the second run finds nothing: it works from the ledger, not from the tick of the clock.
 * Primary     ledger expiry. Fallback: none; DynamoDB TTL deletes rows late and is never trusted.
 * Gotcha      the index lags, so each release is computed on a consistent read: a ban just extended stays.
 *             In mode `enforce` a source that still knocks is extended instead; see ADR 16.
 */
import type { Ban, Mode } from "../domain/ban.ts";
import type { DecisionRecord } from "../domain/decision.ts";
import type { Instant } from "../domain/instant.ts";
import type { Policy } from "../domain/policy.ts";
import { editBan, forEachFew } from "./edit-ban.ts";
import { type Changed, extendKnocking, lastAutoClaim, releaseExpired } from "./ledger.ts";
import type { BanStore, ControlStore, Journal } from "./ports.ts";

export interface SweepPorts {
  readonly bans: BanStore;
  readonly control: ControlStore;
  readonly journal: Journal;
}

export interface SweepRules {
  readonly mode: Mode;
  readonly policy: Policy;
}

export interface SweepEnd {
  readonly released: number;
  readonly extended: number;
  /** Everything looked at, as it stands now: reconcile needs not wait for the index. */
  readonly bans: readonly Ban[];
  /** How late the oldest release was. */
  readonly backlogSeconds: number;
}

export async function releaseDue(ports: SweepPorts, now: Instant, rules: SweepRules): Promise<SweepEnd> {
  const due = await ports.bans.bansDue(now);
  const bans: Ban[] = [];
  const counts = { released: 0, extended: 0 };
  let oldest = now;
  await forEachFew(due, async ({ source }) => {
    const end = (held: Ban | null) => (held ? endOrExtend(held, now, rules) : "unchanged");
    const keep = (next: Ban, held: Ban | null) => ports.control.record(recordOf(next, held));
    const { ban, before, changed } = await editBan(ports.bans, source, end, keep);
    if (ban) bans.push(ban);
    if (!ban || !changed) return;
    const released = ban.status === "released";
    counts[released ? "released" : "extended"] += 1;
    if (released) oldest = Math.min(oldest, Date.parse(ban.expiresAt));
    ports.journal(recordOf(ban, before));
  });
  return { ...counts, bans, backlogSeconds: Math.round((now - oldest) / 1000) };
}

/** To make a ban longer is a hands-off decision, which only `enforce` allows. */
function endOrExtend(ban: Ban, now: Instant, { mode, policy }: SweepRules): Changed {
  const longer = mode === "enforce" ? extendKnocking(ban, now, policy) : "unchanged";
  return longer === "unchanged" ? releaseExpired(ban, now) : longer;
}

function recordOf(ban: Ban, before: Ban | null): DecisionRecord {
  return before && ban.status === "active" ? extendedRecord(ban, before) : releasedRecord(ban);
}

function releasedRecord(ban: Ban): DecisionRecord {
  return recordAt(ban.expiresAt, "expired", ban, { event: "ban.released", why: "its time was over" });
}

function extendedRecord(ban: Ban, before: Ban): DecisionRecord {
  const runId = lastAutoClaim(ban)?.[0];
  return recordAt(before.expiresAt, "knocking", ban, {
    event: "ban.extended",
    ...(runId !== undefined && { runId }),
    why: `still knocking: ${ban.knock?.calls} calls kept out in ten minutes, the last at ${ban.knock?.at}`,
    facts: { until: ban.expiresAt, extensions: ban.extensions ?? 0 },
  });
}

function recordAt(
  at: string,
  end: string,
  { source, strikes, simulated }: Ban,
  { facts, ...said }: Pick<DecisionRecord, "event" | "runId" | "why" | "facts">,
): DecisionRecord {
  return { ...said, at, id: `${source}:${end}`, by: "portcullis", source, facts: { ...facts, strikes, simulated } };
}
