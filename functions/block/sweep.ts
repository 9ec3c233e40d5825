/**
 * Sweep: releases what is over.
 *
 * Trigger     schedule, every minute; also safe to start by hand.
 * Run twice   the second run finds nothing: it works from the ledger, not from the tick of the clock.
 * Primary     ledger expiry. Fallback: none; DynamoDB TTL deletes rows late and is never trusted.
 * Gotcha      the index lags, so each release is computed on a consistent read: a ban just extended stays.
 *             In mode `enforce` a source that still knocks is extended instead; see ADR 16. A crowd that ends at once
 *             takes several sweeps to write down; out of the IP sets it is with the first, for a ban that is over is
 *             not projected. So those that may go on come first.
 */
import type { Ban, Mode } from "../domain/ban.ts";
import type { DecisionRecord } from "../domain/decision.ts";
import type { Instant } from "../domain/instant.ts";
import type { Policy } from "../domain/policy.ts";
import { editBan, forEachFew } from "./edit-ban.ts";
import { type Changed, extendKnocking, lastAutoClaim, releaseExpired } from "./ledger.ts";
import type { BanStore, ControlStore, Journal, Timing } from "./ports.ts";

export interface SweepPorts {
  readonly bans: BanStore;
  readonly control: ControlStore;
  readonly journal: Journal;
  readonly timing: Pick<Timing, "now">;
}

export interface SweepRules {
  readonly mode: Mode;
  readonly policy: Policy;
}

export interface SweepEnd {
  readonly released: number;
  /** Of the released, those of mode `observe`, which kept nobody out. */
  readonly simulated: number;
  readonly extended: number;
  /** Everything looked at, as it stands now: reconcile needs not wait for the index. */
  readonly bans: readonly Ban[];
  /** How late the oldest release was, or is: of what is left as well. */
  readonly backlogSeconds: number;
  /** Bans that are over and that the next sweep writes down. */
  readonly left: number;
}

/** Of a sweep's four minutes; the rest is for the IP sets. */
const RELEASING_MS = 45_000;

export async function releaseDue(ports: SweepPorts, now: Instant, rules: SweepRules): Promise<SweepEnd> {
  const due = (await ports.bans.bansDue(now)).sort((a, b) => Number(mayGoOn(b)) - Number(mayGoOn(a)));
  const bans: Ban[] = [];
  const counts = { released: 0, simulated: 0, extended: 0, left: 0 };
  let oldest = now;
  const late = ({ expiresAt }: Ban) => {
    oldest = Math.min(oldest, Date.parse(expiresAt));
  };
  const leave = (ban: Ban) => {
    counts.left += 1;
    late(ban);
  };
  const releaseOne = async (source: string, known: Ban | null) => {
    const end = (held: Ban | null) => (held ? endOrExtend(held, now, rules) : "unchanged");
    const keep = (next: Ban, held: Ban | null) => ports.control.record(recordOf(next, held));
    const { ban, before, changed } = await editBan(ports.bans, source, end, keep, known);
    if (ban) bans.push(ban);
    if (!ban || !changed) return;
    const released = ban.status === "released";
    counts[released ? "released" : "extended"] += 1;
    if (released && ban.simulated) counts.simulated += 1;
    if (released) late(ban);
    ports.journal(recordOf(ban, before));
  };
  const isTimeUp = () => ports.timing.now() - now > RELEASING_MS;
  await forEachFew(batchesOf(due), async (batch) => {
    const held = isTimeUp() ? null : await ports.bans.getBans(batch.map(({ source }) => source));
    for (const ban of batch) {
      if (held && !isTimeUp()) await releaseOne(ban.source, held.get(ban.source) ?? null);
      else leave(ban);
    }
  });
  return { ...counts, bans, backlogSeconds: Math.round((now - oldest) / 1000) };
}

/** As many as are read together, less where there are few: a batch is worked off one by one. */
function batchesOf(due: readonly Ban[]): Ban[][] {
  const size = Math.max(1, Math.min(100, Math.ceil(due.length / 16)));
  return Array.from({ length: Math.ceil(due.length / size) }, (_, n) => due.slice(n * size, (n + 1) * size));
}

function mayGoOn({ knock }: Ban): boolean {
  return knock !== undefined;
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
