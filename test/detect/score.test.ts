import fc from "fast-check";

import { readProfiles } from "../../functions/detect/profiles.ts";
import { createJudge, type Look, scoreEvidence } from "../../functions/detect/score.ts";
import { cloudFrontRanges } from "../../functions/domain/cloudfront-ranges.ts";
import { MINUTE } from "../../functions/domain/instant.ts";
import { neverBlockRanges } from "../../functions/domain/never-block.ts";
import { defaultPolicy } from "../../functions/domain/policy.ts";
import { anOperation, aProfile, aSpray } from "./profile-builders.ts";
import { T0 } from "./traffic.ts";

const rules = { policy: defaultPolicy, neverBlock: neverBlockRanges() };
function aLook(overrides: Partial<Look> = {}): Look {
  return {
    size: "short",
    window: { from: T0, to: T0 + 10 * MINUTE },
    profiles: [aSpray(20)],
    complete: true,
    ...overrides,
  };
}
const scoreOf = (...looks: Look[]) => scoreEvidence({ ...rules, looks });

test("a clear attack is a ban that needs nobody, with the numbers it rests on", () => {
  const [verdict] = scoreOf(aLook());
  expect(verdict).toMatchObject({ source: "203.0.113.7/32", verdict: "ban", handsOff: true, needsPerson: [] });
  expect(verdict?.reasons[0]).toMatchObject({
    detection: "password-spray",
    observed: { distinctUsers: 20, failures: 20 },
    window: { from: "2026-11-22T10:00:00.000Z", to: "2026-11-22T10:10:00.000Z" },
  });
});

test("sources come with the highest score first, the quiet ones too", () => {
  const profiles = [aProfile({ source: "192.0.2.1/32" }), aSpray(6, { source: "192.0.2.2/32" }), aSpray(60)];
  expect(scoreOf(aLook({ profiles })).map(({ verdict }) => verdict)).toEqual(["ban", "watch", "ignore"]);
});

test("the worst window speaks, the largest one counts", () => {
  const slow = aLook({
    size: "slow",
    profiles: [aProfile({ operations: [anOperation({ calls: 500, successes: 400 })] })],
  });
  const [verdict] = scoreOf(slow, aLook());
  expect(verdict).toMatchObject({ verdict: "ban", calls: 500, successes: 400 });
});

test.each([
  { case: "another user got in there", change: { untroubledUsers: 1 } },
  { case: "somebody without a name got in there", change: { namelessSuccesses: 3 } },
])("no-baseline where $case", ({ change }) => {
  expect(scoreOf(aLook({ profiles: [aSpray(20, change)] }))[0]).toMatchObject({
    verdict: "ban",
    handsOff: false,
    needsPerson: ["no-baseline"],
  });
});

test("users seen in the slow window protect the address in the short one", () => {
  const slow = aLook({ size: "slow", profiles: [aSpray(60, { untroubledUsers: 2 })] });
  expect(scoreOf(aLook(), slow)[0]?.needsPerson).toEqual(["no-baseline"]);
});

describe("where history tells who came on earlier days", () => {
  const gotIn = { untroubledUsers: 2, namelessSuccesses: 1 };
  const verdictOf = (established: number | null, change = gotIn) =>
    scoreOf(aLook({ profiles: [aSpray(20, change)], establishedOf: () => established }))[0];

  test("an address with established users goes to a person, whoever got in during the window", () => {
    for (const change of [gotIn, { untroubledUsers: 0, namelessSuccesses: 0 }])
      expect(verdictOf(3, change)).toMatchObject({ verdict: "ban", handsOff: false, needsPerson: ["shared-address"] });
  });

  test("how many a ban would hit stands beside what was found", () => {
    expect(verdictOf(3)?.reasons[0]?.observed).toMatchObject({ failures: 20, establishedUsers: 3 });
    expect(verdictOf(0)?.reasons[0]?.observed).not.toHaveProperty("establishedUsers");
  });

  test("successes bought within the window protect nothing", () => {
    expect(verdictOf(0)).toMatchObject({ verdict: "ban", handsOff: true, needsPerson: [] });
  });

  test("as long as it tells nothing they do", () => {
    expect(verdictOf(null)?.needsPerson).toEqual(["no-baseline"]);
  });

  test("a fingerprint is no address: its name is not looked up", () => {
    const asked: string[] = [];
    const establishedOf = (source: string) => {
      asked.push(source);
      return 0;
    };
    const profiles = Array.from({ length: 6 }, (_, index) => aSpray(2, { source: `203.0.113.${index}/32` }));
    const crowd = { sources: 60, goodSources: 0, quietSources: 60, quietCalls: 600 };
    const group = aSpray(600, { scope: "fingerprint", source: "t13d1516h2_8daaf6152771", crowd });
    scoreOf(aLook({ profiles, groups: [group], establishedOf }));
    expect(asked.filter((source) => !source.includes("/"))).toEqual([]);
  });
});

