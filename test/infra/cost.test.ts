import { alarmMetrics, estimate, ruleCount, totalOf } from "../../cli/cost-estimate.ts";
import type { DeploymentInput } from "../../functions/domain/deployment.ts";
import { PRICES_OF, unitPrices } from "../../functions/domain/unit-prices.ts";
import { run } from "../cli/run-command.ts";
import { aDeployment, anAssembly, type Properties } from "./builders.ts";

const costOf = (calls: number, over: Partial<DeploymentInput> = {}) => totalOf(estimate(aDeployment(over), calls));
const EXAMPLE = "portcullis.config.example.json";

test.each([
  { case: "as it comes", over: {} },
  { case: "without the pool", over: { poolProtection: "none" } },
  {
    case: "with a gate, limits and groups",
    over: {
      gate: "count",
      operationLimits: { codes: { operations: ["SignUp"], limit: 20 } },
      managedRuleGroups: { edge: [{ name: "AWSManagedRulesAnonymousIpList", action: "block" }] },
      thresholds: [50],
    },
  },
] as const)("rules and alarms are counted as the templates hold them: $case", ({ over }) => {
  const deployment = aDeployment(over as Partial<DeploymentInput>);
  const assembly = anAssembly(over as Partial<DeploymentInput>);
  const properties = (type: string): Properties[] => assembly.ofType(type).map((resource) => resource.properties);
  const rules = properties("AWS::WAFv2::WebACL").flatMap(({ Rules }) => Rules);
  expect(ruleCount(deployment)).toBe(rules.length);
  const metrics = properties("AWS::CloudWatch::Alarm").flatMap(({ Metrics = [{ MetricStat: {} }] }) =>
    Metrics.filter(({ MetricStat }: Properties) => MetricStat),
  );
  expect(Math.abs(alarmMetrics(deployment) - metrics.length)).toBeLessThan(metrics.length / 5);
});

test("what grows with calls grows in proportion, and the rest is there without any", () => {
  const [none, some, twice] = [costOf(0), costOf(1e9), costOf(2e9)];
  expect(none).toBeGreaterThan(10);
  expect(none).toBeLessThan(60);
  expect((twice - none) / (some - none)).toBeCloseTo(2, 1);
});

test("an option costs what it adds", () => {
  // 2 × 2.2 KB of the web ACLs' logs, and 5 KB for CloudTrail's record.
  expect(costOf(1e7, { logs: "fast" }) - costOf(1e7)).toBeCloseTo(1e7 * 9.4e-6 * 0.029, 2);
  expect(costOf(1e7, { poolProtection: "none" })).toBeLessThan(costOf(1e7));
  expect(costOf(1e7) - costOf(1e7, { trail: { bucket: "org-trail" } })).toBeCloseTo(1e7 * unitPrices.trailEvent.usd);
});

test("the command prints lines that add up, and says of when its prices are", async () => {
  const { code, out } = await run("cost", "--calls-per-month", "5e6", "--config", EXAMPLE, "--json");
  const { usd, lines, pricesOf } = JSON.parse(out);
  expect([code, pricesOf]).toEqual([0, PRICES_OF]);
  expect(lines.reduce((sum: number, line: { usd: number }) => sum + line.usd, 0)).toBeCloseTo(usd, 0);
  const text = await run("cost", "--calls-per-month", "5e6", "--config", EXAMPLE);
  expect(text.out).toContain(`${usd.toFixed(2)}  in all`);
  expect(text.out).toMatch(/unverified/);
});

test.each(["x", "-1", " "])("%j is no number of calls", async (calls) => {
  expect((await run("cost", "--calls-per-month", calls, "--config", EXAMPLE)).code).toBe(2);
});
