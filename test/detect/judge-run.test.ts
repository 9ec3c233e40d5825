import type { RunCoverage } from "../../functions/detect/coverage-run.ts";
import { judgeRun, ROW_LIMIT, withCoverage, withEvidence } from "../../functions/detect/judge-run.ts";
import { defaultPolicy } from "../../functions/domain/policy.ts";
import { aRun, iso, NOW } from "./run-builders.ts";

const rules = { policy: defaultPolicy, strikesOf: () => 0 };

/** A row as Athena gives it: all text. */
function row(source: string | null, parts: Record<string, string | null> = {}) {
  const both = {
    source_ip: source,
    calls: "1000",
    failures: "600",
    steps: "400",
    peak_per_minute: "300",
    active_minutes: "4",
  };
  const seen = { first_seen: String(NOW - 300_000), last_seen: String(NOW - 60_000) };
  const users = { tags: "200", failing_tags: "200", top_user_failures: "3" };
  return [
    { ...both, ...seen, path: null, operation: null, whole: "1", ...users, ...parts },
    { ...both, ...seen, path: "proxied", operation: "InitiateAuth", whole: "0", ...users, ...parts },
  ];
}

const short = (rows: readonly unknown[] | null, error = "no result") => ({ size: "short" as const, rows, error });
const slow = (rows: readonly unknown[] | null, error = "no result") => ({ size: "slow" as const, rows, error });

test("a source is judged over both windows, and those that did nothing are only counted", () => {
  const quiet = { calls: "2", failures: "0", steps: "2", tags: "1", failing_tags: "0", peak_per_minute: "1" };
  const rows = [...row("203.0.113.7"), ...row("198.51.100.9", { ...quiet, top_user_failures: "0" })];
  const judged = judgeRun(aRun(), [short(rows), slow(rows)], rules);
  expect(judged.verdicts.map(({ source, verdict }) => [source, verdict])).toEqual([["203.0.113.7/32", "ban"]]);
  expect(judged.counts).toEqual({ ban: 1, watch: 0, ignore: 1, calls: 1002 });
  expect(judged.missing).toEqual([]);
});

test("a source's calls over time are those of the window that saw most of it; all calls those of the short one", () => {
  const minuteOf = (at: number) => Math.floor(at / 60_000);
  const few = minuteOf(NOW - 300_000);
  const many = minuteOf(NOW) - (minuteOf(NOW) % 60) - 120;
  const seen = row("203.0.113.7", { series: `${few}:1000:600:0:0` });
  const longer = row("203.0.113.7", { calls: "1400", series: `${many}:1400:900:3:2` });
  const all = { scope: "step", step_at: String(few), whole: "1", calls: "1100", failures: "610", blocked: "4" };
  const judged = judgeRun(aRun(), [short([all, ...seen]), slow(longer)], rules);
  const { series } = judged.verdicts[0] ?? {};
  expect(series).toMatchObject({ from: aRun().slowWindow.from, stepMinutes: 60 });
  expect(series?.calls).toHaveLength(24);
  const step = (many - minuteOf(Date.parse(aRun().slowWindow.from))) / 60;
  expect([series?.calls, series?.failures, series?.successes, series?.refused].map((counts) => counts?.[step])).toEqual(
    [1400, 900, 3, 2],
  );
  expect(judged.series).toMatchObject({ from: aRun().shortWindow.from, stepMinutes: 1 });
  expect(judged.series?.calls).toEqual([0, 0, 0, 0, 0, 1100, 0, 0, 0, 0]);
  expect(judged.series?.refused[5]).toBe(4);
  expect(judgeRun(aRun(), [short(seen)], rules).verdicts[0]?.series?.calls[5]).toBe(1000);
});

test("who is kept out and goes on calling is told from the short window, and is no offender for it", () => {
  const kept = { calls: "900", failures: "0", steps: "0", blocked: "900", tags: "0", failing_tags: "0" };
  const judged = judgeRun(aRun(), [short(row("203.0.113.7", kept)), slow(row("203.0.113.9", kept))], rules);
  expect(judged.knocks).toEqual([{ source: "203.0.113.7/32", at: iso(NOW - 60_000), calls: 900 }]);
  expect(judged.counts).toMatchObject({ ban: 0, watch: 0 });
});

