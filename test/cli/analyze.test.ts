import { readFileSync } from "node:fs";

import { analyze } from "../../cli/analyze.ts";
import type { AnalyzeReport } from "../../functions/domain/analysis.ts";
import { MINUTE, SECOND } from "../../functions/domain/instant.ts";
import { logFolder, writeLogs } from "../detect/log-folder.ts";
import { aCall, type Call, errors, homes, office, series, srpSignIn, subOf, T0 } from "../detect/traffic.ts";

const folder = logFolder();
afterAll(() => folder.remove());

async function report(calls: readonly Call[], kinds?: Parameters<typeof writeLogs>[2]): Promise<AnalyzeReport> {
  const { report } = await analyze(writeLogs(folder, calls, kinds));
  return report;
}

const spraySource = (index: number) =>
  index % 2 === 0 ? `203.0.113.${index + 1}` : `2001:db8:${index}:1::${index + 1}`;
const spray = Array.from({ length: 24 }, (_, source) =>
  series(12 + (source % 3), 9 * SECOND, (index) => ({
    ip: spraySource(source),
    user: `victim-${source}-${index}`,
    error: errors.wrongPassword,
  })),
).flat();
const signUps = series(60, 1.5 * SECOND, (index) => ({
  ip: "198.51.100.250",
  operation: "SignUp",
  user: `bot-${index}`,
}));
const bypass = series(24, 4 * SECOND, (index) => ({
  ip: "192.0.2.99",
  path: "direct",
  user: `user-${index}`,
  error: errors.secretMissing,
}));
const benign = [...homes(), ...office(24)];

describe("the attack of the demo among benign users", () => {
  let result: AnalyzeReport;
  beforeAll(async () => {
    result = await report([...benign, ...spray, ...signUps, ...bypass]);
  });

  test("bans every attacker hands-off and nobody else", () => {
    const banned = result.sources.filter(({ verdict }) => verdict === "ban");
    const expected = new Set(spray.map(({ ip }) => (ip.includes(":") ? ip.replace(/::.*/, "::/64") : `${ip}/32`)));
    expect(new Set(banned.map(({ source }) => source))).toEqual(
      new Set([...expected, "198.51.100.250/32", "192.0.2.99/32"]),
    );
    expect(banned.every(({ handsOff, needsPerson }) => handsOff && needsPerson.length === 0)).toBe(true);
    expect(result.totals).toMatchObject({ sources: 67, ban: 26, ignore: 41 });
  });

  test("tells over time what it counts, of all calls and of each source", () => {
    const sumOf = (counts: readonly number[] | undefined) => (counts ?? []).reduce((sum, count) => sum + count, 0);
    expect(sumOf(result.series?.calls)).toBe(result.totals.calls);
    expect(result.sources.map(({ series }) => [sumOf(series?.calls), sumOf(series?.failures)])).toEqual(
      result.sources.map(({ calls, failures }) => [calls, failures]),
    );
    for (const { series } of result.sources)
      expect(series).toMatchObject({ from: result.series?.from, stepMinutes: result.series?.stepMinutes });
  });

  test.each([
    { case: "the spray", source: "203.0.113.1/32", detection: "password-spray" },
    { case: "the burst of sign-ups", source: "198.51.100.250/32", detection: "sign-up-burst" },
    { case: "the direct caller", source: "192.0.2.99/32", detection: "direct-bypass" },
  ])("gives the reason of $case", ({ source, detection }) => {
    const reasons = result.sources.find((verdict) => verdict.source === source)?.reasons;
    expect(reasons?.map((reason) => reason.detection)).toContain(detection);
  });

  test("counts a direct call that two logs have seen once", () => {
    expect(result.sources.find(({ source }) => source === "192.0.2.99/32")).toMatchObject({
      calls: 24,
      failures: 24,
      paths: ["direct"],
    });
  });

  test("says where each number comes from", () => {
    expect(result.inputs.every(({ records, accepted }) => records === accepted && accepted > 0)).toBe(true);
    expect(result.evidenceCompleteTo).not.toBeNull();
    expect(result.warnings).toEqual([]);
  });
});

