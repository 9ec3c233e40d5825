/** Where each detection begins to watch and to ban, one call to either side, with its default limits. */
import type { Finding, WindowSize } from "../../functions/detect/detection.ts";
import { tuneDetections } from "../../functions/detect/detection.ts";
import { detections } from "../../functions/detect/detections/index.ts";
import type { OperationTally, Profile } from "../../functions/detect/profiles.ts";
import { defaultPolicy } from "../../functions/domain/policy.ts";
import { anOperation, aProfile } from "./profile-builders.ts";

const tuned = new Map(tuneDetections(detections, defaultPolicy).map((one) => [one.detection.id, one]));

function findingOf(id: string, profile: Profile, size: WindowSize = "short"): Finding | null {
  const one = tuned.get(id);
  if (!one) throw new Error(`no detection ${id}`);
  return one.detection.judge(profile, one.limits[size], { faultsAreOurs: false, answersAreIn: true });
}

/** `ban` and `watch` by the severities that detection.ts gives them at the default weights. */
function stepOf(finding: Finding | null): string {
  if (finding === null) return "nothing";
  const step = finding.severity >= 0.85 ? "ban" : finding.severity >= 0.5 ? "watch" : "less than a watch";
  return finding.doubtful ? `${step}, doubtful` : step;
}

const of = (...operations: readonly Partial<OperationTally>[]) => aProfile({ operations: operations.map(anOperation) });

describe("password-spray", () => {
  const spray = (users: number, successes = 0, more: Partial<OperationTally> = {}) =>
    of({ calls: users + successes, failures: users, successes, distinctUsers: users, failingUsers: users, ...more });

  test.each([
    { case: "4 users", profile: spray(4), end: "nothing" },
    { case: "5 users", profile: spray(5), end: "watch" },
    { case: "9 users", profile: spray(9), end: "watch" },
    { case: "10 users", profile: spray(10), end: "ban" },
    { case: "as many successes as failures", profile: spray(10, 10), end: "ban" },
    { case: "a success more", profile: spray(10, 11), end: "nothing" },
    { case: "49 users among as many more successes", profile: spray(49, 100), end: "nothing" },
    { case: "50 users among twice as many successes", profile: spray(50, 100), end: "ban" },
    {
      case: "50 users, but as many who got in untroubled",
      profile: { ...spray(50, 100), untroubledUsers: 50 },
      end: "nothing",
    },
    { case: "one more than those who got in", profile: { ...spray(51, 100), untroubledUsers: 50 }, end: "ban" },
    { case: "names that are unknown, 9 of 10", profile: spray(10, 0, { unknownUsers: 9 }), end: "ban" },
    { case: "all of them unknown", profile: spray(10, 0, { unknownUsers: 10 }), end: "nothing" },
    { case: "another operation", profile: spray(10, 0, { operation: "ConfirmSignUp" }), end: "nothing" },
    {
      case: "the secret was missing in half, so successes outweigh",
      profile: spray(10, 6, { secretFailures: 5 }),
      end: "nothing",
    },
  ])("$case: $end", ({ profile, end }) => {
    expect(stepOf(findingOf("password-spray", profile))).toBe(end);
  });

  test("a user known by two names in two operations counts once, and the text says how many", () => {
    const both = of(
      { failures: 6, failingUsers: 6 },
      { operation: "RespondToAuthChallenge", failures: 7, failingUsers: 7, successes: 2 },
    );
    expect(findingOf("password-spray", both)).toMatchObject({
      text: "13 failed sign-ins on 7 different users, 2 successful",
      observed: { distinctUsers: 7, failures: 13, successes: 2 },
    });
  });
});

