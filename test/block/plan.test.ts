import fc from "fast-check";
import { guardSource } from "../../functions/block/guards.ts";
import { countNewBans, type PlanInput, planBans } from "../../functions/block/plan.ts";
import type { Mode } from "../../functions/domain/ban.ts";
import { HOUR, MINUTE, toIso } from "../../functions/domain/instant.ts";
import { policySchema } from "../../functions/domain/policy.ts";
import type { SourceVerdict } from "../../functions/domain/verdict.ts";
import { aBan, aReason, aRun, aVerdict, exclusions, loneSource, NOON, policy } from "./builders.ts";

function planned(over: Partial<PlanInput> = {}) {
  return planBans({
    run: aRun(),
    verdicts: [aVerdict()],
    missing: [],
    totalCalls: 1000,
    mode: "enforce",
    policy,
    exclusions: exclusions(),
    targets: ["edge", "pool"],
    bans: new Map(),
    bansInHour: 0,
    undone: false,
    declined: new Set(),
    establishedUsers: null,
    usersInHour: 0,
    at: NOON,
    random: () => 0.5,
    ...over,
  });
}
const known = (...bans: ReturnType<typeof aBan>[]) => new Map(bans.map((ban) => [ban.source, ban]));

test("a certain offender is applied at once, at both doors, with its reasons", () => {
  expect(planned()).toMatchObject({
    apply: [{ source: "198.51.100.7/32", targets: ["edge", "pool"], minutes: 60, jitter: 0, score: 93 }],
    file: [],
    refuse: [],
    simulated: false,
    relief: { sources: 1, calls: 240, totalCalls: 1000 },
  });
});

test("jitter is drawn once a source, within its share", () => {
  expect(planned({ random: () => 0 }).apply[0]?.jitter).toBeCloseTo(-0.1);
  expect(planned({ random: () => 0.999 }).apply[0]?.jitter).toBeCloseTo(0.1);
});

test.each(["watch", "ignore"] as const)("a source whose verdict is %s appears nowhere", (verdict) => {
  const { apply, file, refuse } = planned({ verdicts: [aVerdict({ verdict })] });
  expect([apply, file, refuse]).toEqual([[], [], []]);
});

test("what the verdict leaves to a person is filed, for the longer time", () => {
  const verdicts = [aVerdict({ handsOff: false, needsPerson: ["shared-address"] })];
  expect(planned({ verdicts })).toMatchObject({ apply: [], file: [{ because: ["shared-address"], minutes: 240 }] });
});

test("a verdict that is not hands-off and says no reason is filed all the same", () => {
  expect(planned({ verdicts: [aVerdict({ handsOff: false })] })).toMatchObject({
    apply: [],
    file: [{ because: ["low-confidence"] }],
  });
});

