/** The same hour as each set of logs tells it: which calls it has, with which outcomes, and each of them once. */

import { gatherCalls } from "../../cli/analysis.ts";
import { analyze } from "../../cli/analyze.ts";
import { SECOND } from "../../functions/domain/instant.ts";
import { queryRows } from "../../local/duckdb.ts";
import type { LogFile } from "../../local/log-files.ts";
import { logFolder } from "../detect/log-folder.ts";
import { errors, jsonLines, logsOf, series, trailFile, tsvFile } from "../detect/traffic.ts";

const folder = logFolder();
afterAll(() => folder.remove());

const SPRAY = "203.0.113.7";
const FLOOD = "203.0.113.8";
const BYPASS = "198.51.100.9";

const spray = series(60, 3 * SECOND, (index) => ({ ip: SPRAY, user: `victim-${index}`, error: errors.wrongPassword }));
// What the rate rule stops never reaches Cognito.
const flood = series(400, SECOND, (index) => ({
  ip: FLOOD,
  user: `user-${index % 3}`,
  ...(index < 300 ? { error: errors.wrongPassword } : { blockedBy: ["RateLimit", "RATE_BASED"] as const }),
}));
const bypass = series(50, 4 * SECOND, (index) => ({
  ip: BYPASS,
  path: "direct",
  user: `direct-${index}`,
  error: errors.secretMissing,
}));
const logs = logsOf([...spray, ...flood, ...bypass]);
const file = {
  edge: { kind: "waf", path: folder.write("edge.log", jsonLines(logs.edge)) },
  pool: { kind: "waf", path: folder.write("pool.log", jsonLines(logs.pool)) },
  trail: { kind: "cloudtrail", path: folder.write("trail.json", trailFile(logs.trail)) },
  cloudfront: { kind: "cloudfront", path: folder.write("cloudfront.tsv", tsvFile(logs.cloudFront)) },
} as const satisfies Record<string, LogFile>;
type Log = keyof typeof file;

/** By source: calls, and what is known of how they ended. */
async function told(wanted: readonly Log[]) {
  const evidence = await gatherCalls({ files: wanted.map((log) => file[log]), from: null, to: null, scope: null });
  try {
    const rows = await queryRows(
      evidence.connection,
      `select source_ip, outcome, error_kind, count(*)::int as n from calls group by all order by all`,
    );
    const bySource = (ip: string) =>
      rows
        .filter((row) => row["source_ip"] === `${ip}/32`)
        .map((row) => `${row["n"]} ${row["error_kind"] ?? row["outcome"]}`)
        .join(", ");
    return {
      accepted: Object.fromEntries(wanted.map((log, index) => [log, evidence.inputs[index]?.accepted])),
      spray: bySource(SPRAY),
      flood: bySource(FLOOD),
      bypass: bySource(BYPASS),
      calls: rows.reduce((sum, row) => sum + Number(row["n"]), 0),
    };
  } finally {
    evidence.close();
  }
}

const wholeStory = {
  spray: "60 wrong_credential",
  flood: "100 blocked, 300 wrong_credential",
  bypass: "50 secret_missing",
  calls: 510,
};

test.each<{ logs: readonly Log[]; expected: object }>([
  {
    logs: ["edge", "pool", "trail", "cloudfront"],
    expected: { accepted: { edge: 460, pool: 50, trail: 410, cloudfront: 460 }, ...wholeStory },
  },
  { logs: ["edge", "pool", "trail"], expected: { accepted: { edge: 460, pool: 50, trail: 410 }, ...wholeStory } },
  { logs: ["edge", "trail"], expected: { accepted: { edge: 460, trail: 410 }, ...wholeStory } },
])("$logs: the whole story, each call once", async ({ logs: wanted, expected }) => {
  expect(await told(wanted)).toEqual(expected);
});

test("CloudFront and CloudTrail: all outcomes, but not that a rule blocked", async () => {
  expect(await told(["cloudfront", "trail"])).toEqual({
    ...wholeStory,
    accepted: { cloudfront: 460, trail: 410 },
    flood: expect.stringMatching(/^100 \w+, 300 wrong_credential$|^300 wrong_credential, 100 \w+$/),
  });
});

test("CloudTrail alone: direct calls, since nobody vouches for the callers of the others", async () => {
  expect(await told(["trail"])).toEqual({
    accepted: { trail: 50 },
    spray: "",
    flood: "",
    bypass: "50 secret_missing",
    calls: 50,
  });
});

test("AWS WAF alone: all calls and what was blocked, no other outcome", async () => {
  expect(await told(["edge", "pool"])).toEqual({
    accepted: { edge: 460, pool: 50 },
    spray: "60 unknown",
    flood: "100 blocked, 300 unknown",
    bypass: "50 unknown",
    calls: 510,
  });
});

test("CloudFront alone: proxied calls by their status", async () => {
  const story = await told(["cloudfront"]);
  expect(story).toMatchObject({ accepted: { cloudfront: 460 }, bypass: "", calls: 460 });
  expect(story.spray).toMatch(/^60 /);
});

test.each<{ logs: readonly Log[]; banned: readonly string[] }>([
  { logs: ["edge", "pool", "trail"], banned: [BYPASS, SPRAY, FLOOD] },
  { logs: ["cloudfront", "trail"], banned: [BYPASS, SPRAY, FLOOD] },
  { logs: ["trail"], banned: [BYPASS] },
])("$logs are enough to see $banned", async ({ logs: wanted, banned }) => {
  const paths = (kind: LogFile["kind"]) =>
    wanted.map((log) => file[log]).flatMap((each) => (each.kind === kind ? [each.path] : []));
  const { report } = await analyze({
    ...(paths("waf").length > 0 ? { waf: paths("waf") } : {}),
    ...(paths("cloudfront").length > 0 ? { cloudfront: paths("cloudfront") } : {}),
    cloudtrail: paths("cloudtrail"),
  });
  expect(report.sources.map(({ source }) => source).sort()).toEqual(banned.map((ip) => `${ip}/32`).sort());
});

describe("a token that CloudFront's log vouches for", () => {
  const { trail } = logsOf(spray);
  const rows = logsOf(spray).cloudFront;
  const acceptedOf = async (records: readonly object[]) => {
    const { report } = await analyze({
      cloudtrail: [folder.write("claimed.json", JSON.stringify({ Records: records }))],
      cloudfront: [folder.write("vouching.tsv", tsvFile(rows))],
    });
    expect(report.totals.calls).toBe(60);
    return report.inputs.find(({ kind }) => kind === "cloudtrail")?.accepted;
  };

  test("is trusted once, however often its request id comes", async () => {
    const copies = Array.from({ length: 500 }, (_, index) => ({ ...trail[0], eventID: `copy-${index}` }));
    expect(await acceptedOf([...trail, ...copies])).toBe(60);
  });

  test("is not trusted with another caller in it", async () => {
    const turned = trail.map((record) => ({ ...record, userAgent: String(record["userAgent"]).replace(SPRAY, FLOOD) }));
    expect(await acceptedOf(turned)).toBe(0);
  });
});
