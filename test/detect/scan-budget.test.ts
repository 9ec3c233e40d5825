import { judgeRun } from "../../functions/detect/judge-run.ts";
import { prepareLook } from "../../functions/detect/query-parameters.ts";
import { overBudget, partRead } from "../../functions/detect/scan-budget.ts";
import { HOUR } from "../../functions/domain/instant.ts";
import { defaultPolicy } from "../../functions/domain/policy.ts";
import { aRun, NOW } from "./run-builders.ts";

const register = { sampled: async () => [], read: async () => new Map<string, number>() };
const scope = { clientIds: ["1example23456789abcdefghij"], gateHashes: ["ab"] };
const over = { scanned: 1000, budget: 100 };

function aBudget(bytes: number | Error) {
  const lines: string[] = [];
  const asked: unknown[] = [];
  const scanned = async (window: unknown) => {
    asked.push(window);
    if (bytes instanceof Error) throw bytes;
    return bytes;
  };
  return {
    lines,
    asked,
    budget: { meter: { scanned }, gigabytes: 100, deployment: "d", log: (line: string) => void lines.push(line) },
  };
}

test.each([
  { case: "just below it", bytes: 99.9e9, end: null, percent: 99.9 },
  { case: "at it", bytes: 100e9, end: { scanned: 100, budget: 100 }, percent: 100 },
  { case: "ten times over it", bytes: 1000e9, end: over, percent: 1000 },
])("the budget is what the last hour's queries may scan: $case", async ({ bytes, end, percent }) => {
  const { budget, lines, asked } = aBudget(bytes);
  expect(await overBudget(budget, NOW)).toEqual(end);
  expect(asked).toEqual([{ from: NOW - HOUR, to: NOW }]);
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({ Deployment: "d", ScanBudgetPercent: percent });
});

test("what CloudWatch does not tell reads no less, and is logged without its text", async () => {
  const { budget, lines } = aBudget(new TypeError("a secret"));
  expect(await overBudget(budget, NOW)).toBeNull();
  expect(lines).toEqual([JSON.stringify({ event: "scan-budget.unknown", error: "TypeError" })]);
});

test("over the budget every try of a query on raw logs asks for the sample, rollups are read whole", async () => {
  const { parameters: within } = await prepareLook(register, aRun(), scope);
  const { parameters, run } = await prepareLook(register, aRun(), scope, over);
  for (const name of ["short", "shortHalf", "shortSample"] as const)
    expect(parameters[name]).toEqual(within.shortSample);
  for (const name of ["coverage", "coverageHalf", "coverageSample"] as const)
    expect(parameters[name]).toEqual(within.coverageSample);
  for (const name of ["slow", "slowHalf", "slowSample", "history", "historyHalf", "historySample"] as const)
    expect(parameters[name]).toEqual(within[name]);
  expect(run.overBudget).toEqual(over);
});

test("the next look that is within the budget reads everything again", async () => {
  const { run } = await prepareLook(register, aRun({ overBudget: over }), scope);
  expect(run).not.toHaveProperty("overBudget");
});

test("whichever try of a query succeeded, what it read of raw logs was the sample", () => {
  const run = aRun({ overBudget: over });
  for (const window of ["short", "accounts", "coverage"] as const) {
    expect(partRead({ window }, run)).toBe("sample");
    expect(partRead({ window, part: "half" }, run)).toBe("sample");
    expect(partRead({ window }, aRun())).toBeUndefined();
  }
  expect(partRead({ window: "slow" }, run)).toBeUndefined();
  expect(partRead({ window: "history", part: "half" }, run)).toBe("half");
});

test("a look over the budget says so, with both figures", () => {
  const window = { size: "short" as const, rows: [], part: "sample" as const, bytesScanned: 9e6, error: "" };
  const rules = { policy: defaultPolicy, strikesOf: () => 0 };
  const { missing } = judgeRun(aRun({ overBudget: over }), [window], rules);
  expect(missing[0]).toMatch(/scanned 1000 GB.*budget is 100 GB.*one in 16.*lower bounds/);
});
