/**
 * Whether a run looks again. Alarms fire on transitions only and logs arrive late, so one look is never enough:
 * a run looks each round while any of its alarms is in ALARM, and once more when the logs of its last minute are in.
 * Until then it only asks for its alarms; one that fires again in that time resumes the run. Logs that are late are
 * looked at again, and a run whose quota is used by others looks no more.
 */
import { fromIso, type Instant, MINUTE, SECOND } from "../domain/instant.ts";
import type { Run, RunEnding } from "../domain/run.ts";
import { endOf, holds, type JoinedAlarm, type Lease } from "./lease.ts";

/** WAF and CloudTrail files are there about five minutes after the call; eight are certain enough to stop. */
export const LOGS_ARE_IN = 8 * MINUTE;
/** CloudTrail is there within a quarter of an hour; what is missing after this may never come. */
const LATEST_LOGS = 40 * MINUTE;
const LATE_LOGS_ROUND = 5 * MINUTE;
/** Queries may queue; a lease shorter than this could end within a healthy round. */
const SHORTEST_LEASE = 3 * MINUTE;

export interface AlarmState {
  readonly name: string;
  readonly region: string;
  readonly inAlarm: boolean;
  /** When it went into its present state. */
  readonly since: Instant;
}

export interface AlarmStates {
  /** States of the alarms that exist; deleted ones are left out. */
  read(alarms: readonly { readonly name: string; readonly region: string }[]): Promise<readonly AlarmState[]>;
}

export interface Rounds {
  readonly roundSeconds: number;
  readonly maxRounds: number;
}

export type WatchDecision =
  | {
      readonly again: false;
      readonly reason: string;
      /** Present if people are to be told why the run is over. */
      readonly ending?: RunEnding;
      /** At the limit: the alarms that are still on. */
      readonly burning?: readonly string[];
    }
  | {
      readonly again: true;
      readonly look: boolean;
      readonly waitSeconds: number;
      readonly reason: string;
      /** Where the short window of the look ends; null for the instant of the look. */
      readonly shortTo: Instant | null;
    };

export interface WatchFacts {
  readonly run: Run;
  readonly lease: Lease | null;
  readonly alarms: readonly AlarmState[];
  readonly now: Instant;
}

/** The alarms that a run has to ask for: the one it started with and those that joined its lease. */
export function watchedAlarms(run: Run, lease: Lease | null): readonly { name: string; region: string }[] {
  const own =
    run.alarmName !== null && run.alarmRegion !== null ? [{ name: run.alarmName, region: run.alarmRegion }] : [];
  const joined = holds(lease, ownerOf(run)) ? lease.alarms : [];
  const byKey = new Map([...own, ...joined].map(({ name, region }) => [`${region} ${name}`, { name, region }]));
  return [...byKey.values()];
}

export function ownerOf(run: Run): { owner: string; fence: number } {
  return { owner: run.runId, fence: run.fence };
}

/** A run that a first try has ended already ends as it did then. */
export function decideWatch(facts: WatchFacts, rounds: Rounds): WatchDecision {
  const { reason, ending, burning } = endOf(facts.lease, ownerOf(facts.run)) ?? {};
  if (reason === undefined) return decideNow(facts, rounds);
  return { ...end(reason), ...(ending && { ending }), ...(burning && { burning }) };
}

function decideNow({ run, lease, alarms, now }: WatchFacts, { roundSeconds, maxRounds }: Rounds): WatchDecision {
  if (!holds(lease, ownerOf(run))) return end("another run has taken over the lease");
  if (watchedAlarms(run, lease).length === 0) return end("a run without alarm looks once");
  if (isNotOurs(run, lease.alarms)) return { ...end("the quota is used by others"), ending: "not-ours" };
  const looked = instantOf(run.lookedAt ?? run.slowWindow.to);
  const burning = alarms.filter(({ inAlarm }) => inAlarm);
  const active = lastActivity(run, lease.alarms, alarms);
  const settled = active + LOGS_ARE_IN;
  const isRead = burning.length === 0 && looked >= settled;
  if (isRead && !(lacksLogs(run) && now < active + LATEST_LOGS))
    return { ...end("the alarm is over and its logs have been read"), ending: "over" };
  const names = burning.map(({ name }) => name);
  if (run.round >= maxRounds) return atLimit(maxRounds, names);
  if (burning.length > 0) return look(looked + roundSeconds * SECOND - now, `in ALARM: ${names.join(", ")}`, null);
  if (isRead) return look(LATE_LOGS_ROUND, "the alarm is over; some of its logs are late", active);
  const untilSettled = settled - now;
  if (untilSettled <= roundSeconds * SECOND)
    return look(untilSettled, "the alarm is over; a last look at its logs", active);
  return {
    again: true,
    look: false,
    waitSeconds: roundSeconds,
    reason: "the alarm is over; its last logs are awaited",
    shortTo: null,
  };
}

/** An alarm that joined later than CloudTrail is known to be complete may be about us all the same. */
function isNotOurs({ notOurs }: Run, joined: readonly JoinedAlarm[]): boolean {
  return notOurs !== undefined && joined.every(({ at }) => at <= instantOf(notOurs.completeTo));
}

/** Only where completeness was counted: logs that nobody can count are not waited for. */
function lacksLogs({ coverage, evidenceCompleteTo, shortWindow }: Run): boolean {
  return typeof coverage === "number" && instantOf(evidenceCompleteTo ?? "") < instantOf(shortWindow.to);
}

/** The last instant at which an alarm of this run was or may have been on; of a deleted alarm that is its start. */
function lastActivity(run: Run, joined: readonly JoinedAlarm[], alarms: readonly AlarmState[]): Instant {
  return Math.max(instantOf(run.startedAt), ...joined.map(({ at }) => at), ...alarms.map(({ since }) => since));
}

function look(waitMs: number, reason: string, shortTo: Instant | null): WatchDecision {
  return { again: true, look: true, waitSeconds: Math.max(0, Math.ceil(waitMs / SECOND)), reason, shortTo };
}

/** With the alarm off nobody needs to hear of logs that came too late for a last look: the patrol reads them. */
function atLimit(maxRounds: number, burning: readonly string[]): WatchDecision {
  const over = end(`the limit of ${maxRounds} rounds is reached`);
  return burning.length > 0 ? { ...over, ending: "at-limit", burning } : { ...over, ending: "over" };
}

function end(reason: string): Extract<WatchDecision, { again: false }> {
  return { again: false, reason };
}

/** Two rounds after the end of the wait, so that a run that dies is replaced and a slow one is not. */
export function leaseUntil(now: Instant, waitSeconds: number, roundSeconds: number): Instant {
  return now + waitSeconds * SECOND + Math.max(SHORTEST_LEASE, 2 * roundSeconds * SECOND);
}

/** Instants inside a run were written by us; one that cannot be read counts as long ago, which ends no run early. */
function instantOf(iso: string): Instant {
  return fromIso(iso) ?? 0;
}
