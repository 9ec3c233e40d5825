/**
 * Watch: what follows a round. Renews the lease for the next one, or releases it and ends the run.
 *
 * Run twice  the second call renews again, or is told the same end: the lease keeps how its latest run has ended, so that no
 *            retry swallows what people are to be told.
 * Gotcha     an alarm may join between our look at the lease and its release. The write then fails, and the
 *            decision is made again with that alarm.
 */
import { RetryableError } from "../domain/errors.ts";
import { type Instant, SECOND } from "../domain/instant.ts";
import type { Run } from "../domain/run.ts";
import { WRITE_TRIES } from "./admit.ts";
import { abandonLease, holds, type Lease, type Leases, releaseLease, renewLease } from "./lease.ts";
import { leaseCategory, nextRound } from "./run.ts";
import {
  type AlarmStates,
  decideWatch,
  leaseUntil,
  ownerOf,
  type Rounds,
  type WatchDecision,
  watchedAlarms,
} from "./watch.ts";

export interface WatchPorts {
  readonly leases: Leases;
  readonly alarms: AlarmStates;
}

export interface Watched {
  readonly decision: WatchDecision;
  /** The run as the next round sees it. */
  readonly run: Run;
}

export async function watchRun(
  { leases, alarms }: WatchPorts,
  run: Run,
  now: Instant,
  rounds: Rounds,
): Promise<Watched> {
  for (let tries = 0; tries < WRITE_TRIES; tries += 1) {
    const lease = await leases.read(leaseCategory(run));
    const asked = watchedAlarms(run, lease);
    const states = asked.length > 0 && holds(lease, ownerOf(run)) ? await alarms.read(asked) : [];
    const decision = decideWatch({ run, lease, alarms: states, now }, rounds);
    const after = holds(lease, ownerOf(run)) ? leaseAfter(lease, decision, now, rounds) : null;
    if (after === null || (await leases.write(after))) return { decision, run: runAfter(run, decision, now) };
  }
  throw new RetryableError(`The lease of run ${run.runId} changed ${WRITE_TRIES} times under us; try again`);
}

/** Frees the lease of a run that cannot go on. No error if it is gone already. What its alarms were about is left to do. */
export async function abandonRun(leases: Leases, run: Run, now: Instant): Promise<void> {
  for (let tries = 0; tries < WRITE_TRIES; tries += 1) {
    const lease = await leases.read(leaseCategory(run));
    if (!holds(lease, ownerOf(run)) || (await leases.write(abandonLease(lease, now)))) return;
  }
  throw new RetryableError(`The lease of run ${run.runId} changed ${WRITE_TRIES} times under us; try again`);
}

function leaseAfter(lease: Lease, decision: WatchDecision, now: Instant, { roundSeconds }: Rounds): Lease {
  if (decision.again) return renewLease(lease, leaseUntil(now, decision.waitSeconds, roundSeconds));
  const { reason, ending, burning } = decision;
  return releaseLease(lease, { reason, ...(ending && { ending }), ...(burning && { burning }) });
}

/** Windows are set for the instant of the look, which comes after the wait. */
function runAfter(run: Run, decision: WatchDecision, now: Instant): Run {
  return decision.again && decision.look ? nextRound(run, now + decision.waitSeconds * SECOND, decision.shortTo) : run;
}
