/**
 * Sweep: releases what is over.
 *
 * Trigger     schedule, every minute; also safe to start by hand.
 * Run twice   the second run finds nothing: it works from the ledger, not from the tick of the clock.
 * Primary     ledger expiry. Fallback: none; DynamoDB TTL deletes rows late and is never trusted.
 * Gotcha      the index lags, so each release is computed on a consistent read: a ban just extended stays.
 */
import type { Ban } from "../domain/ban.ts";
import type { DecisionRecord } from "../domain/decision.ts";
import type { Instant } from "../domain/instant.ts";
import { editBan, forEachFew } from "./edit-ban.ts";
import { releaseExpired } from "./ledger.ts";
import type { BanStore, ControlStore, Journal } from "./ports.ts";

export interface SweepPorts {
  readonly bans: BanStore;
  readonly control: ControlStore;
  readonly journal: Journal;
}

export interface SweepEnd {
  readonly released: number;
  /** Everything looked at, as it stands now: reconcile needs not wait for the index. */
  readonly bans: readonly Ban[];
  /** How late the oldest release was. */
  readonly backlogSeconds: number;
}

export async function releaseDue(ports: SweepPorts, now: Instant): Promise<SweepEnd> {
  const due = await ports.bans.bansDue(now);
  const bans: Ban[] = [];
  let released = 0;
  let oldest = now;
  await forEachFew(due, async ({ source }) => {
    const { ban, changed } = await editBan(ports.bans, source, (held) =>
      held ? releaseExpired(held, now) : "unchanged",
    );
    if (ban) bans.push(ban);
    if (!ban || !changed) return;
    released += 1;
    oldest = Math.min(oldest, Date.parse(ban.expiresAt));
    const record = releasedRecord(ban);
    await ports.control.record(record);
    ports.journal(record);
  });
  return { released, bans, backlogSeconds: Math.round((now - oldest) / 1000) };
}

function releasedRecord(ban: Ban): DecisionRecord {
  return {
    event: "ban.released",
    at: ban.expiresAt,
    id: `${ban.source}:expired`,
    by: "portcullis",
    source: ban.source,
    why: "its time was over",
    facts: { strikes: ban.strikes, simulated: ban.simulated },
  };
}
