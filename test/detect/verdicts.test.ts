/** How what several looks say about one source becomes one verdict: at the limits, among equals, and where people are behind it. */
import type { answeredBy } from "../../functions/block/ledger.ts";
import { answersAreIn, byScore, leastCalls, leastShare, scoreAll } from "../../functions/detect/score.ts";
import { type Judgement, joinJudgements, joinVerdicts } from "../../functions/detect/verdicts.ts";
import { parseCidr } from "../../functions/domain/cidr.ts";
import { MINUTE } from "../../functions/domain/instant.ts";
import { neverBlockRanges } from "../../functions/domain/never-block.ts";
import { defaultPolicy } from "../../functions/domain/policy.ts";
import type { SourceVerdict } from "../../functions/domain/verdict.ts";
import { aProfile, aSpray } from "./profile-builders.ts";
import { T0 } from "./traffic.ts";

const SOURCE = "203.0.113.7/32";
const rules = { policy: defaultPolicy, neverBlock: neverBlockRanges() };
const { ban: BAN, watch: WATCH } = defaultPolicy.score;

function judged(over: Partial<Judgement> = {}): Judgement {
  return { score: BAN, reasons: [], needs: [], shared: false, established: 0, allowListed: false, ...over };
}
const endOf = (...judgements: Judgement[]) => joinJudgements(SOURCE, judgements, rules);

test.each([
  { score: BAN, verdict: "ban", handsOff: true },
  { score: BAN - 1, verdict: "watch", handsOff: false },
  { score: WATCH, verdict: "watch", handsOff: false },
  { score: WATCH - 1, verdict: "ignore", handsOff: false },
])("a score of $score is: $verdict", ({ score, verdict, handsOff }) => {
  expect(endOf(judged({ score }))).toEqual({ verdict, handsOff, needsPerson: [], score, reasons: [] });
});

test("nothing found is nothing to act on", () => {
  expect(endOf()).toEqual({ verdict: "ignore", handsOff: false, needsPerson: [], score: 0, reasons: [] });
});

test.each([
  { strikes: 0, score: BAN - 1, verdict: "watch" },
  { strikes: 1, score: BAN - 5, verdict: "ban" },
  { strikes: 1, score: BAN - 6, verdict: "watch" },
  { strikes: 99, score: 50, verdict: "ban" },
  { strikes: 99, score: 49, verdict: "watch" },
])("after $strikes strikes a score of $score is: $verdict", ({ strikes, score, verdict }) => {
  expect(joinJudgements(SOURCE, [judged({ score })], { ...rules, strikesOf: () => strikes })).toMatchObject({
    verdict,
  });
});

test("a policy that bans below fifty bans there whatever the strikes", () => {
  const policy = { ...defaultPolicy, score: { ban: 40, watch: 20 } };
  const at = (score: number) => joinJudgements(SOURCE, [judged({ score })], { ...rules, policy, strikesOf: () => 3 });
  expect([at(40).verdict, at(39).verdict]).toEqual(["ban", "watch"]);
});

describe("the look that speaks", () => {
  const reasonOf = (detection: string) => [
    { detection, severity: 1, text: "", window: { from: "", to: "" }, observed: {} },
  ];
  const spoken = (...judgements: Judgement[]) => endOf(...judgements).reasons.map(({ detection }) => detection);
  const a = judged({ reasons: reasonOf("a") });

  test("is the one with the highest score, wherever it stands", () => {
    const b = judged({ score: BAN + 1, reasons: reasonOf("b"), needs: ["low-confidence"] });
    expect(spoken(a, b)).toEqual(["b"]);
    expect(spoken(b, a)).toEqual(["b"]);
  });
  test("is, of equals, the more certain one", () => {
    const b = judged({ reasons: reasonOf("b"), needs: ["low-confidence"] });
    expect(spoken(a, b)).toEqual(["a"]);
    expect(spoken(b, a)).toEqual(["a"]);
  });
  test("is, of equals in that too, the earlier one", () => {
    expect(spoken(a, judged({ reasons: reasonOf("b") }))).toEqual(["a"]);
  });
});

describe("a person decides", () => {
  test("where no look that would ban is certain; one that is suffices", () => {
    const unsure = judged({ score: BAN + 5, needs: ["low-confidence"] });
    expect(endOf(unsure).needsPerson).toEqual(["low-confidence"]);
    expect(endOf(unsure, judged())).toMatchObject({ handsOff: true, needsPerson: [] });
    expect(endOf(unsure, judged({ score: BAN - 1 })).needsPerson).toEqual(["low-confidence"]);
  });
  test("where people are established there, in whichever look that bans", () => {
    expect(endOf(judged(), judged({ established: 1 }))).toMatchObject({
      handsOff: false,
      needsPerson: ["shared-address"],
    });
    expect(endOf(judged(), judged({ score: BAN - 1, established: 1 })).needsPerson).toEqual([]);
  });
  test("where somebody got in and no history tells who is at home there", () => {
    expect(endOf(judged({ shared: true, established: null })).needsPerson).toEqual(["no-baseline"]);
    expect(endOf(judged({ shared: true, established: 0 })).needsPerson).toEqual([]);
    expect(endOf(judged({ shared: false, established: null })).needsPerson).toEqual([]);
  });
});

