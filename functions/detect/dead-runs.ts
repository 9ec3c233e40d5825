/**
 * Runs that died with an alarm on their lease. Alarms fire on transitions only, so nobody else would look before the
 * next one or the patrol.
 *
 * Trigger    the sweep, each minute, after the IP sets.
 * Run twice  a resuming execution is named after the lease's fence: one is started, and another ten minutes later if it
 *            has not taken the lease.
 * Gotcha     a round that outlasts its lease is slow and not dead, so Step Functions is asked. A run whose round failed
 *            for good leaves its lease the same way (watch-run.ts): what failed is tried again until the alarm is a day
 *            old, and each time the alarm on failed runs speaks.
 */
import { DAY, type Instant, MINUTE, toIso } from "../domain/instant.ts";
import type { ResumeInput } from "./alarm-event.ts";
import type { AllLeases, JoinedAlarm, Lease } from "./lease.ts";

export interface DeadRunPorts {
  readonly leases: AllLeases;
  /** Of `mitigate`. */
  readonly executions: {
    start(name: string, input: unknown): Promise<void>;
    isRunning(name: string): Promise<boolean>;
  };
}

/** The next alarm may take the lease by itself, and what made a round fail may pass. */
const RESUMED_AFTER = 2 * MINUTE;
const AGAIN_AFTER = 10 * MINUTE;

/** How many runs were to be resumed. */
export async function resumeDeadRuns({ leases, executions }: DeadRunPorts, now: Instant): Promise<number> {
  const dead = (await leases.readAll()).flatMap((lease) => {
    const alarm = alarmLeft(lease, now);
    return alarm && lease.owner !== null ? { lease, alarm, owner: lease.owner } : [];
  });
  let resumed = 0;
  for (const { lease, alarm, owner } of dead) {
    if (await executions.isRunning(owner)) continue;
    await executions.start(nameOf(lease, now), inputOf(lease, alarm));
    resumed += 1;
  }
  return resumed;
}

/** The latest alarm of a run that has let its lease run out; null if it has none, or none that is still of interest. */
function alarmLeft({ owner, expiresAt, alarms }: Lease, now: Instant): JoinedAlarm | null {
  if (owner === null || now < expiresAt + RESUMED_AFTER) return null;
  const [latest] = alarms.toSorted((a, b) => b.at - a.at);
  return latest && now - latest.at < DAY ? latest : null;
}

function nameOf({ category, fence, expiresAt }: Lease, now: Instant): string {
  return `resume-${category}-${fence}-${Math.floor((now - expiresAt - RESUMED_AFTER) / AGAIN_AFTER)}`;
}

function inputOf({ category }: Lease, { name, region, at }: JoinedAlarm): ResumeInput {
  return { resume: { category, alarmName: name, alarmRegion: region, at: toIso(at) } };
}