test("a window whose query failed is a stated gap, and the other window still bans", () => {
  const judged = judgeRun(aRun(), [short(row("203.0.113.7")), slow(null, "States.Timeout")], rules);
  expect(judged.counts.ban).toBe(1);
  expect(judged.missing).toEqual([expect.stringMatching(/^The slow window \(.*\) was not read.*States\.Timeout/)]);
});

test.each([
  {
    part: "half" as const,
    from: "2026-11-22T11:55:00",
    told: ["newer half", "11:55:00.000Z to 2026-11-22T12:00:00.000Z, 12 MB"],
  },
  {
    part: "sample" as const,
    from: "2026-11-22T11:50:00",
    told: ["one in 16", "11:50:00.000Z to 2026-11-22T11:55:00.000Z, 12 MB", "not multiplied"],
  },
])("what a $part proves stands: it bans, is stated, and its reasons name what was read", ({ part, from, told }) => {
  const window = { ...short(row("203.0.113.7")), part, bytesScanned: 12_345_678 };
  const judged = judgeRun(aRun(), [window], rules);
  expect(judged.counts).toMatchObject({ ban: 1, calls: 1000 });
  expect(judged.verdicts[0]?.reasons[0]?.window.from).toContain(from);
  expect(judged.verdicts[0]?.reasons[0]?.observed).toMatchObject({ failures: 600 });
  expect(judged.missing).toHaveLength(1);
  for (const text of [...told, "lower bounds"]) expect(judged.missing[0]).toContain(text);
});

test("without any evidence nobody is judged and both gaps are stated", () => {
  const judged = judgeRun(aRun(), [short(null), slow(null)], rules);
  expect(judged).toMatchObject({ verdicts: [], counts: { ban: 0, watch: 0, ignore: 0, calls: 0 } });
  expect(judged.missing).toHaveLength(2);
});

test("addresses that can never be blocked become no offenders", () => {
  const rows = ["10.0.0.1", "127.0.0.1", "fe80::/64"].flatMap((source) => row(source));
  expect(judgeRun(aRun(), [short(rows)], rules).counts.ban).toBe(0);
});

test("calls that name no source are stated and count against nobody", () => {
  const judged = judgeRun(aRun(), [short([...row(null), ...row("203.0.113.7")])], rules);
  expect(judged.missing).toEqual([expect.stringContaining("1000 calls of the short window with no usable source")]);
  expect(judged.counts.calls).toBe(2000);
});

test("a result as long as the query's limit is stated to be cut", () => {
  const rows = Array.from({ length: ROW_LIMIT / 2 }, (_, index) =>
    row(`2001:db8:${(index >> 8).toString(16)}:${(index & 255).toString(16)}::/64`),
  ).flat();
  const judged = judgeRun(aRun(), [slow(rows)], rules);
  expect(judged.missing).toEqual([expect.stringContaining("cut off")]);
  expect(judged.counts.ban).toBe(ROW_LIMIT / 2);
});

test("what was cut off is stated in sources and calls where the query tells it", () => {
  const rows = Array.from({ length: ROW_LIMIT / 2 }, (_, index) =>
    row(`2001:db8:${(index >> 8).toString(16)}:${(index & 255).toString(16)}::/64`, { calls: "10" }),
  ).flat();
  const sources = ROW_LIMIT / 2 + 311;
  const all = { scope: "all", whole: "1", sources: String(sources), calls: String(sources * 10) };
  const judged = judgeRun(aRun(), [slow([all, ...rows.slice(0, -1)])], rules);
  expect(judged.missing).toEqual([expect.stringContaining("312 more sources with 3120 calls")]);
  expect(judged.counts.calls).toBe(sources * 10);
});

test("a slow window of which only the newest hours could be read says so, and is judged by them", () => {
  const judged = judgeRun(aRun(), [{ ...slow(row("203.0.113.7")), part: "sample", bytesScanned: 9e8 }], rules);
  expect(judged.missing).toEqual([
    expect.stringMatching(
      /nor could half of it\. Read were its newest hours \(2026-11-22T10:00.* to 2026-11-22T12:00.*900 MB\)/,
    ),
  ]);
});