describe("the guards", () => {
  test.each([
    { case: "an allow-listed address", source: "203.0.113.9/32", why: "allow-listed", matched: "203.0.113.0/24" },
    {
      case: "an allow-listed IPv6 source",
      source: "2001:db8:5:1::/64",
      why: "allow-listed",
      matched: "2001:db8:5::/48",
    },
    {
      case: "a range that holds an allow-listed address",
      source: "192.0.2.0/24",
      why: "allow-listed",
      matched: "192.0.2.77/32",
    },
    { case: "a private address", source: "10.1.2.3/32", why: "never-block", matched: "10.0.0.0/8" },
    { case: "a carrier-grade NAT address", source: "100.64.9.9/32", why: "never-block", matched: "100.64.0.0/10" },
    { case: "link-local IPv6", source: "fe80::/64", why: "never-block", matched: "fe80::/10" },
    { case: "a range wider than /24", source: "198.51.100.0/23", why: "too-wide", matched: "/24" },
    { case: "a range wider than /48", source: "2001:db8::/47", why: "too-wide", matched: "/48" },
    { case: "a host name", source: "cognito-idp.amazonaws.com", why: "not-an-address", matched: "" },
    { case: "an address with leading zeros", source: "198.051.100.7", why: "not-an-address", matched: "" },
  ])("$case is refused, however high its score, and it says why", ({ source, why, matched }) => {
    const allow = ["203.0.113.0/24", "2001:db8:5::/48", "192.0.2.77/32"];
    const plan = planned({ verdicts: [aVerdict({ source, score: 100 })], exclusions: exclusions({ allow }) });
    expect(plan).toMatchObject({ apply: [], file: [], refuse: [{ source, score: 100, why, matched }] });
  });

  test("an offender that the allow list lets through is only watched, and reported as allow-listed", () => {
    const spared = { verdict: "watch" as const, handsOff: false };
    const verdicts = [
      aVerdict({ ...spared, source: "203.0.113.9/32", score: 93 }),
      aVerdict({ ...spared, source: "203.0.113.10/32", score: 69 }),
      aVerdict({ ...spared, source: "198.51.100.9/32", score: 93 }),
    ];
    expect(planned({ verdicts, exclusions: exclusions({ allow: ["203.0.113.0/24"] }) })).toMatchObject({
      ...{ apply: [], file: [] },
      refuse: [{ source: "203.0.113.9/32", score: 93, why: "allow-listed", matched: "203.0.113.0/24" }],
    });
  });

  test("own egress is never blocked", () => {
    const own = exclusions({ never: ["198.51.100.0/28"] });
    expect(planned({ exclusions: own }).refuse).toMatchObject([{ why: "never-block", matched: "198.51.100.0/28" }]);
  });

  test("evidence from before the run's windows bans nobody", () => {
    const verdicts = [aVerdict({ lastSeen: toIso(NOON - 25 * HOUR) })];
    expect(planned({ verdicts })).toMatchObject({ apply: [], refuse: [{ why: "stale-evidence" }] });
  });

  test("a source that a person has released not long ago is a person's to ban again", () => {
    const bans = known(aBan({ status: "released", noRebanBefore: toIso(NOON + MINUTE) }));
    expect(planned({ bans })).toMatchObject({ apply: [], file: [{ because: ["released-by-person"] }] });
    const over = known(aBan({ status: "released", noRebanBefore: toIso(NOON) }));
    expect(planned({ bans: over }).apply).toHaveLength(1);
  });

  test("a run that was undone bans nobody hands-off any more", () => {
    expect(planned({ undone: true })).toMatchObject({ apply: [], file: [{ because: ["run-undone"] }] });
  });

  test("what a person has just declined is not filed again", () => {
    expect(planned({ declined: new Set(["198.51.100.7/32"]) })).toMatchObject({
      ...{ apply: [], file: [] },
      refuse: [{ why: "declined-by-person" }],
    });
  });
});

test("nobody is asked about a source whose ban stands already", () => {
  const verdicts = [aVerdict({ handsOff: false, needsPerson: ["shared-address"] })];
  expect(planned({ verdicts, bans: known(aBan()) })).toMatchObject({
    ...{ apply: [], file: [] },
    refuse: [{ why: "already-banned" }],
  });
});

test.each<{ mode: Mode; apply: number; file: number; refuse: number; simulated: boolean }>([
  { mode: "enforce", apply: 1, file: 0, refuse: 0, simulated: false },
  { mode: "approve", apply: 0, file: 1, refuse: 0, simulated: false },
  { mode: "observe", apply: 1, file: 0, refuse: 0, simulated: true },
  { mode: "paused", apply: 0, file: 0, refuse: 1, simulated: false },
])("mode $mode", ({ mode, apply, file, refuse, simulated }) => {
  const plan = planned({ mode });
  expect([plan.apply.length, plan.file.length, plan.refuse.length]).toEqual([apply, file, refuse]);
  expect(plan.simulated).toBe(simulated);
});

