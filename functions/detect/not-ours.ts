/**
 * Whose quota? `CallCount` covers all pools of the account, so an alarm may tell of a neighbour. Only calls that
 * CloudTrail shows to be somebody else's are taken for that: what has not arrived, and what names nobody, is ours, so
 * that late logs never end a run.
 */
import { fromIso, type Instant, MINUTE, toIso } from "../domain/instant.ts";
import type { NotOurs, Run } from "../domain/run.ts";
import { coverageOf, type MinuteCounts } from "./coverage.ts";
import type { NamedCalls } from "./coverage-query.ts";
import type { RunCoverage } from "./coverage-run.ts";

/** App clients and pool of this deployment. */
export interface Ours {
  readonly clientIds: readonly string[];
  readonly poolId: string;
}

/** Of the quota's use, what others must have made at least for the alarm not to be ours. */
const THEIR_SHARE = 0.8;
/** The calls that raised an alarm were made in the minutes before it. */
const BEFORE_ALARM = 2 * MINUTE;
const SHOWN = 5;

/**
 * Who else used the quota, or null if it was us or cannot be told. Looks at the minutes up to which CloudTrail is
 * complete, which must hold those that raised the alarm. What CloudWatch counted since must be no rise above what the
 * others do: that may be an attack on us whose records are still on their way.
 */
export function notOurs(run: Run, { trail, settled }: RunCoverage, ours: Ours): NotOurs | null {
  const started = fromIso(run.startedAt);
  if (!trail || run.trigger !== "alarm" || started === null || ours.clientIds.length === 0) return null;
  const { completeTo } = coverageOf(trail, settled);
  if (completeTo === null || completeTo < started || settled.from > started - BEFORE_ALARM) return null;
  const inTime = ({ slot }: NamedCalls) => slot >= settled.from && slot < completeTo;
  const theirs = trail.named.filter((calls) => inTime(calls) && isTheirs(calls, ours));
  const called = total(trail.counted, settled.from, completeTo);
  const theirCalls = theirs.reduce((sum, { calls }) => sum + calls, 0);
  if (called === 0 || theirCalls <= THEIR_SHARE * called) return null;
  if (busiest(minutesOf(theirs)) <= THEIR_SHARE * busiest(trail.counted)) return null;
  return { calls: called, theirs: theirCalls, completeTo: toIso(completeTo), others: mostCalls(theirs) };
}

function isTheirs({ clientId, poolId }: NamedCalls, ours: Ours): boolean {
  return poolId !== ours.poolId && !(clientId !== null && ours.clientIds.includes(clientId));
}

function total(counts: MinuteCounts, from: Instant, to: Instant): number {
  return [...counts].reduce((sum, [minute, calls]) => (minute >= from && minute < to ? sum + calls : sum), 0);
}

function minutesOf(calls: readonly NamedCalls[]): MinuteCounts {
  const minutes = new Map<Instant, number>();
  for (const { slot, calls: made } of calls) minutes.set(slot, (minutes.get(slot) ?? 0) + made);
  return minutes;
}

function busiest(counts: MinuteCounts): number {
  return Math.max(0, ...counts.values());
}

function mostCalls(theirs: readonly NamedCalls[]): NotOurs["others"] {
  const byName = new Map<string, number>();
  for (const { clientId, poolId, calls } of theirs) {
    const name = clientId === null ? `pool ${poolId}` : `app client ${clientId}`;
    byName.set(name, (byName.get(name) ?? 0) + calls);
  }
  const sorted = [...byName].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  return sorted.slice(0, SHOWN).map(([name, calls]) => ({ name, calls }));
}