describe("benign users", () => {
  const deadRefresh = series(6, SECOND, () => ({
    flow: "REFRESH_TOKEN_AUTH",
    user: null,
    error: errors.deadRefresh,
    served: "GetTokensFromRefreshToken",
  }));
  const faults = series(40, SECOND, (index) => ({ user: `user-${index}`, error: errors.secretWrong }));
  test.each([
    { case: "an office of two hundred behind one address", calls: office(200) },
    { case: "homes with a typing error", calls: homes() },
    { case: "a tab with a dead refresh token", calls: deadRefresh },
    { case: "a phone with an old password", calls: series(30, 15 * SECOND, () => ({ error: errors.wrongPassword })) },
    { case: "everybody behind a proxy whose secret is wrong", calls: faults },
    {
      case: "nine typing errors of different people who then get in",
      calls: Array.from({ length: 9 }, (_, index) =>
        srpSignIn(T0 + index * 30 * SECOND, "192.0.2.50", `slip-${index}`, 1),
      ).flat(),
    },
  ])("$case: not banned", async ({ calls }) => {
    const { sources, totals } = await report(calls);
    expect(sources.filter(({ verdict }) => verdict === "ban")).toEqual([]);
    expect(totals.calls).toBe(calls.length);
  });

  test("refresh failures and our own faults are calls, not sign-in failures", async () => {
    const refused = [...deadRefresh, ...faults];
    const flood = series(400, 900, (index) => ({ ...refused[index % refused.length], at: T0 + index * 900 }));
    const { sources } = await report(flood);
    expect(sources[0]).toMatchObject({ calls: 400, failures: 0, verdict: "ban" });
    expect(sources[0]?.reasons.map(({ detection }) => detection)).toEqual(["call-rate"]);
  });
});

describe("what sends a ban to a person", () => {
  const attack = series(40, 5 * SECOND, (index) => ({ user: `victim-${index}`, error: errors.wrongPassword }));

  test("another user who got in from the same source", async () => {
    const { sources } = await report([...attack, ...srpSignIn(T0 + MINUTE, "203.0.113.7", "neighbour")]);
    expect(sources[0]).toMatchObject({ verdict: "ban", handsOff: false, needsPerson: ["no-baseline"] });
  });

  test("a share found while one log has not arrived", async () => {
    const few = series(40, 5 * SECOND, (index) => ({ user: `victim-${index % 4}`, error: errors.wrongPassword }));
    const later = series(1, 1, () => ({ ip: "198.51.100.9" }), T0 + 9 * MINUTE);
    const { cloudtrail } = writeLogs(folder, few, ["trail"]);
    const { waf } = writeLogs(folder, [...few, ...later], ["edge"]);
    const { report, endsEarly } = await analyze({ waf: waf ?? [], cloudtrail: cloudtrail ?? [] });
    expect(endsEarly).toBe(true);
    expect(report.warnings.join()).toContain("the CloudTrail log ends at");
    expect(report.sources[0]).toMatchObject({
      verdict: "ban",
      needsPerson: expect.arrayContaining(["incomplete-evidence"]),
    });
  });

  test("failures of nobody knows whom", async () => {
    const { sources } = await report(attack, ["edge", "cloudfront"]);
    expect(sources[0]).toMatchObject({ verdict: "ban", handsOff: false, needsPerson: ["low-confidence"] });
  });
});