describe("failure-ratio", () => {
  const failing = (failures: number, successes = 0, topUserFailures = 1, more: Partial<OperationTally> = {}) =>
    of({ failures, successes, topUserFailures, distinctUsers: failures, ...more });

  test.each([
    { case: "9 failures", profile: failing(9), end: "nothing" },
    { case: "10 failures", profile: failing(10), end: "watch" },
    { case: "20 failures", profile: failing(20), end: "ban" },
    { case: "nine in ten", profile: failing(90, 10), end: "ban" },
    { case: "a success more than one in ten", profile: failing(90, 11), end: "nothing" },
    { case: "half of them one user's", profile: failing(20, 0, 10), end: "ban" },
    { case: "more than half one user's", profile: failing(20, 0, 11), end: "nothing" },
    { case: "users not known", profile: failing(20, 0, 1, { distinctUsers: 0 }), end: "ban, doubtful" },
    { case: "operations that are none of ours", profile: failing(20, 0, 1, { operation: "other" }), end: "nothing" },
    {
      case: "a direct caller's missing secret, which is another matter",
      profile: failing(20, 0, 1, { path: "direct", secretFailures: 11 }),
      end: "nothing",
    },
    { case: "the same through the proxy", profile: failing(20, 0, 1, { secretFailures: 11 }), end: "ban" },
  ])("$case: $end", ({ profile, end }) => {
    expect(stepOf(findingOf("failure-ratio", profile))).toBe(end);
  });

  test("the text says how many of the answers were failures", () => {
    expect(findingOf("failure-ratio", failing(95, 5))).toMatchObject({
      text: "95 of 100 answers were failures (95 %)",
      observed: { failures: 95, successes: 5, distinctUsers: 95 },
    });
  });
});

describe("brute-force", () => {
  const guesses = (topUserGuesses: number, more: Partial<OperationTally> = {}) =>
    of({ failures: topUserGuesses, topUserGuesses, guessMinutes: 1, peakGuesses: topUserGuesses, ...more });
  const even = { guessMinutes: 10, peakGuesses: 6 };

  test.each([
    { case: "7 guesses", profile: guesses(7), end: "nothing" },
    { case: "8 guesses", profile: guesses(8), end: "watch" },
    { case: "20 guesses", profile: guesses(20), end: "ban" },
    { case: "50 at an even pace, as an app retries", profile: guesses(50, even), end: "watch, doubtful" },
    { case: "5 wrong codes", profile: guesses(5, { codeMismatches: 5 }), end: "watch" },
    { case: "4 wrong codes", profile: guesses(4, { codeMismatches: 4 }), end: "nothing" },
    { case: "10 wrong codes", profile: guesses(10, { codeMismatches: 10 }), end: "ban" },
    // No app guesses codes by itself.
    { case: "10 wrong codes at an even pace", profile: guesses(10, { codeMismatches: 10, ...even }), end: "ban" },
    { case: "10 codes of different users", profile: guesses(4, { codeMismatches: 10 }), end: "nothing" },
    { case: "nobody was guessed at", profile: of({ failures: 50 }), end: "nothing" },
  ])("$case: $end", ({ profile, end }) => {
    expect(stepOf(findingOf("brute-force", profile))).toBe(end);
  });

  test("the text tells the pace, and that of an app by its name", () => {
    expect(findingOf("brute-force", guesses(20, { peakGuesses: 12 }))).toMatchObject({
      text: "20 wrong passwords or codes for one user, up to 12 a minute",
      observed: { guesses: 20, wrongCodes: 0, peakPerMinute: 12 },
    });
    const text = "50 wrong passwords or codes for one user, up to 6 a minute, at an even pace as an app retries";
    expect(findingOf("brute-force", guesses(50, even))).toMatchObject({ text });
  });
});

