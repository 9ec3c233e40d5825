import { readPolicyDocument } from "../../functions/detect/policy-document.ts";
import { InvalidInputError } from "../../functions/domain/errors.ts";
import { defaultPolicy } from "../../functions/domain/policy.ts";

function problemsOf(document: unknown): readonly string[] {
  try {
    readPolicyDocument(document, "new.json");
    return [];
  } catch (error) {
    if (error instanceof InvalidInputError) return error.problems;
    throw error;
  }
}

test("what a document does not say is the default", () => {
  expect(readPolicyDocument({}, "new.json")).toEqual(defaultPolicy);
  expect(readPolicyDocument({ score: { ban: 75 } }, "new.json").score).toEqual({ ban: 75, watch: 40 });
});

test("every problem is told at once, whatever part it is in", () => {
  const problems = problemsOf({
    score: { ban: 101 },
    bann: {},
    guards: { hourlyBans: 1.5 },
    detections: { "password-spray": { banAt: 0, bannAt: 3, minShare: -1, weight: 2 }, spray: {} },
  });
  expect(problems.join("\n")).toMatch(/score\.ban/);
  for (const part of [
    "bann",
    "guards.hourlyBans",
    "password-spray.banAt",
    "password-spray.bannAt",
    "password-spray.minShare",
  ])
    expect(problems.join("\n")).toContain(part);
  expect(problems).toContainEqual(expect.stringMatching(/^detections\.password-spray\.weight: must be from 0 to 1/));
  expect(problems).toContainEqual(expect.stringMatching(/^detections\.spray: no such detection/));
  expect(problems.length).toBeGreaterThanOrEqual(8);
});

test.each([
  { case: "a watch above the ban", document: { score: { watch: 90 } }, problem: /score\.watch/ },
  {
    case: "a first ban longer than the longest",
    document: { ban: { capMinutes: 30 } },
    problem: /ban\.handsOffMinutes/,
  },
  { case: "a list", document: [], problem: /^all of it/ },
  { case: "nothing", document: null, problem: /^all of it/ },
  { case: "text for detections", document: { detections: "x" }, problem: /^detections/ },
])("$case is refused in words", ({ document, problem }) => {
  expect(problemsOf(document)[0]).toMatch(problem);
});
