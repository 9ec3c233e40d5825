import fc from "fast-check";

import { stepMinutesOf } from "../../cli/call-series.ts";
import { seriesOf } from "../../functions/detect/series.ts";
import { DAY, HOUR, MINUTE } from "../../functions/domain/instant.ts";

test.each([
  { case: "ten minutes", length: 10 * MINUTE, minutes: 1 },
  { case: "three hours", length: 3 * HOUR, minutes: 5 },
  { case: "a day", length: DAY, minutes: 30 },
  { case: "a month", length: 30 * DAY, minutes: 720 },
  { case: "a year", length: 365 * DAY, minutes: 7 * 1_440 },
])("$case are told in steps of $minutes minutes", ({ length, minutes }) => {
  const from = Date.UTC(2026, 10, 22);
  expect(stepMinutesOf({ from, to: from + length })).toBe(minutes);
});

test("no span makes more than sixty steps, and each holds its first and its last call", () => {
  fc.assert(
    fc.property(fc.nat(2e12), fc.integer({ min: 1, max: 20 * 365 * DAY }), (from, length) => {
      const span = { from, to: from + length };
      const minutes = stepMinutesOf(span);
      const stepOf = (at: number) => Math.floor(at / MINUTE / minutes) * minutes;
      const one = { calls: 1, failures: 0, successes: 0, refused: 0 };
      const { calls } = seriesOf([{ minute: stepOf(from), ...one }], span, minutes);
      const last = seriesOf([{ minute: stepOf(span.to - 1), ...one }], span, minutes);
      expect(calls.length).toBeLessThanOrEqual(60);
      expect([calls[0], last.calls.at(-1)]).toEqual([1, 1]);
    }),
  );
});
