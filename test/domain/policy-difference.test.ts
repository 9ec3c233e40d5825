import fc from "fast-check";

import { type Policy, policySchema } from "../../functions/domain/policy.ts";
import { policyDifference } from "../../functions/domain/policy-difference.ts";

const minutes = fc.integer({ min: 1, max: 100_000 });
const aPolicy: fc.Arbitrary<Policy> = fc
  .record(
    {
      score: fc.record(
        { ban: fc.integer({ min: 1, max: 100 }), watch: fc.integer({ min: 1, max: 100 }) },
        { requiredKeys: [] },
      ),
      ban: fc.record(
        { handsOffMinutes: minutes, capMinutes: minutes, jitter: fc.constantFrom(0, 0.1, 0.5) },
        { requiredKeys: [] },
      ),
      guards: fc.record({ hourlyBans: minutes }, { requiredKeys: [] }),
      detections: fc.dictionary(
        fc.constantFrom("call-rate", "password-spray"),
        fc.dictionary(fc.string({ minLength: 1 }), fc.integer()),
      ),
    },
    { requiredKeys: [] },
  )
  .map((document) => policySchema.parse(document));

test("what a function gets of a policy makes the same policy again", () => {
  fc.assert(
    fc.property(aPolicy, (policy) => {
      expect(policySchema.parse(JSON.parse(JSON.stringify(policyDifference(policy))))).toEqual(policy);
    }),
  );
});

test("only what differs from the defaults takes room", () => {
  expect(policyDifference(policySchema.parse({}))).toEqual({});
  expect(policyDifference(policySchema.parse({ ban: { handsOffMinutes: 60, jitter: 0 } }))).toEqual({
    ban: { jitter: 0 },
  });
});