describe("slow-brute-force", () => {
  const slow = (failures: number, failingUsers = 2, more: Partial<OperationTally> = {}) =>
    of({
      ...{ failures, failingUsers, topUserGuesses: failures, guessMinutes: 2, peakGuesses: failures },
      ...{ activeMinutes: 5, ...more },
    });
  const even = { guessMinutes: 200, peakGuesses: 3 };

  test.each([
    { case: "4 failures on two users", profile: slow(4), end: "nothing" },
    { case: "5 failures on two users", profile: slow(5), end: "watch" },
    { case: "10 failures on two users", profile: slow(10), end: "ban" },
    { case: "10 failures on four users", profile: slow(10, 4), end: "ban" },
    { case: "on five users, which is a spray", profile: slow(10, 5), end: "nothing" },
    { case: "within four minutes, which is a burst", profile: slow(10, 2, { activeMinutes: 4 }), end: "nothing" },
    { case: "9 failures on one user", profile: slow(9, 1), end: "nothing" },
    { case: "10 failures on one user", profile: slow(10, 1), end: "watch" },
    { case: "99 failures on one user", profile: slow(99, 1), end: "watch" },
    { case: "100 failures on one user", profile: slow(100, 1), end: "ban" },
    { case: "479 at an even pace", profile: slow(479, 1, even), end: "watch, doubtful" },
    { case: "480 at an even pace", profile: slow(480, 1, even), end: "ban, doubtful" },
    { case: "an even pace on two users", profile: slow(300, 2, even), end: "ban" },
    { case: "nine failures in ten", profile: slow(90, 2, { successes: 10 }), end: "ban" },
    { case: "a success more than one in ten", profile: slow(90, 2, { successes: 11 }), end: "nothing" },
    { case: "successes of nobody in particular", profile: { ...slow(90), namelessSuccesses: 11 }, end: "nothing" },
    { case: "names that do not exist", profile: slow(10, 2, { unknownUsers: 6 }), end: "nothing" },
    { case: "nobody failed", profile: slow(10, 0), end: "nothing" },
  ])("$case: $end", ({ profile, end }) => {
    expect(stepOf(findingOf("slow-brute-force", profile, "slow"))).toBe(end);
  });

  const codes = (count: number, more: Partial<OperationTally> = {}) =>
    of({ operation: "ConfirmForgotPassword", topUserGuesses: count, codeMismatches: count, guessMinutes: 5, ...more });

  test.each([
    { case: "4 wrong codes", profile: codes(4), end: "nothing" },
    { case: "5 wrong codes", profile: codes(5), end: "watch" },
    { case: "10 wrong codes", profile: codes(10), end: "ban" },
    { case: "10 within four minutes", profile: codes(10, { guessMinutes: 4 }), end: "nothing" },
    { case: "9 of 10 wrong", profile: codes(18, { successes: 2 }), end: "ban" },
    { case: "fewer", profile: codes(18, { successes: 3 }), end: "nothing" },
  ])("$case: $end", ({ profile, end }) => {
    expect(stepOf(findingOf("slow-brute-force", profile, "slow"))).toBe(end);
  });

  test("the text says on how many users, over how many minutes, and what app-like pace it had", () => {
    expect(findingOf("slow-brute-force", slow(12, 3, { successes: 1 }), "slow")).toMatchObject({
      text: "12 failed sign-ins on the same 3 users in 5 different minutes, 1 successful",
      observed: { failures: 12, distinctUsers: 3, successes: 1, activeMinutes: 5 },
    });
    expect(findingOf("slow-brute-force", slow(300, 1, even), "slow")?.text).toBe(
      "300 failed sign-ins on one user in 5 different minutes, 0 successful; at an even pace, as an app retries an old password",
    );
    expect(findingOf("slow-brute-force", codes(18, { successes: 2 }), "slow")).toMatchObject({
      text: "18 wrong codes for one user in 5 different minutes, 2 successes",
      observed: { wrongCodes: 18, successes: 2, activeMinutes: 5 },
    });
  });

  test("of passwords and codes the worse is told", () => {
    const both = (failures: number, count: number) =>
      aProfile({ operations: [...slow(failures).operations, ...codes(count).operations] });
    expect(findingOf("slow-brute-force", both(10, 6), "slow")?.text).toMatch(/failed sign-ins/);
    expect(findingOf("slow-brute-force", both(5, 12), "slow")?.text).toMatch(/wrong codes/);
  });
});

describe("user-enumeration", () => {
  const names = (count: number, more: Partial<OperationTally> = {}) =>
    of({
      operation: "SignUp",
      failures: count,
      probedUsers: count,
      existingUsers: count,
      distinctUsers: count,
      ...more,
    });

  test.each([
    { case: "4 names", profile: names(4), end: "nothing" },
    { case: "5 names", profile: names(5), end: "watch" },
    { case: "10 names", profile: names(10), end: "ban" },
    { case: "as many that got on", profile: names(10, { accepted: 6, successes: 4 }), end: "ban" },
    { case: "one more that got on", profile: names(10, { accepted: 7, successes: 4 }), end: "nothing" },
    { case: "names that only our guess tells apart", profile: names(10, { distinctUsers: 9 }), end: "ban, doubtful" },
    {
      case: "sign-in where every name is unknown",
      profile: names(10, { operation: "InitiateAuth", existingUsers: 0, unknownUsers: 10 }),
      end: "ban",
    },
    {
      case: "sign-in where passwords are wrong as well",
      profile: names(10, { operation: "InitiateAuth", existingUsers: 0, unknownUsers: 9 }),
      end: "nothing",
    },
  ])("$case: $end", ({ profile, end }) => {
    expect(stepOf(findingOf("user-enumeration", profile))).toBe(end);
  });

  test("the text counts answers and names apart", () => {
    const asked = names(10, { existingUsers: 8, unknownUsers: 4, accepted: 2, successes: 1 });
    expect(findingOf("user-enumeration", asked)).toMatchObject({
      text: "12 answers told whether there is such a user, for 10 different names",
      observed: { distinctUsers: 10, answers: 12, gotOn: 3 },
    });
  });
});

