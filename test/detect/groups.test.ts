import { type Look, scoreAll } from "../../functions/detect/score.ts";
import { MINUTE } from "../../functions/domain/instant.ts";
import { neverBlockRanges } from "../../functions/domain/never-block.ts";
import { defaultPolicy } from "../../functions/domain/policy.ts";
import { aProfile, aSpray } from "./profile-builders.ts";
import { T0 } from "./traffic.ts";

function aCrowd(overrides: Parameters<typeof aProfile>[0] = {}) {
  return aProfile({
    ...{ scope: "range", source: "203.0.113.0/24", operations: [], failures: 45, calls: 45 },
    crowd: { sources: 15, goodSources: 0, quietSources: 15, quietCalls: 45 },
    ...overrides,
  });
}
const aFingerprint = () => aCrowd({ scope: "fingerprint", source: "t13d1516h2_8daaf6152771_b186095e22b6" });
const look = (overrides: Partial<Look>): Look => ({
  ...{ size: "short", window: { from: T0, to: T0 + 10 * MINUTE }, profiles: [], complete: true },
  ...overrides,
});
const score = (...looks: Look[]) => scoreAll({ policy: defaultPolicy, neverBlock: neverBlockRanges(), looks });

test("a range is never banned without a person", () => {
  expect(score(look({ groups: [aCrowd()] })).verdicts).toEqual([
    expect.objectContaining({ source: "203.0.113.0/24", verdict: "ban", handsOff: false, needsPerson: ["range"] }),
  ]);
});

test("a fingerprint is no source: watched, with a rate rule proposed", () => {
  const { verdicts, fingerprints } = score(look({ groups: [aFingerprint()] }));
  expect(verdicts).toEqual([]);
  expect(fingerprints).toEqual([
    expect.objectContaining({ verdict: "watch", handsOff: false, needsPerson: ["fingerprint"] }),
  ]);
  expect(fingerprints[0]?.reasons[0]?.text).toContain("rate rule");
});

const good = { sources: 15, goodSources: 2, quietSources: 13, quietCalls: 45 };
test.each([
  { case: "two of fifteen sources are good", change: { crowd: good } },
  { case: "a fifth of it succeeds", change: { successes: 12 } },
  { case: "so little of it comes from quiet sources", change: { crowd: { ...good, goodSources: 0, quietCalls: 19 } } },
  { case: "five sources are left", change: { crowd: { ...good, goodSources: 0, quietSources: 5 } } },
])("nothing is said of a range where $case", ({ change }) => {
  expect(score(look({ groups: [aCrowd(change)] })).verdicts).toEqual([]);
});

describe("sources that are banned for another look", () => {
  const loud = (count: number, net: string) =>
    Array.from({ length: count }, (_, index) => aSpray(20, { source: `${net}.${index}/32` }));
  const quiet = (count: number, net: string) =>
    Array.from({ length: count }, (_, index) => aSpray(3, { source: `${net}.${index}/32` }));
  const ranges = (...looks: Look[]) => score(...looks).verdicts.filter(({ source }) => source.endsWith("/24"));

  test("are not counted again for their range", () => {
    const first = look({ profiles: loud(12, "203.0.113") });
    expect(ranges(first, look({ groups: [aCrowd()], profiles: quiet(15, "203.0.113") }))).toEqual([]);
  });

  test("of another range change nothing", () => {
    const first = look({ profiles: loud(12, "198.51.100") });
    const second = look({ groups: [aCrowd()], profiles: [...quiet(15, "203.0.113"), ...quiet(12, "198.51.100")] });
    expect(ranges(first, second)).toHaveLength(1);
  });

  test("a range ten times as large is reported for what is left", () => {
    const crowd = { sources: 150, goodSources: 0, quietSources: 150, quietCalls: 450 };
    const second = look({ groups: [aCrowd({ crowd, failures: 450 })], profiles: quiet(150, "203.0.113") });
    expect(ranges(look({ profiles: loud(12, "203.0.113") }), second)).toHaveLength(1);
  });
});
