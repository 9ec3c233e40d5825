/** What brute force looks like in a profile, and what only resembles it. */
import type { OperationTally, Profile } from "./profiles.ts";

export interface MostTried {
  readonly operation: OperationTally | null;
  /** Wrong passwords and codes, and lockouts, of one user. */
  readonly guesses: number;
  /** The part of them that can only have been codes. */
  readonly codes: number;
}

/** The operation in which one user, who did not get in, was tried most. */
export function mostTried({ operations }: Profile): MostTried {
  let most: MostTried = { operation: null, guesses: 0, codes: 0 };
  for (const operation of operations) {
    const guesses = operation.topUserGuesses;
    const codes = Math.min(guesses, operation.codeMismatches);
    if (guesses > most.guesses) most = { operation, guesses, codes };
  }
  return most;
}

/** With fewer minutes than this there is no pace to speak of. */
const LEAST_MINUTES = 5;
/** A minute of the clock may hold one attempt more than the next. */
const UNEVEN = 1.5;

/**
 * Whether the calls come at an even pace that an app could keep up by itself: a device with an old password, a health
 * check. A tool may do the same, so this makes nobody innocent; it only leaves the decision to a person.
 */
export function isRegular({ calls, activeMinutes, peakPerMinute }: OperationTally, mostPerMinute: number): boolean {
  const pace = calls / Math.max(1, activeMinutes);
  return activeMinutes >= LEAST_MINUTES && peakPerMinute <= mostPerMinute && peakPerMinute <= UNEVEN * pace + 1;
}