describe("who is never an offender", () => {
  const attackFrom = (ip: string, path: "proxied" | "direct" = "proxied") =>
    series(60, 2 * SECOND, (index) => ({ ip, path, user: `victim-${index}`, error: errors.wrongPassword }));

  test.each(["10.1.2.3", "127.0.0.1", "169.254.1.1", "100.64.7.7", "192.168.0.9", "224.0.0.5", "fe80::1", "fd00::1"])(
    "%s, which no caller on the internet has",
    async (ip) => {
      const { sources } = await report(attackFrom(ip, "direct"), ["trail"]);
      expect(sources[0]).toMatchObject({ verdict: "watch", handsOff: false });
    },
  );

  test("a caller whom an AllowList rule lets through", async () => {
    const options = writeLogs(folder, attackFrom("203.0.113.7"));
    const allowed = readFileSync(options.waf?.[0] ?? "", "utf8").replaceAll("Default_Action", "AllowList");
    const { report } = await analyze({ ...options, waf: [folder.write("allowed.log", allowed)] });
    expect(report.sources[0]).toMatchObject({ verdict: "watch", handsOff: false });
  });

  test("a banned caller whom the DenyList keeps blocking, or a ban would feed itself", async () => {
    const blocked = series(900, 500, () => ({ blockedBy: ["DenyList", "REGULAR"] as const }));
    expect((await report(blocked)).sources).toEqual([]);
  });

  test("but one whom the rate rule blocks is", async () => {
    const blocked = series(900, 500, () => ({ blockedBy: ["RateLimit", "RATE_BASED"] as const }));
    expect((await report(blocked)).sources[0]).toMatchObject({ verdict: "ban", calls: 900 });
  });
});

test("lists the account that a spray got into", async () => {
  const attack = series(40, 5 * SECOND, (index) => ({
    user: `victim-${index}`,
    error: index === 30 ? null : errors.wrongPassword,
  }));
  const { accountsAtRisk, sources } = await report(attack);
  expect(sources[0]?.verdict).toBe("ban");
  expect(accountsAtRisk).toEqual([
    expect.objectContaining({ sub: subOf("victim-30"), source: "203.0.113.7/32", failedUsersBefore: 30 }),
  ]);
});

test("an attack ten times as large is banned no less", async () => {
  const attack = series(120, SECOND, (index) => ({ user: `victim-${index}`, error: errors.wrongPassword }));
  const tenfold = series(1200, 100, (index) => ({ user: `victim-${index}`, error: errors.wrongPassword }));
  const [small, large] = [await report(attack), await report(tenfold)];
  expect(large.sources[0]?.score).toBeGreaterThanOrEqual(small.sources[0]?.score ?? 101);
  expect(large.sources[0]).toMatchObject({ verdict: "ban", handsOff: true });
});

test("a slow spray that no short window shows is seen in the day", async () => {
  const slow = series(60, 20 * MINUTE, (index) => ({ user: `victim-${index}`, error: errors.unknownUser }));
  const { sources } = await report(slow);
  expect(sources[0]).toMatchObject({ verdict: "ban", calls: 60, failures: 60, distinctUsers: 60 });
});

test("addresses of one /64 are one source, an IPv4 address in IPv6 clothes is IPv4", async () => {
  const v6 = series(12, SECOND, (index) => ({
    ip: `2001:DB8:0:5:${index}::1`,
    user: `victim-${index}`,
    error: errors.wrongPassword,
  }));
  const v4 = series(12, SECOND, (index) => ({
    ip: index % 2 ? "203.0.113.7" : "::ffff:203.0.113.7",
    user: `other-${index}`,
    error: errors.wrongPassword,
  }));
  const { sources } = await report([...v6, ...v4]);
  expect(sources.map(({ source, calls }) => [source, calls])).toEqual([
    ["2001:db8:0:5::/64", 12],
    ["203.0.113.7/32", 12],
  ]);
});

test("a call carries the outcome of the viewer's request, not of its copies", async () => {
  const { totals } = await report([aCall(), aCall({ at: T0 + 1 })]);
  expect(totals).toEqual({ calls: 2, sources: 1, ban: 0, watch: 0, ignore: 1 });
});