describe("sign-up-burst and code-pumping", () => {
  const asked = (operation: string, calls: number, more: Partial<OperationTally> = {}) =>
    of({ operation, calls, accepted: calls, peakPerMinute: 7, ...more });

  test.each(
    ["sign-up-burst SignUp", "code-pumping ForgotPassword", "code-pumping ResendConfirmationCode"].flatMap((both) => {
      const [id = "", operation = ""] = both.split(" ");
      return [
        { id, operation, case: "14 calls", profile: asked(operation, 14), end: "nothing" },
        { id, operation, case: "15 calls", profile: asked(operation, 15), end: "watch" },
        { id, operation, case: "30 calls", profile: asked(operation, 30), end: "ban" },
        { id, operation, case: "a deny list's blocks", profile: asked(operation, 30, { blocked: 16 }), end: "nothing" },
        {
          ...{ id, operation, case: "a rate rule's blocks" },
          ...{ profile: asked(operation, 30, { blocked: 16, rateBlocked: 16 }), end: "ban" },
        },
        { id, operation, case: "faults of ours", profile: asked(operation, 30, { faults: 16 }), end: "nothing" },
        {
          ...{ id, operation, case: "a release with a wrong client" },
          ...{ profile: asked(operation, 30, { unknownClients: 16 }), end: "nothing" },
        },
        {
          ...{ id, operation, case: "half without an answer" },
          ...{ profile: asked(operation, 30, { accepted: 15, unknown: 15 }), end: "ban" },
        },
        {
          ...{ id, operation, case: "more than half without" },
          ...{ profile: asked(operation, 30, { accepted: 14, unknown: 16 }), end: "ban, doubtful" },
        },
        {
          ...{ id, operation, case: "four times the limit, all without" },
          ...{ profile: asked(operation, 120, { accepted: 0, unknown: 120 }), end: "ban" },
        },
      ];
    }),
  )("$id, $operation, $case: $end", ({ id, profile, end }) => {
    expect(stepOf(findingOf(id, profile))).toBe(end);
  });

  test("names that exist already, and names that do not, count for user-enumeration", () => {
    expect(findingOf("sign-up-burst", asked("SignUp", 30, { existingUsers: 16 }))).toBeNull();
    expect(findingOf("code-pumping", asked("ForgotPassword", 30, { unknownUsers: 16 }))).toBeNull();
    expect(findingOf("sign-up-burst", asked("ForgotPassword", 30))).toBeNull();
    expect(findingOf("code-pumping", asked("SignUp", 30))).toBeNull();
  });

  test("the texts say how many, how fast and at what cost", () => {
    expect(findingOf("sign-up-burst", asked("SignUp", 31))).toMatchObject({
      text: "31 sign-ups, up to 7 a minute",
      observed: { signUps: 31, peakPerMinute: 7 },
    });
    const pumping = asked("ForgotPassword", 31, { accepted: 20, unknown: 3 });
    expect(findingOf("code-pumping", pumping)).toMatchObject({
      text: "31 requests for a code, 23 messages sent: about $1.15 if all were text messages at an estimated $0.05 each",
      observed: { codeRequests: 31, messages: 23, estimatedUsd: 1.15 },
    });
  });
});

describe("direct-bypass", () => {
  const direct = (secretFailures: number, unknown = 0, more: Partial<OperationTally> = {}) =>
    of({ path: "direct", calls: secretFailures + unknown, secretFailures, unknown, ...more });

  test.each([
    { case: "4 calls without the secret", profile: direct(4), end: "nothing" },
    { case: "5 calls", profile: direct(5), end: "watch" },
    { case: "10 calls", profile: direct(10), end: "ban" },
    { case: "19 calls without an answer", profile: direct(0, 19), end: "nothing" },
    { case: "20 calls without an answer", profile: direct(0, 20), end: "watch" },
    { case: "any number without an answer", profile: direct(0, 100_000), end: "watch" },
    { case: "through the proxy", profile: direct(10, 20, { path: "proxied" }), end: "nothing" },
    { case: "an operation that wants no secret", profile: direct(10, 20, { operation: "GetUser" }), end: "nothing" },
  ])("$case: $end", ({ profile, end }) => {
    expect(stepOf(findingOf("direct-bypass", profile))).toBe(end);
  });

  test("the text tells what is proven from what is not", () => {
    expect(findingOf("direct-bypass", direct(5, 30))).toMatchObject({
      text: "5 calls straight to Cognito without the client's secret or with a wrong one",
      observed: { calls: 35, secretFailures: 5 },
    });
    expect(findingOf("direct-bypass", direct(4, 30))).toMatchObject({
      text: "30 calls straight to Cognito, answers not in the logs at hand",
      observed: { calls: 34, secretFailures: 4 },
    });
  });
});