test("an absolute finding stands on incomplete evidence, a share does not", () => {
  const ratio = aProfile({
    operations: [anOperation({ calls: 40, failures: 40, distinctUsers: 4, failingUsers: 4, topUserFailures: 10 })],
  });
  expect(scoreOf(aLook({ complete: false }))[0]?.handsOff).toBe(true);
  expect(scoreOf(aLook({ complete: false, profiles: [ratio] }))[0]).toMatchObject({
    verdict: "ban",
    needsPerson: ["incomplete-evidence"],
  });
  expect(scoreOf(aLook({ profiles: [ratio] }))[0]?.handsOff).toBe(true);
});

test("one certain window is enough, however uncertain the others", () => {
  const certain = aLook();
  const uncertain = aLook({ complete: false, window: { from: T0 + MINUTE, to: T0 + 11 * MINUTE } });
  expect(scoreOf(uncertain, certain)[0]?.handsOff).toBe(true);
});

test.each(["10.0.0.7/32", "100.64.3.4/32", "fe80::/64", cloudFrontRanges.ranges[0] ?? ""])(
  "%s is watched at most",
  (source) => {
    expect(scoreOf(aLook({ profiles: [aSpray(500, { source })] }))[0]).toMatchObject({
      verdict: "watch",
      handsOff: false,
    });
  },
);

test.each(["192.0.2.9/32", "198.51.100.9/32", "203.0.113.9/32", "2001:db8:9:9::/64"])(
  "%s is a source like any other",
  (source) => {
    expect(scoreOf(aLook({ profiles: [aSpray(20, { source })] }))[0]?.verdict).toBe("ban");
  },
);

test("a caller on an allow list is watched at most", () => {
  expect(scoreOf(aLook({ profiles: [aSpray(20, { allowListed: 1 })] }))[0]?.verdict).toBe("watch");
});

test("a known offender needs less, but never next to nothing", () => {
  const looks = [aLook({ profiles: [aSpray(9)] })];
  expect(scoreEvidence({ ...rules, looks })[0]?.verdict).toBe("watch");
  expect(scoreEvidence({ ...rules, looks, strikesOf: () => 2 })[0]?.verdict).toBe("ban");
  const weak = [aLook({ profiles: [aSpray(5)] })];
  expect(scoreEvidence({ ...rules, looks: weak, strikesOf: () => 100 })[0]?.verdict).toBe("watch");
});

test("more failing users never score less", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5_000 }), fc.integer({ min: 1, max: 5_000 }), (a, b) => {
      const score = (users: number) => scoreOf(aLook({ profiles: [aSpray(users)] }))[0]?.score ?? 0;
      expect(score(Math.max(a, b))).toBeGreaterThanOrEqual(score(Math.min(a, b)));
    }),
  );
});

describe("rows of the evidence query", () => {
  const row = (change: Record<string, unknown>) => ({
    source_ip: "203.0.113.7",
    whole: "0",
    path: "direct",
    operation: "InitiateAuth",
    calls: "4",
    first_seen: "1795341600000",
    last_seen: "1795341600000",
    ...change,
  });
  const pair = (change: Record<string, unknown>) => [
    row({ ...change, whole: "1", path: undefined, operation: undefined }),
    row(change),
  ];

  test("Athena's texts and missing keys are read, sources are made canonical", () => {
    const { profiles } = readProfiles([...pair({}), ...pair({ source_ip: "2001:db8:0:5::/64" })]);
    expect(profiles.map(({ source, calls, paths }) => [source, calls, paths])).toEqual([
      ["203.0.113.7/32", 4, ["direct"]],
      ["2001:db8:0:5::/64", 4, ["direct"]],
    ]);
  });

  test("what is nobody's is counted, not ranked", () => {
    const carrier = cloudFrontRanges.ranges[0]?.split("/")[0];
    const { profiles, unattributed } = readProfiles([
      ...pair({ source_ip: carrier }),
      ...pair({ source_ip: "010.0.0.1" }),
      ...pair({ source_ip: null, ip_mismatches: "1" }),
    ]);
    expect(profiles).toEqual([]);
    expect(unattributed).toEqual({ noAddress: 7, infrastructure: 4, ipMismatch: 1 });
  });

  test("a row of another query is refused, so that it can't read as a quiet window", () => {
    expect(() => readProfiles([{ source_ip: "203.0.113.7", calls: "many" }])).toThrow(/evidence query/);
  });
});

test("an even pace on one user and many calls add up to a ban that a person decides", () => {
  const guesses = {
    calls: 60,
    failures: 60,
    topUserFailures: 60,
    topUserGuesses: 60,
    guessMinutes: 10,
    peakGuesses: 6,
  };
  const retries = anOperation({ operation: "GetUser", calls: 200, faults: 200 });
  const judge = createJudge(defaultPolicy);
  const judgement = judge(aProfile({ operations: [anOperation(guesses), retries] }), {
    ...{ size: "short", window: { from: T0, to: T0 + 10 * MINUTE }, complete: true },
  });
  expect(judgement?.reasons.map(({ detection }) => detection).sort()).toEqual(["brute-force", "call-rate"]);
  expect(judgement?.score).toBeGreaterThanOrEqual(defaultPolicy.score.ban);
  expect(judgement?.needs).toEqual(["low-confidence"]);
});
