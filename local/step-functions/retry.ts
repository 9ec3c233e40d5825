import type { Retrier } from "./machine.ts";

/** Fails a state as AWS names it. `message` is the Cause: of a function's error its JSON. */
export class StateError extends Error {
  constructor(error: string, cause: string) {
    super(cause);
    this.name = error;
  }
}

/** Whether a name in `ErrorEquals` covers an error. */
function matchesError(pattern: string, error: string): boolean {
  if (pattern === error) return true;
  // Neither wildcard covers these: they have to be named.
  if (error === "States.DataLimitExceeded" || error === "States.Runtime") return false;
  if (pattern === "States.ALL") return true;
  return pattern === "States.TaskFailed" && error !== "States.Timeout";
}

/** How often each retrier of a state was used in this visit of the state. */
export type Attempts = ReadonlyMap<Retrier, number>;

/**
 * The wait before the next try, or null if the error stays. The first retrier that matches decides, also when its
 * attempts are used up.
 */
export function nextTry(
  retriers: readonly Retrier[],
  attempts: Attempts,
  error: string,
  random: () => number = Math.random,
): { readonly delayMs: number; readonly attempts: Attempts } | null {
  const retrier = retriers.find(({ ErrorEquals }) => ErrorEquals.some((pattern) => matchesError(pattern, error)));
  const used = retrier ? (attempts.get(retrier) ?? 0) : 0;
  if (!retrier || used >= retrier.MaxAttempts) return null;
  const seconds = Math.min(
    retrier.IntervalSeconds * retrier.BackoffRate ** used,
    retrier.MaxDelaySeconds ?? Number.POSITIVE_INFINITY,
  );
  const delayMs = 1000 * seconds * (retrier.JitterStrategy === "FULL" ? random() : 1);
  return { delayMs, attempts: new Map(attempts).set(retrier, used + 1) };
}
