/** Alarms that tell people: on what they go off, on what they come back, and where their article stands. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { MINUTE } from "../../functions/domain/instant.ts";
import { alarmDefinition } from "../../local/cloudwatch/alarm-definition.ts";
import { evaluateAlarm } from "../../local/cloudwatch/alarm-evaluation.ts";
import { createMetricStore } from "../../local/cloudwatch/metric-store.ts";
import { anAssembly, only } from "./builders.ts";

const assembly = anAssembly({ runbookUrl: "https://example.com/runbook.md", logs: "fast" });
const alarms = assembly.ofType("AWS::CloudWatch::Alarm");
const health = alarms.filter(({ name }) => name.startsWith("health-"));
const NOW = Date.UTC(2026, 10, 22, 12);

test("never start a run", () => {
  for (const { name } of health) expect(name.startsWith("portcullis-")).toBe(false);
});

test("tell people, in the Region of the topic", () => {
  const topic = only(assembly, "AWS::SNS::Topic");
  for (const { properties, region } of health) {
    expect(properties.AlarmActions).toEqual([topic.arn]);
    expect(region).toBe(topic.region);
  }
});

test.each(["none", "ruleGroup"] as const)(
  "poolProtection %s: no alarm waits for a log that is not ours",
  (poolProtection) => {
    const here = anAssembly({ poolProtection }).ofType("AWS::CloudWatch::Alarm");
    expect(here.filter(({ name }) => /^health-.*-pool-/.test(name))).toEqual([]);
    const coverage = here.find(({ name }) => name === "health-portcullis-coverage-low");
    expect(JSON.stringify(coverage?.properties.Metrics)).not.toContain('"pool"');
  },
);

interface Series {
  readonly metric: string;
  readonly by: Readonly<Record<string, string>>;
  /** A value a minute, the last just before now; null is no data. */
  readonly bad: readonly (number | null)[];
  readonly good: readonly (number | null)[];
}

const minutes = (value: number | null, count = 1) => Array<number | null>(count).fill(value);
const arn = (machine: string) => `arn:aws:states:us-east-1:111122223333:stateMachine:portcullis-${machine}`;
const ours = { Deployment: "portcullis" };
const distribution = only(assembly, "AWS::CloudFront::Distribution").physicalId;
const failed = (machine: string) => ({ metric: "AWS/States ExecutionsFailed", by: { StateMachineArn: arn(machine) } });
const sensor = (Sensor: string): Series => ({
  metric: "Portcullis SensorOk",
  by: { ...ours, Sensor },
  bad: [...minutes(0, 5), ...minutes(null, 10)],
  good: [...minutes(0, 5), ...minutes(1, 5), ...minutes(null, 5)],
});
const sweep = { FunctionName: "portcullis-sweep" };

