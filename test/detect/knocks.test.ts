import fc from "fast-check";

import { knocksIn } from "../../functions/detect/knocks.ts";
import { scoreEvidence } from "../../functions/detect/score.ts";
import { defaultPolicy, policySchema } from "../../functions/domain/policy.ts";
import { anOperation, aProfile } from "./profile-builders.ts";
import { T0 } from "./traffic.ts";

const kept = (blocked: number, rateBlocked = 0) => aProfile({ calls: blocked, blocked, rateBlocked, lastSeen: T0 });

test("a source that is kept out at the rate that would ban it knocks; what a rate rule stopped is no knock", () => {
  expect(knocksIn([kept(300)], defaultPolicy)).toEqual([
    { source: "203.0.113.7/32", at: new Date(T0).toISOString(), calls: 300 },
  ]);
  expect(knocksIn([kept(299), kept(400, 101), kept(0)], defaultPolicy)).toEqual([]);
});

test("the rate is that of the policy", () => {
  const policy = policySchema.parse({ detections: { "call-rate": { banAt: 50 }, "password-spray": { banAt: 9 } } });
  expect(knocksIn([kept(50), kept(49)], policy)).toHaveLength(1);
});

const some = (max: number) => fc.nat(max);
const operation = fc
  .record({
    operation: fc.constantFrom("InitiateAuth", "RespondToAuthChallenge", "SignUp", "ForgotPassword", "GetUser"),
    path: fc.constantFrom("proxied" as const, "direct" as const),
    successes: some(400),
    failures: some(400),
    accepted: some(400),
    throttled: some(400),
    distinctUsers: some(300),
    kept: some(100_000),
  })
  .map(({ kept: keptOut, ...tally }) => ({ ...tally, keptOut }));

test("calls that a deny list kept out never raise a score, however many", () => {
  fc.assert(
    fc.property(fc.array(operation, { minLength: 1, maxLength: 4 }), fc.constantFrom("short", "slow"), (list, size) => {
      const scoreOf = (withKept: boolean) => {
        const operations = list.map(({ keptOut, ...tally }) => {
          const blocked = withKept ? keptOut : 0;
          const calls = tally.successes + tally.failures + tally.accepted + tally.throttled + blocked;
          return anOperation({ ...tally, blocked, calls, failingUsers: tally.distinctUsers, activeMinutes: 5 });
        });
        const blocked = operations.reduce((sum, one) => sum + one.blocked, 0);
        const throttled = operations.reduce((sum, one) => sum + one.throttled, 0);
        const window = { from: T0 - 600_000, to: T0 };
        const look = { size, window, complete: true, profiles: [aProfile({ operations, blocked, throttled })] };
        return scoreEvidence({ looks: [look], policy: defaultPolicy, neverBlock: [] })[0]?.score ?? 0;
      };
      expect(scoreOf(true)).toBeLessThanOrEqual(scoreOf(false));
    }),
    { numRuns: 500 },
  );
});
