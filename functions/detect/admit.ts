/**
 * Admit: whether an execution becomes a run.
 *
 * Trigger    the first state of `mitigate`.
 * Run twice  the same execution gets the same lease and fence again; windows end at the later instant.
 */
import { ConflictError, RetryableError } from "../domain/errors.ts";
import type { Instant } from "../domain/instant.ts";
import type { Run } from "../domain/run.ts";
import type { Trigger } from "./alarm-event.ts";
import { claimLease, type Lease, type Leases } from "./lease.ts";
import { leaseCategory, startRun } from "./run.ts";
import { leaseUntil } from "./watch.ts";

export interface Admission {
  readonly trigger: Exclude<Trigger, { kind: "ignored" }>;
  readonly runId: string;
  readonly startedAt: Instant;
  readonly now: Instant;
  readonly roundSeconds: number;
}

export type Admitted =
  | { readonly decision: "run"; readonly run: Run; readonly reason: string }
  | { readonly decision: "joined"; readonly reason: string };

/** Tries of a conditional write; a lease has a handful of writers, so this is only reached if something is wrong. */
export const WRITE_TRIES = 8;

/** Takes the lease of the trigger's category, or records the alarm on the lease of the run that holds it. */
export async function admitRun(leases: Leases, admission: Admission): Promise<Admitted> {
  const { trigger, runId, startedAt, now, roundSeconds } = admission;
  const category = leaseCategory({
    trigger: trigger.kind,
    category: trigger.kind === "patrol" ? "patrol" : trigger.category,
  });
  const alarm =
    trigger.kind === "alarm" ? { name: trigger.alarmName, region: trigger.alarmRegion, at: trigger.at } : null;
  const expiresAt = leaseUntil(now, 0, roundSeconds);
  const { outcome, lease } = await changeLease(leases, category, (current) =>
    claimLease(current, { category, owner: runId, now, expiresAt, alarm }),
  );
  if (outcome === "joined") return { decision: "joined", reason: `run ${lease.owner} works on ${category} already` };
  const run = startRun(trigger, { runId, startedAt, now, fence: lease.fence });
  return { decision: "run", run, reason: `lease on ${category} with fence ${lease.fence}` };
}

/** Reads, decides and writes until nobody else wrote in between. `decide` is asked anew each time. */
async function changeLease<T extends { readonly lease: Lease }>(
  leases: Leases,
  category: string,
  decide: (current: Lease | null) => T,
): Promise<T> {
  for (let tries = 0; tries < WRITE_TRIES; tries += 1) {
    const decision = decide(await leases.read(category));
    if (await leases.write(decision.lease)) return decision;
  }
  throw new RetryableError(`The lease on ${category} changed ${WRITE_TRIES} times under us; try again`, {
    cause: new ConflictError(`lease ${category}`),
  });
}