test("hours of which a sample is rolled up are named", () => {
  const run = aRun({ notRolledUp: { hours: [], days: [], sampled: ["2026-11-22-08"] } });
  expect(judgeRun(run, [slow(row("203.0.113.7"))], rules).missing).toEqual([
    expect.stringMatching(/^2026-11-22-08: of these hours a sample is rolled up.*lower bounds/),
  ]);
});

test("a fingerprint to look at is told in a sentence, a range is filed", () => {
  const crowd = {
    ...{ whole: "1", calls: "45", failures: "45", sources: "15", quiet_sources: "15", quiet_calls: "45" },
    ...{ first_seen: String(NOW - 300_000), last_seen: String(NOW - 60_000) },
  };
  const rows = [
    { ...crowd, scope: "range", source_range: "203.0.113.0/24" },
    { ...crowd, scope: "fingerprint", ja4: "t13d1516h2_8daaf6152771_b186095e22b6" },
  ];
  const judged = judgeRun(aRun(), [short(rows)], rules);
  expect(judged.verdicts).toEqual([
    expect.objectContaining({
      source: "203.0.113.0/24",
      handsOff: false,
      needsPerson: ["range", "incomplete-evidence"],
    }),
  ]);
  expect(judged.notes).toEqual([expect.stringMatching(/TLS fingerprint t13d1516h2.*rate rule/)]);
  expect(judged.missing).toEqual([]);
  expect(judged.verdicts[0]?.activity).toMatchObject([
    { operations: [{ operation: "all operations", calls: 45, failures: 45, successes: 0 }] },
  ]);
});

test("a row that is none of the query's is an error, not a quiet window", () => {
  expect(() => judgeRun(aRun(), [short([{ source_ip: "203.0.113.7", calls: "many" }])], rules)).toThrow(
    /cannot be read/,
  );
});

describe("the history", () => {
  const gotIn = row("203.0.113.7", { untroubled_tags: "1" });
  const judgedWith = (history: Parameters<typeof judgeRun>[2]["history"]) =>
    judgeRun(aRun(), [short(gotIn)], { ...rules, ...(history === undefined ? {} : { history }) });
  const known = (...rows: readonly unknown[]) => ({ rows: [{ days: "7", tags: "0", subs: "0" }, ...rows], error: "" });

  test("names the established users of an address", () => {
    const judged = judgedWith(known({ source_ip: "203.0.113.7", days: "5", tags: "12", subs: "0" }));
    expect(judged.verdicts[0]).toMatchObject({ needsPerson: ["shared-address"] });
  });

  test("that knows nobody there lets the ban through", () => {
    expect(judgedWith(known()).verdicts[0]).toMatchObject({ needsPerson: [] });
  });

  test("that was not read is a stated gap, and a person is asked", () => {
    const judged = judgedWith({ rows: null, error: "States.Timeout" });
    expect(judged.missing).toEqual([expect.stringMatching(/earlier days is not known.*States\.Timeout/)]);
    expect(judged.verdicts[0]).toMatchObject({ needsPerson: ["no-baseline"] });
  });

  test("of its newest days protects whom it names, and makes strangers of nobody", () => {
    const half = { ...known({ source_ip: "203.0.113.7", days: "2", tags: "12", subs: "0" }), part: "half" as const };
    expect(judgedWith(half)).toMatchObject({
      missing: [expect.stringContaining("Read were the last 4 days")],
      verdicts: [{ needsPerson: ["shared-address"] }],
    });
    expect(judgedWith({ ...known(), part: "sample" }).verdicts[0]).toMatchObject({ needsPerson: ["no-baseline"] });
  });

  test("that nobody asked for is no gap", () => {
    expect(judgedWith(undefined)).toMatchObject({ missing: [], verdicts: [{ needsPerson: ["no-baseline"] }] });
  });
});

