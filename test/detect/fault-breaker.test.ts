import { establishedIn, healthOf, isTripped } from "../../functions/detect/fault-breaker.ts";
import { type Look, scoreAll } from "../../functions/detect/score.ts";
import { DAY, MINUTE } from "../../functions/domain/instant.ts";
import { neverBlockRanges } from "../../functions/domain/never-block.ts";
import { defaultPolicy } from "../../functions/domain/policy.ts";
import { anOperation, aProfile, aSpray } from "./profile-builders.ts";
import { T0 } from "./traffic.ts";

const rules = { policy: defaultPolicy, neverBlock: neverBlockRanges() };
const home = (index: number, calls: Parameters<typeof anOperation>[0]) =>
  aProfile({ source: `198.51.100.${index}/32`, operations: [anOperation({ calls: 4, ...calls })] });
const homes = (count: number, calls: Parameters<typeof anOperation>[0]) =>
  Array.from({ length: count }, (_, index) => home(index + 1, calls));

const look = (profiles: Look["profiles"], overrides: Partial<Look> = {}): Look => ({
  ...{ size: "short", window: { from: T0, to: T0 + 10 * MINUTE }, profiles, complete: true },
  ...overrides,
});
const yesterday = (profiles: Look["profiles"]) =>
  look(profiles, { size: "slow", window: { from: T0 + 10 * MINUTE - DAY, to: T0 + 10 * MINUTE } });

/** Four users tried ten times each: a share of failures, and nothing else. */
const ratio = aProfile({
  operations: [anOperation({ calls: 40, failures: 40, distinctUsers: 4, failingUsers: 4, topUserFailures: 10 })],
});

describe("health of a window", () => {
  test("who got in earlier that day and now only meets faults is in trouble", () => {
    const now = homes(20, { faults: 4 });
    const before = homes(20, { successes: 40, calls: 44 });
    const isEstablished = establishedIn([look(now), yesterday(before)]);
    expect(healthOf(now, isEstablished)).toEqual({ established: 20, troubled: 20 });
  });

  test("who never got in is not asked, so an attack does not look like a fault", () => {
    const attack = Array.from({ length: 50 }, (_, index) => aSpray(20, { source: `203.0.113.${index}/32` }));
    expect(healthOf(attack, establishedIn([look(attack)]))).toEqual({ established: 0, troubled: 0 });
  });

  test("good sources that the limit cut off keep the breaker shut", () => {
    const troubled = homes(20, { successes: 1, failures: 3 });
    const whole = { calls: 9000, sources: 1000, goodSources: 900, quietSources: 0, quietCalls: 0 };
    const isEstablished = establishedIn([look(troubled)]);
    expect(isTripped(healthOf(troubled, isEstablished), defaultPolicy)).toBe(true);
    expect(isTripped(healthOf(troubled, isEstablished, whole), defaultPolicy)).toBe(false);
  });

  test.each([
    { case: "nine sources", established: 9, troubled: 9, open: false },
    { case: "three of ten", established: 10, troubled: 3, open: true },
    { case: "two of ten", established: 10, troubled: 2, open: false },
  ])("$case in trouble: open $open", ({ established, troubled, open }) => {
    expect(isTripped({ established, troubled }, defaultPolicy)).toBe(open);
  });
});

describe("with a history of earlier days", () => {
  /** Thirty sources that nobody knows, each with four users tried hard and one sign-in that was paid for. */
  const attack = Array.from({ length: 30 }, (_, index) =>
    aProfile({
      source: `203.0.113.${index}/32`,
      operations: [
        anOperation({ calls: 41, failures: 40, successes: 1, distinctUsers: 5, failingUsers: 4, topUserFailures: 10 }),
      ],
    }),
  );
  const known = (source: string) => (source.startsWith("198.51.100.") ? 3 : 0);
  const faultsOf = (overrides: Partial<Look>, profiles = [...homes(12, { successes: 4 }), ...attack]) =>
    scoreAll({ ...rules, looks: [look(profiles, overrides)] }).faults;

  test("successes that an attack bought do not make its failures look like a fault of ours", () => {
    expect(faultsOf({ establishedOf: known })).toEqual([]);
  });

  test.each([
    { case: "nobody has a past", establishedOf: () => null },
    { case: "it was cut off", establishedOf: (source: string) => known(source) || null },
  ])("a success is all there is to go by where $case", ({ establishedOf }) => {
    expect(faultsOf({ establishedOf })).toEqual([expect.stringContaining("30 of 42 sources")]);
  });

  test("a bad rotation that has lasted all day trips it, though nobody got in today", () => {
    const offices = homes(20, { faults: 40, calls: 40 });
    expect(faultsOf({ establishedOf: known }, offices)).toEqual([expect.stringContaining("20 of 20 sources")]);
    expect(faultsOf({}, offices)).toEqual([]);
  });

  test("successes of strangers do not hide a bad rotation", () => {
    const offices = homes(20, { faults: 40, calls: 40 });
    const bought = Array.from({ length: 200 }, (_, index) =>
      aProfile({ source: `203.0.113.${index}/32`, operations: [anOperation({ calls: 1, successes: 1 })] }),
    );
    const whole = { calls: 1000, sources: 220, goodSources: 200, quietSources: 0, quietCalls: 0 };
    expect(faultsOf({ establishedOf: known, whole }, [...offices, ...bought])).toHaveLength(1);
    expect(faultsOf({ whole }, [...offices, ...bought])).toEqual([]);
  });
});

describe("while the breaker is open", () => {
  const before = yesterday(homes(20, { successes: 40, calls: 44 }));
  const during = (profile: typeof ratio) =>
    scoreAll({ ...rules, looks: [look([...homes(20, { faults: 4 }), profile]), before] });
  const verdictOn = (profile: typeof ratio) => during(profile).verdicts.find(({ source }) => source === profile.source);

  test("a share of failures goes to a person, with one notice", () => {
    expect(verdictOn(ratio)).toMatchObject({ verdict: "ban", handsOff: false, needsPerson: ["low-confidence"] });
    expect(during(ratio).faults).toEqual([expect.stringContaining("20 of 20 sources")]);
  });

  test("what callers did stands", () => {
    expect(verdictOn(aSpray(20))).toMatchObject({ verdict: "ban", handsOff: true });
  });

  const faults = (calls: number) => aProfile({ operations: [anOperation({ calls, faults: calls })], faults: calls });
  test.each([
    { case: "an office whose calls all meet our fault", profile: faults(900), verdict: "watch", handsOff: false },
    { case: "four times as many as any office makes", profile: faults(1_300), verdict: "ban", handsOff: false },
    {
      case: "a flood of other calls",
      profile: aProfile({ operations: [anOperation({ calls: 400, steps: 400 })] }),
      verdict: "ban",
      handsOff: true,
    },
  ])("$case: $verdict, hands-off $handsOff", ({ profile, verdict, handsOff }) => {
    expect(verdictOn(profile)).toMatchObject({ verdict, handsOff });
  });

  test("without it the same faults are a flood", () => {
    const [verdict] = scoreAll({ ...rules, looks: [look([faults(900)])] }).verdicts;
    expect(verdict).toMatchObject({ verdict: "ban", handsOff: true });
  });
});
