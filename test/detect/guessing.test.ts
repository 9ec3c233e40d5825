import { isRegular } from "../../functions/detect/guessing.ts";
import type { OperationTally } from "../../functions/detect/profiles.ts";

const tried = (topUserGuesses: number, guessMinutes: number, peakGuesses: number) =>
  isRegular({ topUserGuesses, guessMinutes, peakGuesses } as OperationTally, 6);

test.each([
  { case: "every five minutes all day", pace: [288, 288, 1] },
  { case: "every five minutes, and once the owner tries thrice with the right password", pace: [256, 253, 4] },
  { case: "every ten seconds, the clock's minute now and then one more", pace: [60, 10, 7] },
  // At five minutes it would be an app again: what it does has not changed.
  { case: "every ten seconds, and a fault of ours ended it in the fourth minute", pace: [20, 4, 6] },
] as const)("an even pace is that of an app: $case", ({ pace: [guesses, minutes, peak] }) => {
  expect(tried(guesses, minutes, peak)).toBe(true);
});

test.each([
  { case: "faster than an app", pace: [80, 10, 9] },
  { case: "in bursts", pace: [40, 10, 20] },
  { case: "all day, with bursts that no owner makes", pace: [300, 250, 8] },
  { case: "every minute, with the owner's burst before the account can be locked for long", pace: [33, 30, 4] },
  { case: "over before there is a pace", pace: [12, 2, 6] },
] as const)("no even pace: $case", ({ pace: [guesses, minutes, peak] }) => {
  expect(tried(guesses, minutes, peak)).toBe(false);
});