describe("how complete the logs are", () => {
  const logsTo = (trailTo: number) => [
    { log: "edge" as const, rows: 100, counted: 100, ratio: 1, completeTo: NOW },
    { log: "trail" as const, rows: 100, counted: 100, ratio: 1, completeTo: trailTo },
  ];
  const coverage: RunCoverage = {
    ...{
      settled: { from: NOW - 900_000, to: NOW },
      logs: logsTo(NOW),
      completeTo: NOW,
      ratio: 1,
      gaps: [],
      trail: null,
    },
  };
  const late = {
    ...{ ...coverage, logs: logsTo(NOW - 60_000), completeTo: NOW - 60_000, ratio: 0.87 },
    gaps: ["CloudTrail holds 87 %."],
  };
  const crowd = { whole: "1", calls: "45", failures: "45", sources: "15", quiet_sources: "15", quiet_calls: "45" };
  const seen = { first_seen: String(NOW - 300_000), last_seen: String(NOW - 60_000) };
  const rows = [{ ...crowd, ...seen, scope: "range", source_range: "203.0.113.0/24" }];
  const needed = (size: typeof short, known?: RunCoverage) =>
    judgeRun(aRun(), [size(rows)], { ...rules, ...(known && { coverage: known }) });

  test("decides whether shares found in the short window stand", () => {
    expect(needed(short, coverage).verdicts[0]?.needsPerson).toEqual(["range"]);
    expect(needed(short, late).verdicts[0]?.needsPerson).toEqual(["range", "incomplete-evidence"]);
    expect(needed(short).verdicts[0]?.needsPerson).toEqual(["range", "incomplete-evidence"]);
  });

  test("is stated where it is not complete", () => {
    expect(needed(short, late).missing).toContain("CloudTrail holds 87 %.");
    expect(needed(short, coverage).missing).toEqual([]);
  });

  test.each(["half", "sample"] as const)("decides also where a %s was read", (part) => {
    const asked = (known: RunCoverage) => judgeRun(aRun(), [{ ...short(rows), part }], { ...rules, coverage: known });
    expect(asked(coverage).verdicts[0]?.needsPerson).toEqual(["range"]);
    const later = { ...late, logs: logsTo(NOW - 600_000) };
    expect(asked(later).verdicts[0]?.needsPerson).toEqual(["range", "incomplete-evidence"]);
  });

  test("travels with the run, and what a round before knew of it does not", () => {
    const ours = { clientIds: ["ours"], poolId: "eu-west-1_Ours" };
    const notOurs = { calls: 10, theirs: 9, completeTo: "2026-11-22T12:00:00.000Z", others: [] };
    const before = aRun({ notOurs, evidenceCompleteTo: null, coverage: null });
    const run = withCoverage(before, late, needed(short, late), ours);
    expect(run).toEqual({ ...aRun(), evidenceCompleteTo: "2026-11-22T11:59:00.000Z", coverage: 0.87 });
  });

  test("a run that found offenders among our calls is not told to be about others", () => {
    const ours = { clientIds: ["ours"], poolId: "eu-west-1_Ours" };
    const slots = [10, 9, 8, 7, 6, 5, 4, 3, 2, 1].map((minutes) => NOW - minutes * 60_000);
    const counts = new Map(slots.map((slot) => [slot, 100]));
    const named = slots.map((slot) => ({ category: null, clientId: "other", poolId: null, slot, calls: 100 }));
    const others = { ...coverage, trail: { rows: counts, counted: counts, named } };
    const quiet = judgeRun(aRun(), [short([])], rules);
    const found = judgeRun(aRun(), [short(row("203.0.113.7"))], rules);
    expect(withCoverage(aRun(), others, quiet, ours).notOurs).toMatchObject({ calls: 1000, theirs: 1000 });
    expect(found.counts.ban).toBe(1);
    expect(withCoverage(aRun(), others, found, ours)).not.toHaveProperty("notOurs");
  });
});

test("a round counts as evidence if one of its queries succeeded", () => {
  expect(withEvidence(aRun(), [short(null), slow([])]).evidenceRounds).toBe(1);
  expect(withEvidence(aRun({ evidenceRounds: 2 }), [short(null), slow(null)]).evidenceRounds).toBe(2);
});

