/** The lock after wrong passwords and wrong codes of an authenticator app. */
import { type Instant, SECOND } from "../../functions/domain/instant.ts";
import { AwsError } from "../aws-wire.ts";

export interface Attempts {
  failures: number;
  lockedUntil: Instant;
}

const FAILURES_BEFORE_LOCK = 5;

export function checkAttempts({ lockedUntil }: Attempts, now: Instant): void {
  if (lockedUntil > now) throw new AwsError("NotAuthorizedException", "Password attempts exceeded");
}

/** Five failures lock for a second, each further one for twice as long, up to 15 minutes. */
export function failed(attempts: Attempts, now: Instant): void {
  attempts.failures += 1;
  const over = attempts.failures - FAILURES_BEFORE_LOCK;
  if (over >= 0) attempts.lockedUntil = now + Math.min(2 ** over, 900) * SECOND;
}

export function succeeded(attempts: Attempts): void {
  attempts.failures = 0;
  attempts.lockedUntil = 0;
}
