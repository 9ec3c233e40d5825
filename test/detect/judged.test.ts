/** What a round tells beside its verdicts: whom its bans relieve the quota of, what of it counts for nobody, what it lacks. */
import { type Judged, judgeRun, scoreResult, suspects } from "../../functions/detect/judge-run.ts";
import { hoursIn } from "../../functions/detect/rollup.ts";
import { HOUR } from "../../functions/domain/instant.ts";
import { defaultPolicy } from "../../functions/domain/policy.ts";
import { aRun, NOW } from "./run-builders.ts";

const rules = { policy: defaultPolicy, strikesOf: () => 0 };
const counts = { calls: "1000", failures: "600", steps: "400", peak_per_minute: "300", active_minutes: "4" };
const seen = { first_seen: String(NOW - 300_000), last_seen: String(NOW - 60_000) };
const users = { tags: "200", failing_tags: "200", top_user_failures: "3" };
const rowsOf = (source_ip: string | null, over = {}, operation = {}) => [
  { source_ip, ...counts, ...seen, ...users, whole: "1", ...over },
  {
    source_ip,
    ...counts,
    ...seen,
    ...users,
    whole: "0",
    path: "proxied",
    operation: "InitiateAuth",
    ...over,
    ...operation,
  },
];
const window = (size: "short" | "slow", rows: readonly unknown[] | null) => ({ size, rows, error: "Lost" });

test("the quota's calls are those of the short window, told of whom is banned and of nobody else", () => {
  const run = aRun({ category: "UserAuthentication" });
  const watched = {
    calls: "6",
    failures: "6",
    steps: "0",
    tags: "6",
    failing_tags: "6",
    peak_per_minute: "6",
    top_user_failures: "1",
  };
  const rows = [...rowsOf("203.0.113.7"), ...rowsOf("198.51.100.9", watched)];
  const judged = judgeRun(run, [window("slow", rows), window("short", rows)], rules);
  expect(judged.verdicts.map(({ verdict, quotaCalls }) => [verdict, quotaCalls])).toEqual([
    ["ban", 1000],
    ["watch", undefined],
  ]);
  expect(judged.counts).toMatchObject({ ban: 1, watch: 1, ignore: 0 });
  expect(judged.quotaCalls).toBe(1006);
  const slowOnly = judgeRun(run, [window("slow", rows), window("short", null)], rules);
  expect(slowOnly).not.toHaveProperty("quotaCalls");
  expect(slowOnly).not.toHaveProperty("series");
  expect(slowOnly.missing.join(" ")).toMatch(
    /^The short window \(.* to .*\) was not read: its query failed with Lost\./,
  );
});

test("calls of nobody count with all calls, and each kind is said once", () => {
  const run = aRun();
  const nobody = {
    source_ip: null,
    whole: "0",
    path: "direct",
    operation: "InitiateAuth",
    calls: "9",
    ip_mismatches: "4",
  };
  const judged = judgeRun(run, [window("short", [...rowsOf("203.0.113.7"), nobody])], rules);
  expect(judged.counts.calls).toBe(1009);
  expect(judged.missing).toEqual([
    "5 calls of the short window with no usable source: evidence against nobody.",
    "4 calls of the short window with two different sources: evidence against nobody.",
  ]);
  const all = { scope: "all", whole: "1", calls: "2000", sources: "1" };
  expect(judgeRun(run, [window("short", [all, ...rowsOf("203.0.113.7")])], rules).counts.calls).toBe(2000);
});

test("what is not rolled up is named, six partitions at most", () => {
  const { from } = aRun().slowWindow;
  const hours = hoursIn({ from: Date.parse(from), to: Date.parse(from) + 7 * HOUR });
  const gapsOf = (notRolledUp: { hours: string[]; days: string[] }) =>
    judgeRun(aRun({ notRolledUp }), [], rules).missing;
  expect(gapsOf({ hours: hours.slice(0, 6), days: [] })).toEqual([
    `The slow window lacks 6 of 24 hours: ${hours.slice(0, 6).join(", ")}.`,
  ]);
  expect(gapsOf({ hours, days: [] })).toEqual([
    `The slow window lacks 7 of 24 hours: ${hours.slice(0, 6).join(", ")} and 1 more.`,
  ]);
  expect(gapsOf({ hours: [], days: [] })).toEqual([]);
});

test("only sources with something against them are suspects", () => {
  const verdicts = [
    { source: "192.0.2.1/32", score: 1 },
    { source: "192.0.2.2/32", score: 0 },
  ];
  expect(suspects({ verdicts } as unknown as Judged)).toEqual(["192.0.2.1/32"]);
});

test("the next state gets counts and gaps, and the key of the verdicts in place of them", () => {
  const run = aRun();
  const judged = judgeRun(run, [window("short", rowsOf("203.0.113.7")), window("slow", null)], rules);
  const { counts: told, missing, notes, ...rest } = scoreResult(run, judged);
  expect({ told, missing, notes }).toEqual({ told: judged.counts, missing: judged.missing, notes: judged.notes });
  expect(rest).toEqual({ schema: 1, run, verdictsKey: expect.stringContaining(run.runId) });
  expect(missing).toHaveLength(1);
});