describe("distributed-range and distributed-fingerprint", () => {
  const crowd = (quietSources: number, more: Partial<Profile["crowd"]> = {}, rest: Partial<Profile> = {}) =>
    aProfile({
      ...{ source: "203.0.113.0/24", failures: 90, accepted: 0, successes: 10, operations: [] },
      crowd: { sources: 100, goodSources: 10, quietSources, quietCalls: 20, ...more },
      ...rest,
    });

  test.each([
    { case: "5 quiet sources", profile: crowd(5), end: "nothing" },
    { case: "6 quiet sources", profile: crowd(6), end: "watch" },
    { case: "12 quiet sources", profile: crowd(12), end: "ban" },
    { case: "19 calls of theirs", profile: crowd(12, { quietCalls: 19 }), end: "nothing" },
    {
      case: "from more than one source in ten somebody got in",
      profile: crowd(12, { goodSources: 11 }),
      end: "nothing",
    },
    { case: "more than one call in ten was a success", profile: crowd(12, {}, { successes: 11 }), end: "nothing" },
    { case: "codes sent count with the failures", profile: crowd(12, {}, { failures: 45, accepted: 45 }), end: "ban" },
  ])("$case: $end", ({ profile, end }) => {
    expect(stepOf(findingOf("distributed-range", profile))).toBe(end);
    expect(stepOf(findingOf("distributed-fingerprint", profile))).toBe(end);
  });

  test("each proposes what a person could do", () => {
    const said =
      "12 of 100 sources, each too quiet for a ban of its own, made 20 failing or costly calls; somebody got in from 10 of them";
    expect(findingOf("distributed-range", crowd(12))).toMatchObject({
      text: `${said}. Proposed: a WAF rate rule of 10 requests in 5 minutes for each address of 203.0.113.0/24, or a ban of 203.0.113.0/24`,
      observed: { quietSources: 12, sources: 100, goodSources: 10, quietCalls: 20, successes: 10 },
    });
    expect(findingOf("distributed-fingerprint", crowd(12, {}, { source: "t13d1516h2" }))?.text).toBe(
      `${said}. Proposed: a WAF rate rule of 10 requests in 5 minutes, scoped down to JA4 t13d1516h2, first in Count`,
    );
  });
});

describe("call-rate", () => {
  const calls = (count: number, rest: Partial<Profile> = {}) =>
    aProfile({ ...of({ calls: count, steps: count }), peakPerMinute: 60, ...rest });

  test.each([
    { case: "149 calls", profile: calls(149), end: "nothing" },
    { case: "150 calls", profile: calls(150), end: "watch" },
    { case: "300 calls", profile: calls(300), end: "ban" },
    { case: "ten calls for each user who got in", profile: calls(399, { untroubledUsers: 25 }), end: "nothing" },
    { case: "one call more", profile: calls(400, { untroubledUsers: 25 }), end: "watch" },
    { case: "a refresh of nobody in particular", profile: calls(300, { namelessSuccesses: 151 }), end: "nothing" },
  ])("$case: $end", ({ profile, end }) => {
    expect(stepOf(findingOf("call-rate", profile))).toBe(end);
  });

  test("operations that are none of ours are no calls", () => {
    expect(findingOf("call-rate", of({ operation: "other", calls: 5_000, steps: 5_000 }))).toBeNull();
  });

  test("the text tells all calls, the busiest minute and what nobody explains", () => {
    expect(findingOf("call-rate", calls(400, { untroubledUsers: 5 }))).toMatchObject({
      text: "400 calls, up to 60 a minute, 350 more than the users who got in there explain",
      observed: { calls: 400, peakPerMinute: 60, unexplainedCalls: 350 },
    });
  });
});
