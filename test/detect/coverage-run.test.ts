import { coverageOfRun, isLookComplete } from "../../functions/detect/coverage-run.ts";
import { aRun, iso, MINUTE, NOW } from "./run-builders.ts";

const RANGE = Array.from({ length: 17 }, (_, index) => NOW - 15 * MINUTE + index * MINUTE);

const look = { from: NOW - 10 * MINUTE, to: NOW };

/** Each minute from a quarter past to `until`. */
const everyMinute = (calls: number, until = Number.POSITIVE_INFINITY) =>
  new Map(RANGE.filter((minute) => minute < until).map((minute) => [minute, calls]));

interface Parts {
  readonly edgeTo?: number;
  readonly trailTo?: number;
  readonly poolTo?: number;
  readonly category?: string;
}

/** Rows as Athena gives them: all text. */
function rowsOf({ edgeTo, trailTo, poolTo, category = "UserAuthentication" }: Parts) {
  const row = (log: string, of: string | null) => (slot: number) => {
    const rest = { client_id: null, pool_id: null, whole: "1", calls: "100" };
    return { log, category: of, slot: String(slot), ...rest };
  };
  return [
    ...[...everyMinute(1, edgeTo).keys()].map(row("edge", null)),
    ...[...everyMinute(1, poolTo).keys()].map(row("pool", null)),
    ...[...everyMinute(1, trailTo).keys()].map(row("trail", category)),
  ];
}

const counted = {
  edge: everyMinute(100),
  pool: everyMinute(100),
  categories: new Map([
    ["UserAuthentication", everyMinute(100)],
    ["UserCreation", everyMinute(0)],
  ]),
};
const facts = (parts: Parts = {}, readAt = NOW + 8 * MINUTE) => ({
  rows: { found: rowsOf(parts) },
  counted: { found: counted },
  readAt,
});

test("with every call of every log there, the look is complete to its end", () => {
  const coverage = coverageOfRun(aRun(), facts());
  expect(coverage).toMatchObject({ ratio: 1, gaps: [] });
  expect(isLookComplete(coverage, look)).toBe(true);
});

test.each([
  { log: "edge", parts: { edgeTo: NOW - 4 * MINUTE }, title: "The WAF log of the distribution" },
  { log: "pool", parts: { poolTo: NOW - 4 * MINUTE }, title: "The WAF log of the user pool" },
  { log: "trail", parts: { trailTo: NOW - 4 * MINUTE }, title: "CloudTrail" },
])("the log that lacks most decides, and is named with figures: $log", ({ parts, title }) => {
  const coverage = coverageOfRun(aRun(), facts(parts));
  expect(coverage.completeTo).toBe(NOW - 4 * MINUTE);
  expect(coverage.ratio).toBeCloseTo(11 / 17, 10);
  expect(coverage.gaps).toEqual([
    `${title} is complete only to ${iso(NOW - 4 * MINUTE).slice(0, 16)}Z; it holds 64 % of the 1700 calls that CloudWatch counted.`,
  ]);
  expect(isLookComplete(coverage, look)).toBe(false);
});

test("a deployment without web ACL on the pool needs no log of one", () => {
  const { rows, readAt } = facts({ poolTo: 0 });
  const coverage = coverageOfRun(aRun(), { rows, counted: { found: { ...counted, pool: null } }, readAt });
  expect(coverage.logs.map(({ log }) => log)).toEqual(["edge", "trail"]);
  expect(isLookComplete(coverage, look)).toBe(true);
});

test("calls of other categories do not stand in for those of the alarm's", () => {
  const coverage = coverageOfRun(aRun(), facts({ category: "UserCreation" }));
  expect(coverage).toMatchObject({ ratio: 0, completeTo: null });
  expect(coverageOfRun(aRun({ category: "all" }), facts({ category: "UserCreation" }))).toMatchObject({ ratio: 1 });
});

test("minutes that CloudWatch may not have counted yet are not complete, even if the log looks so", () => {
  const coverage = coverageOfRun(aRun(), facts({}, NOW + 4 * MINUTE));
  expect(coverage.completeTo).toBe(NOW - MINUTE);
  expect(isLookComplete(coverage, look)).toBe(false);
  expect(coverage.gaps).toHaveLength(3);
});

test("where nobody called, nothing is said to be held", () => {
  const none = { edge: new Map(), pool: null, categories: new Map() };
  const coverage = coverageOfRun(aRun(), { rows: { found: [] }, counted: { found: none }, readAt: NOW });
  expect(coverage.gaps[0]).toBe(
    `The WAF log of the distribution is complete only to ${iso(NOW - 5 * MINUTE).slice(0, 16)}Z; CloudWatch has counted no calls for it yet.`,
  );
});

test("counts with other dimensions than the config's make nothing complete, and are named", () => {
  const { rows, readAt } = facts();
  const misspelt = { ...counted, categories: new Map([["UserAuthentication", new Map()]]) };
  const coverage = coverageOfRun(aRun(), { rows, counted: { found: misspelt }, readAt });
  expect(coverage).toMatchObject({ ratio: null, completeTo: null });
  expect(coverage.gaps).toEqual([expect.stringMatching(/^CloudTrail holds 1700 calls .*other dimensions/)]);
});

test.each([
  { case: "the query failed", facts: { ...facts(), rows: { error: "States.Timeout" } }, told: "States.Timeout" },
  { case: "CloudWatch refused", facts: { ...facts(), counted: { error: "AccessDenied" } }, told: "AccessDenied" },
])("where $case, completeness is not known: stated, and nothing is complete", ({ facts: given, told }) => {
  const coverage = coverageOfRun(aRun(), given);
  expect(coverage).toMatchObject({ ratio: null, completeTo: null, logs: [] });
  expect(coverage.gaps).toEqual([expect.stringContaining(told)]);
  expect(isLookComplete(coverage, { from: NOW - 110 * MINUTE, to: NOW - 100 * MINUTE })).toBe(false);
});

describe("where the logs are too large to be counted in one query", () => {
  const half = { from: NOW - 5 * MINUTE, to: NOW };
  const sample = { from: NOW - 10 * MINUTE, to: NOW - 5 * MINUTE };

  test("their newer half tells of a look at that half, and of no more", () => {
    const coverage = coverageOfRun(aRun(), { ...facts(), part: "half" });
    expect([isLookComplete(coverage, half, "half"), isLookComplete(coverage, look)]).toEqual([true, false]);
    expect(coverage.gaps).toEqual([expect.stringContaining("for its newer half")]);
  });

  test("CloudTrail alone tells of a sample, whose outcomes it holds, and of nothing else", () => {
    const coverage = coverageOfRun(aRun(), { ...facts({ edgeTo: 0, poolTo: 0 }), part: "sample" });
    expect(coverage.logs.map(({ log }) => log)).toEqual(["trail"]);
    expect([isLookComplete(coverage, sample, "sample"), isLookComplete(coverage, sample)]).toEqual([true, false]);
    expect(coverage.gaps).toEqual([expect.stringContaining("of CloudTrail only")]);
  });

  test("a sample is not complete while CloudTrail is late, whatever the web ACLs' logs hold", () => {
    const late = coverageOfRun(aRun(), { ...facts({ trailTo: NOW - 7 * MINUTE }), part: "sample" });
    expect(isLookComplete(late, sample, "sample")).toBe(false);
    expect(isLookComplete(coverageOfRun(aRun(), facts({ edgeTo: 0 })), sample, "sample")).toBe(true);
  });
});
