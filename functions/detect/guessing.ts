/** What brute force looks like in a profile, and what only resembles it. */
import { largest } from "./operations.ts";
import type { OperationTally, Profile } from "./profiles.ts";

/** The operation in which one user, who did not get in, was tried most. */
export function mostTried({ operations }: Profile): OperationTally | null {
  const most = largest(operations, ({ topUserGuesses }) => topUserGuesses);
  return most === 0 ? null : (operations.find(({ topUserGuesses }) => topUserGuesses === most) ?? null);
}

/** Wrong codes for one user. Where passwords are checked as well, no more than the guesses that may have been codes. */
export function wrongCodes({ operations }: Profile): number {
  return largest(operations, ({ topUserGuesses, codeMismatches }) => Math.min(topUserGuesses, codeMismatches));
}

/**
 * With fewer minutes than this there is no pace to speak of. More would ban an app whose retries have only begun, or that a
 * fault of ours interrupts: at six a minute it reaches `banAt` of brute-force within the fourth.
 */
const LEAST_MINUTES = 3;
/** A minute of the clock may hold one attempt more than the next. */
const UNEVEN = 1.5;
/** A series of so many minutes keeps the account locked. Its owner's right password meets that lock too, a few times in a minute. */
const LOCKING_MINUTES = 60;
const OWNERS_TRIES = 3;

/**
 * Whether the guesses come at an even pace that an app could keep up by itself: a device with an old password, a health
 * check. A tool may do the same, so this makes nobody innocent; it only leaves the decision to a person. `mostPerMinute`
 * bounds the mean: of six guesses a minute, now and then the clock's minute holds seven.
 */
export function isRegular(
  { topUserGuesses, guessMinutes, peakGuesses }: OperationTally,
  mostPerMinute: number,
): boolean {
  const pace = topUserGuesses / Math.max(1, guessMinutes);
  const owners = guessMinutes >= LOCKING_MINUTES ? OWNERS_TRIES : 0;
  return guessMinutes >= LEAST_MINUTES && pace <= mostPerMinute && peakGuesses <= UNEVEN * pace + 1 + owners;
}