describe("the hourly limit", () => {
  const crowd = (count: number) =>
    Array.from({ length: count }, (_, n) => aVerdict({ source: loneSource(n), score: 70 + (n % 30) }));

  test("an attack ten times over it still has its strongest 500 banned at once, and the rest filed", () => {
    const plan = planned({ verdicts: crowd(5_000) });
    expect(plan.apply).toHaveLength(500);
    expect(plan.file).toHaveLength(4_500);
    const weakest = Math.min(...plan.apply.map(({ score }) => score));
    expect(plan.file.every(({ score, because }) => score <= weakest && because.includes("over-limit"))).toBe(true);
  });

  test("the rest is filed with the rules that would catch it", () => {
    const peaked = (source: string, peakPerMinute: number) =>
      aVerdict({ source, reasons: [aReason({ detection: "call-rate", observed: { peakPerMinute } })] });
    const verdicts = Array.from({ length: 100 }, (_, n) =>
      peaked(n < 40 ? `203.0.113.${n}/32` : loneSource(n * 200), 50 + n),
    );
    const { notes } = planned({ verdicts, policy: policySchema.parse({ guards: { hourlyBans: 1 } }) });
    expect(notes).toEqual([
      expect.stringMatching(
        /^99 sources are beyond the limit of 1 automatic ban in an hour.*a rate rule of \d+ calls a minute and address \((9\d) of 99\); a ban of 203\.0\.113\.0\/24 \((39|40) of 99\)/,
      ),
    ]);
  });

  test("where no rule would catch the rest, it says so; where nothing is left over, it says nothing", () => {
    const slow = [0, 200, 400].map((n) => aVerdict({ source: loneSource(n), reasons: [aReason({ observed: {} })] }));
    const tight = policySchema.parse({ guards: { hourlyBans: 1 } });
    expect(planned({ verdicts: slow, policy: tight }).notes).toEqual([expect.stringContaining("no rule on rate or")]);
    expect(planned({ verdicts: slow })).not.toHaveProperty("notes");
  });

  test("counts what the hour has seen already", () => {
    expect(planned({ verdicts: crowd(10), bansInHour: 495 })).toMatchObject({
      apply: { length: 5 },
      file: { length: 5 },
    });
    expect(planned({ verdicts: crowd(10), bansInHour: 700 }).apply).toHaveLength(0);
  });

  test("a source that is banned already takes no place", () => {
    const verdicts = crowd(3);
    const bans = known(...verdicts.slice(0, 2).map(({ source }) => aBan({ source })));
    const plan = planned({ verdicts, bans, policy: policySchema.parse({ guards: { hourlyBans: 1 } }) });
    expect(plan.apply).toHaveLength(3);
    expect(countNewBans(plan, bans, NOON)).toBe(1);
  });

  test("a simulated ban is none where bans are real", () => {
    const bans = known(aBan({ simulated: true }));
    expect(countNewBans(planned({ bans }), bans, NOON)).toBe(1);
  });
});

test("every offender ends up in exactly one list, whatever comes", () => {
  const verdict = fc.record({
    source: fc.oneof(
      fc.ipV4().map((ip) => `${ip}/32`),
      fc.constantFrom("nonsense", "0.0.0.0/0", "2001:db8::/64"),
    ),
    score: fc.integer({ min: 0, max: 100 }),
    handsOff: fc.boolean(),
    verdict: fc.constantFrom<"ban" | "watch">("ban", "watch"),
  });
  fc.assert(
    fc.property(
      fc.uniqueArray(verdict, { selector: ({ source }) => source }),
      fc.constantFrom<Mode>("enforce", "approve", "observe", "paused"),
      fc.nat(600),
      (list, mode, bansInHour) => {
        const verdicts = list.map((over) => aVerdict(over));
        const { apply, file, refuse } = planned({ verdicts, mode, bansInHour });
        const placed = [...apply, ...file, ...refuse].map(({ source }) => source).sort();
        const offends = ({ verdict, score, source }: SourceVerdict) =>
          verdict === "ban" || (score >= 70 && guardSource(source, exclusions()) !== null);
        expect(placed).toEqual(verdicts.flatMap((one) => (offends(one) ? [one.source] : [])).sort());
      },
    ),
  );
});