/** A row for each alarm: names and dimensions as text, so that a change of either is seen here. */
const rows: Readonly<Record<string, Series>> = {
  "mitigation-failed": { ...failed("mitigate"), bad: minutes(1), good: minutes(null) },
  "approval-failed": { ...failed("approve"), bad: minutes(1), good: minutes(null) },
  "rollup-failed": {
    ...failed("rollup"),
    bad: [...minutes(1), ...minutes(null, 70), ...minutes(1), ...minutes(null, 10)],
    good: [...minutes(1), ...minutes(null, 40)],
  },
  "sweep-failing": { metric: "AWS/Lambda Errors", by: sweep, bad: minutes(1, 3), good: [1, 0, 1] },
  "sweep-silent": { metric: "AWS/Lambda Invocations", by: sweep, bad: [1, null, null], good: [null, 1] },
  "gates-failing": {
    metric: "AWS/Lambda Errors",
    by: { FunctionName: "portcullis-gates" },
    bad: [...minutes(1), ...minutes(null, 70), ...minutes(1), ...minutes(null, 10)],
    good: [...minutes(1), ...minutes(null, 40)],
  },
  "policy-unusable": { metric: "Portcullis PolicyUnusable", by: ours, bad: minutes(1, 3), good: [1, 1, 0, 1, 1] },
  "reports-failing": {
    metric: "AWS/Lambda Errors",
    by: { FunctionName: "portcullis-report" },
    bad: [1, null, null, 2],
    good: [1, ...minutes(null, 70), 2],
  },
  "dead-letters": {
    metric: "AWS/SQS ApproximateNumberOfMessagesVisible",
    by: { QueueName: "portcullis-dead-letters" },
    bad: [1],
    good: [0],
  },
  "deny-list-nearly-full": { metric: "Portcullis SetFillPercent", by: ours, bad: [90], good: [89] },
  "bans-without-room": { metric: "Portcullis BansWithoutRoom", by: ours, bad: [1], good: [0] },
  "lock-conflicts": { metric: "Portcullis LockConflicts", by: ours, bad: minutes(1, 5), good: [3, 3, 0, 3, 3] },
  "coverage-low": {
    metric: "Portcullis Coverage",
    by: { ...ours, Log: "trail" },
    bad: [...minutes(12, 60), ...minutes(49, 60)],
    good: [...minutes(12, 60), ...minutes(12, 59), 98],
  },
  "scan-budget": { metric: "Portcullis ScanBudgetPercent", by: ours, bad: [100], good: [99.9] },
  "notices-undelivered": {
    metric: "AWS/SNS NumberOfNotificationsFailed",
    by: { TopicName: "portcullis-notices" },
    bad: [1],
    good: [null],
  },
  "notices-waiting": {
    metric: "Portcullis NoticesWaiting",
    by: ours,
    bad: minutes(1, 15),
    good: [...minutes(3, 14), 0],
  },
  "edge-errors": {
    metric: "AWS/CloudFront 5xxErrorRate",
    by: { DistributionId: distribution, Region: "Global" },
    bad: minutes(5, 5),
    good: [100, 100, 4, 100, 100],
  },
  "edge-logging-silent": sensor("edge-logging"),
  "pool-logging-silent": sensor("pool-logging"),
  "edge-logs-silent": sensor("edge-logs"),
  "pool-logs-silent": sensor("pool-logs"),
  "trail-logs-silent": sensor("trail-logs"),
  "fast-trail-logs-silent": sensor("fast-trail-logs"),
  "trail-logging-silent": sensor("trail-logging"),
  "subscriptions-silent": sensor("subscriptions"),
  "rollups-late": {
    metric: "Portcullis RollupLag",
    by: ours,
    bad: minutes(3 * 3600, 120),
    good: [...minutes(86_400, 110), ...minutes(1500, 10)],
  },
  "edge-function-errors": {
    metric: "Portcullis EdgeFunctionErrors",
    by: { ...ours, EdgeRegion: "all" },
    bad: [5],
    good: [4],
  },
  "sms-spend": { metric: "Portcullis SmsSpend", by: ours, bad: [100], good: [99.5] },
};

test("every alarm that tells people has a row here", () => {
  expect(health.map(({ name }) => name.replace("health-portcullis-", "")).sort()).toEqual(Object.keys(rows).sort());
});

test.each(Object.entries(rows))("%s goes off and comes back", (id, { metric, by, bad, good }) => {
  const resource = health.find(({ name }) => name === `health-portcullis-${id}`);
  if (!resource) throw new Error(`no alarm ${id}`);
  const alarm = alarmDefinition(resource);
  const [namespace = "", name = ""] = metric.split(" ");
  const stateAfter = (series: Series["bad"]) => {
    const store = createMetricStore();
    series.forEach((value, index) => {
      const at = NOW - (series.length - index) * MINUTE;
      if (value !== null) store.put("us-east-1", { namespace, name, dimensions: by, value, at });
    });
    return evaluateAlarm(alarm, store, NOW).state;
  };
  expect(stateAfter(bad)).toBe("ALARM");
  expect(stateAfter(good)).toBe("OK");
});

describe("the runbook", () => {
  const PROCEDURES = "\n## Procedures\n";
  const [text = ""] = readFileSync(join(import.meta.dirname, "../../docs/runbook.md"), "utf8").split(PROCEDURES);
  const articles = [...text.matchAll(/^## (.+)$/gm)].map(([, title = ""]) => title);
  const links = alarms.map(({ properties }) => String(properties.AlarmDescription));
  const linked = links.map((link) => /https:\/\/example\.com\/runbook\.md#([a-z0-9-]+)$/.exec(link)?.[1]);

  test("has an article for each alarm, and no article that no alarm links to", () => {
    expect([...new Set(linked)].sort()).toEqual([...articles].sort());
  });
});