describe("once a source was banned", () => {
  const claimedAt = NOW - 3_600_000;
  const cutAt = String(claimedAt + 180_000);
  const over = { bannedAt: claimedAt, claimedAt };
  const inForce = { bannedAt: null, claimedAt };
  const again = { bannedAt: null, claimedAt: NOW - 60_000 };
  test.each([
    { case: "the short window, which began after the ban", window: short, cut: null, answered: over, verdicts: 1 },
    { case: "the short window while the ban lasts", window: short, cut: null, answered: again, verdicts: 1 },
    {
      case: "the short window that holds the end of the deed",
      window: short,
      cut: null,
      answered: { ...again, bannedAt: NOW - 60_000 },
      verdicts: 0,
    },
    { case: "the slow window, cut at the ban that is over", window: slow, cut: cutAt, answered: over, verdicts: 1 },
    { case: "the slow window, cut at the ban in force", window: slow, cut: cutAt, answered: inForce, verdicts: 1 },
    { case: "the slow window that knows nothing of the ban", window: slow, cut: null, answered: over, verdicts: 0 },
    {
      case: "the slow window that knows nothing of the last claim",
      window: slow,
      cut: cutAt,
      answered: again,
      verdicts: 0,
    },
  ])("$case finds $verdicts", ({ window, cut, answered, verdicts }) => {
    const rows = row("203.0.113.7", { counted_from: cut });
    const judged = judgeRun(aRun(), [window(rows)], { ...rules, answeredOf: () => answered });
    expect(judged.verdicts).toHaveLength(verdicts);
  });

  test("its range is judged by the range's own bans", () => {
    const crowd = {
      ...{ scope: "range", source_range: "203.0.113.0/24", whole: "1", calls: "450", failures: "450", sources: "15" },
      ...{
        quiet_sources: "15",
        quiet_calls: "450",
        first_seen: String(NOW - 300_000),
        last_seen: String(NOW - 60_000),
      },
    };
    const judged = (counted_from: string | null) =>
      judgeRun(aRun(), [slow([{ ...crowd, counted_from }])], {
        ...rules,
        answeredOf: (source) => (source === "203.0.113.0/24" ? over : null),
      }).verdicts;
    expect(judged(null)).toEqual([]);
    expect(judged(cutAt)).toHaveLength(1);
  });
});

describe("what nobody has rolled up", () => {
  const gapsOf = (hours: readonly string[], days: readonly string[] = []) =>
    judgeRun(aRun({ notRolledUp: { hours: [...hours], days: [...days] } }), [short(row("203.0.113.7"))], rules);

  test("is stated with its hours", () => {
    expect(gapsOf(["2026-11-21-13", "2026-11-21-14", "2026-11-22-02"]).missing).toEqual([
      "The slow window lacks 3 of 24 hours: 2026-11-21-13, 2026-11-21-14, 2026-11-22-02.",
    ]);
  });

  test("is stated where it is all of it, and the short window still bans", () => {
    const judged = gapsOf(Array.from({ length: 24 }, (_, hour) => `2026-11-21-${hour}`));
    expect(judged.missing).toEqual([expect.stringMatching(/^None of the slow window's 24 hours is rolled up/)]);
    expect(judged.counts.ban).toBe(1);
  });

  test("a day's users are unknown, not nobody", () => {
    const gotIn = row("203.0.113.7", { untroubled_tags: "1" });
    const history = { rows: [{ days: "4", tags: "0", subs: "0" }], error: "" };
    const judged = (days: string[]) =>
      judgeRun(aRun({ notRolledUp: { hours: [], days } }), [short(gotIn)], { ...rules, history });
    expect(judged([]).verdicts[0]).toMatchObject({ needsPerson: [] });
    expect(judged(["2026-11-20"]).verdicts[0]).toMatchObject({ needsPerson: ["no-baseline"] });
    expect(judged(["2026-11-20"]).missing).toEqual([expect.stringContaining("Who came on 2026-11-20 is not known")]);
  });
});

test("a window without a call is a quiet one, as Athena tells it: a sum of nothing is no key at all", () => {
  const all = { scope: "all", whole: "1", sources: "0" };
  expect(judgeRun(aRun(), [slow([all])], rules)).toMatchObject({ verdicts: [], counts: { calls: 0 }, missing: [] });
});
