import { barsOf, delays, detectionFigures, inFirstWindow, quantile } from "../../bench/evaluate-figures.ts";
import type { Judged, JudgedGroup } from "../../bench/evaluate-mix.ts";
import { MONDAY, type Truth } from "../../bench/traffic/mix.ts";
import type { JoinedVerdict } from "../../functions/detect/verdicts.ts";
import { MINUTE } from "../../functions/domain/instant.ts";

const ban: JoinedVerdict = { verdict: "ban", handsOff: true, needsPerson: [], score: 90, reasons: [] };
const asked: JoinedVerdict = { ...ban, handsOff: false, needsPerson: ["no-baseline"] };
const watch: JoinedVerdict = { ...ban, verdict: "watch", handsOff: false, score: 50 };

/** An offender who failed `failures` times, a minute apart. */
function judged(failures: number, overrides: Partial<Omit<Judged, "truth">> & { truth?: Partial<Truth> } = {}): Judged {
  const times = Array.from({ length: failures }, (_, index) => MONDAY + index * MINUTE);
  return {
    ...{ seed: 1, verdict: null, seenAt: null, bannedAt: null, groupSeenAt: null },
    fired: { short: new Set(), slow: new Set() },
    ...overrides,
    truth: {
      ...{ source: "203.0.113.7/32", kind: "spray", benign: false, perMinute: 1, party: 0 },
      ...{ offences: failures, firstOffence: MONDAY, failures: times, ja4s: new Set<string>() },
      ...overrides.truth,
    },
  };
}

const resident = (verdict: JoinedVerdict | null) => judged(0, { verdict, truth: { kind: "home", benign: true } });
const foundOf = (sources: readonly Judged[]) => barsOf(sources).map(({ found, met }) => [found.split(" (")[0], met]);

test("only a hands-off ban of somebody innocent is against the first bar", () => {
  expect(foundOf([resident(asked), resident(watch), resident(null)])[0]).toEqual(["0 of 3", true]);
  expect(foundOf([resident(ban), resident(null)])[0]).toEqual(["1 of 2", false]);
});

test("who failed ten times must be banned, hands-off or by a person; who failed five times must be seen", () => {
  const bars = foundOf([
    judged(10, { verdict: asked }),
    judged(12, { verdict: watch }),
    judged(9, { groupSeenAt: MONDAY + MINUTE }),
    judged(5),
    judged(4),
  ]);
  expect(bars.slice(1, 4)).toEqual([
    ["1 of 2", false],
    ["2 of 2", true],
    ["3 of 4", false],
  ]);
});

test.each([
  { case: "a watch at the end of the first window that holds the burst", seenAt: 10, first: true },
  { case: "a watch five minutes later", seenAt: 15, first: false },
])("$case is in the first window: $first", ({ seenAt, first }) => {
  const failures = Array.from({ length: 10 }, (_, index) => MONDAY + index * 1_000);
  const loud = judged(10, { seenAt: MONDAY + seenAt * MINUTE, truth: { failures } });
  expect(inFirstWindow(loud)).toBe(first);
});

test("precision counts offenders of all kinds, recall those that the detection is there for", () => {
  const fired = { short: new Set(["password-spray"]), slow: new Set<string>() };
  const sources = [
    judged(20, { fired }),
    judged(20),
    judged(9, { fired }),
    judged(20, { fired, truth: { kind: "brute-force" } }),
    { ...resident(watch), fired },
  ];
  const figures = detectionFigures([{ sources, groups: [] }]);
  expect(figures.find(({ detection, size }) => detection === "password-spray" && size === "short")).toMatchObject({
    offenders: 3,
    benign: 1,
    precision: "3 of 4 (75.0 %)",
    recall: "1 of 2 (50.0 %)",
  });
});

test("of a range or fingerprint the party counts once, however many sources it has", () => {
  const members = [1, 2, 3].map((host) =>
    judged(5, { truth: { source: `203.0.113.${host}/32`, kind: "distributed-range" } }),
  );
  const group: JudgedGroup = {
    ...{ detection: "distributed-range", size: "slow" as const, group: "203.0.113.0/24", seenAt: MONDAY },
    ...{ members: new Set(members.map(({ truth }) => truth)), offenders: 3, benign: 0 },
  };
  const figures = detectionFigures([{ sources: members, groups: [group] }]);
  expect(figures.find(({ detection, size }) => detection === "distributed-range" && size === "slow")).toMatchObject({
    precision: "1 of 1 (100.0 %)",
    recall: "1 of 1 (100.0 %)",
  });
});

test("delays are minutes from the first offence, of those that were found", () => {
  const sources = [judged(1, { seenAt: MONDAY + 30 * MINUTE }), judged(1), judged(1, { seenAt: MONDAY + 5 * MINUTE })];
  expect(delays(sources, "seenAt")).toEqual([5, 30]);
  expect(quantile([5, 30], 0.5)).toBe(30);
  expect(quantile([], 0.5)).toBeNull();
});
