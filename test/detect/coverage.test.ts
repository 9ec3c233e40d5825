import fc from "fast-check";

import { type Coverage, coverageOf, type MinuteCounts } from "../../functions/detect/coverage.ts";
import { MINUTE } from "../../functions/domain/instant.ts";

const counts = (...calls: readonly number[]): MinuteCounts =>
  new Map(calls.map((made, index) => [index * MINUTE, made]));
const of = (rows: readonly number[], counted: readonly number[]) =>
  coverageOf({ rows: counts(...rows), counted: counts(...counted) }, { from: 0, to: counted.length * MINUTE });
const minutes = ({ completeTo }: Coverage) => (completeTo === null ? null : completeTo / MINUTE);

test.each([
  { case: "all there", rows: [100, 100], counted: [100, 100], ratio: 1, completeTo: 2 },
  { case: "one in fifty missing", rows: [98, 98], counted: [100, 100], ratio: 0.98, completeTo: 2 },
  { case: "one in thirty missing", rows: [97, 97], counted: [100, 100], ratio: 0.97, completeTo: null },
  { case: "the end missing", rows: [100, 100, 0], counted: [100, 100, 50], ratio: 0.8, completeTo: 2 },
  { case: "a file in the middle missing", rows: [100, 0, 100], counted: [100, 100, 100], ratio: 2 / 3, completeTo: 1 },
  { case: "a minute without calls", rows: [100, 0, 100], counted: [100, 0, 100], ratio: 1, completeTo: 3 },
  { case: "no calls at all", rows: [0, 0], counted: [0, 0], ratio: 1, completeTo: 2 },
  { case: "calls a moment later in the log", rows: [90, 100, 110], counted: [100, 100, 100], ratio: 1, completeTo: 3 },
  {
    case: "calls a moment earlier in the log",
    rows: [110, 100, 90],
    counted: [100, 100, 100],
    ratio: 1,
    completeTo: 3,
  },
  { case: "a metric in steps of five", rows: [9, 9, 9, 9, 9], counted: [45, 0, 0, 0, 0], ratio: 1, completeTo: 5 },
  { case: "half a step of five", rows: [9, 9, 9, 0, 0], counted: [45, 0, 0, 0, 0], ratio: 0.6, completeTo: null },
  {
    case: "more rows than calls, then fewer",
    rows: [500, 0, 0],
    counted: [100, 100, 100],
    ratio: 2 / 3,
    completeTo: 2,
  },
])("$case", ({ rows, counted, ratio, completeTo }) => {
  const coverage = of(rows, counted);
  expect(coverage.ratio).toBeCloseTo(ratio, 10);
  expect(minutes(coverage)).toBe(completeTo);
});

test("a metric that counts nothing of what the log holds makes nothing complete", () => {
  expect(of([10, 10], [0, 0])).toEqual({ rows: 20, counted: 0, ratio: null, completeTo: null });
});

const calls = fc.integer({ min: 0, max: 500 });
const traffic = fc.array(calls, { minLength: 1, maxLength: 20 }).filter((counted) => counted.some((made) => made > 0));
/** Counts, and rows of which any part may be missing or too many. */
const partial = traffic.chain((counted) =>
  fc.tuple(
    fc.constant(counted),
    fc.array(fc.integer({ min: 0, max: 600 }), { minLength: counted.length, maxLength: counted.length }),
  ),
);
const later = (a: Coverage, b: Coverage) => (a.completeTo ?? -1) - (b.completeTo ?? -1);

test("rows that come in make nothing less complete", () => {
  fc.assert(
    fc.property(partial, fc.nat(), fc.integer({ min: 1, max: 500 }), ([counted, rows], at, more) => {
      const before = of(rows, counted);
      const after = of(
        rows.map((made, index) => (index === at % rows.length ? made + more : made)),
        counted,
      );
      expect(later(after, before)).toBeGreaterThanOrEqual(0);
      expect(after.ratio ?? 0).toBeGreaterThanOrEqual(before.ratio ?? 0);
    }),
  );
});

test("all rows there are complete to the end, however far into a neighbouring minute each was placed", () => {
  const moved = traffic.chain((counted) =>
    fc.tuple(
      fc.constant(counted),
      fc.array(fc.tuple(fc.float({ min: 0, max: 1, noNaN: true }), fc.constantFrom(-1, 1)), {
        minLength: counted.length,
        maxLength: counted.length,
      }),
    ),
  );
  fc.assert(
    fc.property(moved, ([counted, moves]) => {
      const rows = counted.map(() => 0);
      counted.forEach((made, index) => {
        const [part = 0, by = 1] = moves[index] ?? [];
        const to = Math.min(counted.length - 1, Math.max(0, index + by));
        const gone = Math.floor(part * made);
        rows[index] = (rows[index] ?? 0) + made - gone;
        rows[to] = (rows[to] ?? 0) + gone;
      });
      expect(of(rows, counted)).toMatchObject({ ratio: 1, completeTo: counted.length * MINUTE });
    }),
  );
});

test("a file that lacks more than one call in fifty of those before its end is never complete to there", () => {
  fc.assert(
    fc.property(traffic, fc.nat(), (counted, at) => {
      const cut = at % counted.length;
      const lost = counted[cut] ?? 0;
      const total = counted.reduce((sum, made) => sum + made, 0);
      fc.pre(lost > 0.02 * total);
      const coverage = of(
        counted.map((made, index) => (index === cut ? 0 : made)),
        counted,
      );
      expect(coverage.completeTo ?? 0).toBeLessThan(counted.length * MINUTE);
      expect(coverage.ratio).toBeLessThan(0.98);
    }),
  );
});

test("the ratio is a share", () => {
  fc.assert(
    fc.property(partial, ([counted, rows]) => {
      const { ratio } = of(rows, counted);
      expect(ratio).toBeGreaterThanOrEqual(0);
      expect(ratio).toBeLessThanOrEqual(1);
    }),
  );
});
