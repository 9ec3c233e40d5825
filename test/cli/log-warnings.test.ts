import type { CallEvidence } from "../../cli/analysis.ts";
import { completeToOf } from "../../cli/log-warnings.ts";
import type { LogKind } from "../../functions/domain/evidence.ts";

const of = (...latest: readonly (readonly [LogKind, number | null])[]) =>
  completeToOf({ latest: new Map(latest) } as unknown as CallEvidence);

test("files are complete to the earliest end of the kinds given", () => {
  expect(of(["waf", 300], ["cloudtrail", 100], ["cloudfront", 200])).toBe(100);
  expect(of(["waf", 300])).toBe(300);
});

test("they are complete at no time where one kind holds no call, or none was given", () => {
  expect(of(["waf", 300], ["cloudtrail", null])).toBeNull();
  expect(of()).toBeNull();
});