test("who is on an allow list in one look, or in a range that is never blocked, is watched at most", () => {
  const spared = { verdict: "watch", handsOff: false, needsPerson: [], score: BAN };
  expect(endOf(judged(), judged({ allowListed: true, score: 1 }))).toMatchObject(spared);
  expect(joinJudgements("10.0.0.7/32", [judged()], rules)).toMatchObject(spared);
  expect(joinJudgements("no address", [judged()], rules)).toMatchObject(spared);
  const never = [parseCidr("203.0.113.0/24")].flatMap((cidr) => cidr ?? []);
  expect(joinJudgements(SOURCE, [judged()], { ...rules, neverBlock: never })).toMatchObject(spared);
});

test("the counts are the widest look's, the span is that of all, the paths are those of all", () => {
  const small = aProfile({
    calls: 10,
    failures: 9,
    successes: 1,
    distinctUsers: 3,
    paths: ["direct"],
    firstSeen: T0,
    lastSeen: T0 + 5,
  });
  const wide = aProfile({
    calls: 20,
    failures: 4,
    successes: 2,
    distinctUsers: 5,
    firstSeen: T0 - 5,
    lastSeen: T0 + 1,
  });
  for (const seen of [
    [small, wide],
    [wide, small],
  ])
    expect(
      joinVerdicts(
        seen.map((profile) => ({ profile, judgement: null })),
        rules,
      ),
    ).toEqual({
      ...{
        source: SOURCE,
        paths: ["proxied", "direct"],
        verdict: "ignore",
        handsOff: false,
        needsPerson: [],
        score: 0,
      },
      ...{ reasons: [], firstSeen: "2026-11-22T09:59:59.995Z", lastSeen: "2026-11-22T10:00:00.005Z" },
      ...{ calls: 20, failures: 4, successes: 2, distinctUsers: 5 },
    });
  const twin = aProfile({ calls: 20, failures: 8 });
  expect(
    joinVerdicts(
      [wide, twin].map((profile) => ({ profile, judgement: null })),
      rules,
    ).failures,
  ).toBe(4);
});

test("the order is by score, then by calls, then by address", () => {
  const of = (source: string, score: number, calls: number) => ({ source, score, calls }) as SourceVerdict;
  const sorted = [of("192.0.2.4", 50, 9), of("192.0.2.3", 50, 9), of("192.0.2.2", 50, 10), of("192.0.2.1", 90, 1)].sort(
    byScore,
  );
  expect(sorted.map(({ source }) => source)).toEqual(["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"]);
});

describe("answers are in", () => {
  const of = (calls: number, blocked: number, unserved: number) => aProfile({ calls, blocked, unserved });

  test.each([
    { case: "one call of one source was answered", complete: true, profiles: [of(9, 9, 0), of(10, 4, 5)], is: true },
    { case: "none was", complete: true, profiles: [of(10, 5, 5)], is: false },
    { case: "the logs' end is missing", complete: false, profiles: [of(10, 0, 0)], is: false },
    { case: "nobody called", complete: true, profiles: [], is: false },
  ])("$is where $case", ({ is, ...look }) => {
    expect(answersAreIn(look)).toBe(is);
  });
});

describe("a look that counted what a ban has answered finds nothing", () => {
  const window = { from: T0, to: T0 + 10 * MINUTE };
  const verdictOf = (
    answered: Partial<NonNullable<ReturnType<typeof answeredBy>>>,
    size: "short" | "slow",
    countedFrom: number | null = null,
  ) =>
    scoreAll({
      ...rules,
      looks: [{ size, window, profiles: [aSpray(20, { countedFrom })], complete: true }],
      answeredOf: () => ({ bannedAt: null, claimedAt: T0, ...answered }),
    }).verdicts[0]?.verdict;

  test.each([
    { case: "short, and the ban lasts", size: "short", answered: {}, verdict: "ban" },
    {
      case: "short, begun before the ban that is over",
      size: "short",
      answered: { bannedAt: T0 + 1 },
      verdict: "ignore",
    },
    { case: "short, begun with it", size: "short", answered: { bannedAt: T0 }, verdict: "ban" },
    { case: "slow, begun before the last claim", size: "slow", answered: { claimedAt: T0 + 1 }, verdict: "ignore" },
    { case: "slow, begun with it", size: "slow", answered: { claimedAt: T0 }, verdict: "ban" },
  ] as const)("$case: $verdict", ({ size, answered, verdict }) => {
    expect(verdictOf(answered, size)).toBe(verdict);
  });

  test("the slow one goes by the instant from which it counted this source", () => {
    expect(verdictOf({ claimedAt: T0 + 5 }, "slow", T0 + 5)).toBe("ban");
    expect(verdictOf({ claimedAt: T0 + 5 }, "slow", T0 + 4)).toBe("ignore");
  });
});

test("the queries ask for as little as any detection of that kind could use", () => {
  const scopes = ["source", "range", "fingerprint"] as const;
  expect(scopes.map((scope) => leastCalls(defaultPolicy, "short", scope))).toEqual([5, 20, 20]);
  expect(scopes.map((scope) => leastCalls(defaultPolicy, "slow", scope))).toEqual([5, 40, 40]);
  expect(scopes.map((scope) => leastShare(defaultPolicy, "short", scope))).toEqual([0, 0.9, 0.9]);
  const eager = { ...defaultPolicy, detections: { "password-spray": { watchAt: 0.5 } } };
  expect(leastCalls(eager, "short")).toBe(1);
  expect(leastCalls(eager, "slow")).toBe(5);
});
