/**
 * The lease of a category: one execution at a time works on an attack, so the 50, 70 and 90 % alarms share a run.
 *
 * Taken      by `admit`; a lease whose time is over is taken over with a higher fence, and with the alarms of the run that
 *            died: nobody else would hear of them.
 * Renewed    by `watch` each round. A holder whose fence is not the stored one must stop.
 * Released   by `watch` at the end. The item stays, else the fence would begin again at 1.
 * Run twice  the owner gets its own lease again, with the same fence.
 * Gotcha     an alarm that meets a held lease is recorded on it; the holder then watches that alarm too.
 */
import type { Instant } from "../domain/instant.ts";
import type { RunEnding } from "../domain/run.ts";

export interface JoinedAlarm {
  readonly name: string;
  readonly region: string;
  readonly at: Instant;
}

export interface RunEnd {
  readonly owner: string;
  readonly fence: number;
  readonly reason: string;
  readonly ending?: RunEnding;
  readonly burning?: readonly string[];
}

export interface Lease {
  readonly category: string;
  /** Run id of the holder; null once released. */
  readonly owner: string | null;
  readonly fence: number;
  readonly expiresAt: Instant;
  readonly alarms: readonly JoinedAlarm[];
  /** How the latest run that ended has ended, for its retry; kept while the next one holds the lease. */
  readonly lastEnd?: RunEnd;
  /** Rises with each write; a write names the version it read. */
  readonly version: number;
}

export interface Leases {
  /** Strongly consistent. */
  read(category: string): Promise<Lease | null>;
  /** Writes if the stored version is `lease.version - 1` (or nothing is stored for version 1); else false. */
  write(lease: Lease): Promise<boolean>;
}

export interface AllLeases {
  /** Those of all categories, held or not; strongly consistent. */
  readAll(): Promise<readonly Lease[]>;
}

export interface LeaseClaim {
  readonly category: string;
  readonly owner: string;
  readonly now: Instant;
  readonly expiresAt: Instant;
  readonly alarm: JoinedAlarm | null;
}

/** An attack sets off three alarms; more than this on one lease says nothing new. */
const MOST_ALARMS = 20;

/** What becomes of a claim: `taken` by the claimant, or `joined` to the holder's run, whose record of alarms grows. */
export function claimLease(
  current: Lease | null,
  claim: LeaseClaim,
): { readonly outcome: "taken" | "joined"; readonly lease: Lease } {
  const version = (current?.version ?? 0) + 1;
  const held = current !== null && current.owner !== null && current.expiresAt > claim.now;
  if (held && current.owner !== claim.owner)
    return { outcome: "joined", lease: { ...current, alarms: withAlarm(current.alarms, claim.alarm), version } };
  const { category, owner, expiresAt } = claim;
  if (held)
    return { outcome: "taken", lease: { ...current, expiresAt: Math.max(current.expiresAt, expiresAt), version } };
  const alarms = withAlarm(current?.alarms ?? [], claim.alarm);
  const lease = { category, owner, fence: (current?.fence ?? 0) + 1, expiresAt, alarms, version };
  return { outcome: "taken", lease: { ...lease, ...(current?.lastEnd && { lastEnd: current.lastEnd }) } };
}

function withAlarm(alarms: readonly JoinedAlarm[], alarm: JoinedAlarm | null): readonly JoinedAlarm[] {
  if (alarm === null) return alarms;
  const others = alarms.filter(({ name, region }) => name !== alarm.name || region !== alarm.region);
  return [...others, alarm].slice(-MOST_ALARMS);
}

/** Whether the lease is still this run's. One that is over but that nobody else took still counts as held. */
export function holds(lease: Lease | null, holder: { readonly owner: string; readonly fence: number }): lease is Lease {
  return lease !== null && lease.owner === holder.owner && lease.fence === holder.fence;
}

/** The alarms that a run has to do with; none once its lease is gone. */
export function alarmsOf(lease: Lease | null, { runId, fence }: { readonly runId: string; readonly fence: number }) {
  return holds(lease, { owner: runId, fence }) ? lease.alarms : [];
}

export function renewLease(lease: Lease, expiresAt: Instant): Lease {
  return { ...lease, expiresAt, version: lease.version + 1 };
}

/** `end` is what a retry of the release is told again. */
export function releaseLease(lease: Lease, end?: Omit<RunEnd, "owner" | "fence">): Lease {
  const { owner, fence } = lease;
  const released = { ...lease, owner: null, alarms: [], version: lease.version + 1 };
  return end && owner !== null ? { ...released, lastEnd: { owner, fence, ...end } } : released;
}

/** The run is dead: its lease is free at once, and its alarms are left for whoever comes next. */
export function abandonLease(lease: Lease, now: Instant): Lease {
  return { ...lease, expiresAt: Math.min(lease.expiresAt, now), version: lease.version + 1 };
}

/** How this run has ended, if a first try of the same has released its lease. */
export function endOf(lease: Lease | null, holder: { readonly owner: string; readonly fence: number }): RunEnd | null {
  const end = lease?.lastEnd;
  return end?.owner === holder.owner && end.fence === holder.fence ? end : null;
}
