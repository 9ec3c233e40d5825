import fc from "fast-check";

import type { NamedCalls } from "../../functions/detect/coverage-query.ts";
import type { RunCoverage } from "../../functions/detect/coverage-run.ts";
import { notOurs } from "../../functions/detect/not-ours.ts";
import { aRun, iso, MINUTE, NOW } from "./run-builders.ts";

const ours = { clientIds: ["ours"], poolId: "eu-west-1_Ours" };
const NEIGHBOUR = "neighbour";

interface Parts {
  /** Calls a minute, of the neighbour and of us. */
  readonly theirs?: number;
  readonly own?: number;
  /** Since when we are called at all. */
  readonly ownFrom?: number;
  /** Up to where CloudTrail has come in. */
  readonly trailTo?: number;
  readonly named?: Partial<NamedCalls>;
  readonly now?: number;
}

/** Seventeen minutes round a look that began six minutes after the alarm. */
function coverage(parts: Parts = {}): RunCoverage {
  const { now = NOW + 6 * MINUTE, theirs = 100, own = 0, ownFrom = 0, trailTo = now - 4 * MINUTE } = parts;
  const minutes = Array.from({ length: 15 }, (_, index) => now - 15 * MINUTE + index * MINUTE);
  const ownOf = (minute: number) => (minute >= ownFrom ? own : 0);
  const there = minutes.filter((minute) => minute < trailTo);
  const named = (clientId: string, calls: number, slot: number): NamedCalls => {
    return { category: "UserAuthentication", clientId, poolId: null, slot, calls };
  };
  return {
    settled: { from: now - 15 * MINUTE, to: now - 5 * MINUTE },
    ...{ logs: [], completeTo: null, ratio: null, gaps: [] },
    trail: {
      rows: new Map(there.map((minute) => [minute, theirs + ownOf(minute)])),
      counted: new Map(minutes.map((minute) => [minute, theirs + ownOf(minute)])),
      named: there.flatMap((slot) => [
        { ...named(NEIGHBOUR, theirs, slot), ...parts.named },
        ...(ownOf(slot) > 0 ? [named("ours", ownOf(slot), slot)] : []),
      ]),
    },
  };
}

test("a neighbour who makes the calls is named, with figures", () => {
  expect(notOurs(aRun(), coverage(), ours)).toEqual({
    calls: 1000,
    theirs: 1000,
    completeTo: iso(NOW + MINUTE),
    others: [{ name: `app client ${NEIGHBOUR}`, calls: 1000 }],
  });
});

test.each([
  { case: "just under a fifth of the calls are ours", parts: { theirs: 81, own: 19 }, told: true },
  { case: "a fifth of the calls are ours", parts: { theirs: 80, own: 20 }, told: false },
  { case: "all calls are ours", parts: { theirs: 0, own: 100 }, told: false },
  { case: "the calls name our pool", parts: { named: { poolId: ours.poolId } }, told: false },
  { case: "the calls name another pool", parts: { named: { clientId: null, poolId: "eu-west-1_B" } }, told: true },
])("$case: not ours is $told", ({ parts, told }) => {
  expect(notOurs(aRun(), coverage(parts), ours) !== null).toBe(told);
});

describe("an attack on us whose records are late is never somebody else's", () => {
  test.each([
    { case: "no record has come in", parts: { theirs: 0, own: 100, trailTo: 0 } },
    { case: "records end before the alarm", parts: { theirs: 30, own: 100, trailTo: NOW - MINUTE } },
    { case: "only the neighbour's earlier calls are there", parts: { own: 400, ownFrom: NOW, trailTo: NOW } },
    { case: "it began after what is complete", parts: { own: 60, ownFrom: NOW + 2 * MINUTE } },
    { case: "the look no longer holds the minutes before the alarm", parts: { now: NOW + 20 * MINUTE } },
  ])("$case", ({ parts }) => {
    expect(notOurs(aRun(), coverage(parts), ours)).toBeNull();
  });

  test("whatever is missing from CloudTrail", () => {
    fc.assert(
      fc.property(
        fc.record({
          theirs: fc.integer({ min: 0, max: 300 }),
          own: fc.integer({ min: 100, max: 1000 }),
          ownFrom: fc.integer({ min: -3, max: 0 }).map((minutes) => NOW + minutes * MINUTE),
          trailTo: fc.integer({ min: -9, max: 6 }).map((minutes) => NOW + minutes * MINUTE),
        }),
        (parts) => {
          fc.pre(parts.own >= parts.theirs);
          expect(notOurs(aRun(), coverage(parts), ours)).toBeNull();
        },
      ),
    );
  });
});

test("without an alarm of one category, or without knowing our own clients, nothing is somebody else's", () => {
  expect(notOurs(aRun({ trigger: "patrol" }), coverage(), ours)).toBeNull();
  expect(notOurs(aRun(), { ...coverage(), trail: null }, ours)).toBeNull();
  expect(notOurs(aRun(), coverage(), { ...ours, clientIds: [] })).toBeNull();
});

test("of many neighbours those with most calls are named", () => {
  const { trail, ...rest } = coverage();
  const named = (trail?.named ?? []).flatMap((calls) =>
    Array.from({ length: 10 }, (_, index) => ({ ...calls, clientId: `n${index}`, calls: index + 5 })),
  );
  const found = notOurs(aRun(), { ...rest, trail: trail && { ...trail, named } }, ours);
  expect(found?.others.map(({ name }) => name)).toEqual([9, 8, 7, 6, 5].map((index) => `app client n${index}`));
});
