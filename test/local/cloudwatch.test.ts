import { readFileSync } from "node:fs";
import { join } from "node:path";

import { HOUR, MINUTE, SECOND } from "../../functions/domain/instant.ts";
import { createCloudWatch } from "../../local/cloudwatch.ts";
import type { BusEvent } from "../../local/ports.ts";
import { ACCOUNT, anAssembly, aResource } from "./hand-assembly.ts";
import { handClock } from "./hand-clock.ts";

const NOON = Date.parse("2026-11-22T12:00:00Z");
const USAGE = { Type: "API", Resource: "UserAuthentication", Service: "Cognito user pool", Class: "None" };
const dimensions = (all: Record<string, string>) => Object.entries(all).map(([Name, Value]) => ({ Name, Value }));

const quotaMetrics = (expression = "100*(usage/PERIOD(usage))/5") => [
  { Id: "expr_1", Expression: expression, Label: "percent" },
  {
    Id: "usage",
    MetricStat: {
      Metric: { Namespace: "AWS/Usage", MetricName: "CallCount", Dimensions: dimensions(USAGE) },
      Period: 60,
      Stat: "Sum",
    },
    ReturnData: false,
  },
];

function anAlarm(properties: Record<string, unknown> = {}, name = "portcullis-UserAuthentication-70") {
  return aResource({
    type: "AWS::CloudWatch::Alarm",
    logicalId: name,
    name,
    region: "eu-west-1",
    arn: `arn:aws:cloudwatch:eu-west-1:${ACCOUNT}:alarm:${name}`,
    properties: {
      AlarmName: name,
      ComparisonOperator: "GreaterThanOrEqualToThreshold",
      EvaluationPeriods: 1,
      Threshold: 70,
      TreatMissingData: "notBreaching",
      Metrics: quotaMetrics(),
      ...properties,
    },
  });
}

function world(...alarms: ReturnType<typeof anAlarm>[]) {
  const clock = handClock(NOON);
  const events: (BusEvent & { busRegion: string })[] = [];
  const published: { topicArn: string; subject: string }[] = [];
  const cloudWatch = createCloudWatch({
    clock,
    assembly: anAssembly(alarms),
    bus: { put: (busRegion, event) => void events.push({ busRegion, ...event }) },
    publish: (topicArn, { subject }) => void published.push({ topicArn, subject }),
  });
  const calls = (count: number, more: Partial<{ dimensions: Record<string, string>; region: string }> = {}) =>
    cloudWatch.metrics.put(more.region ?? "eu-west-1", {
      namespace: "AWS/Usage",
      name: "CallCount",
      dimensions: more.dimensions ?? USAGE,
      value: count,
      at: clock.now(),
    });
  const state = () => cloudWatch.alarms.list()[0]?.state.value;
  return { ...cloudWatch, clock, events, published, calls, state };
}

describe("an alarm", () => {
  test("goes to ALARM once the period in which the quota was used has closed, and tells the bus once", async () => {
    const cw = world(anAlarm());
    expect(cw.state()).toBe("INSUFFICIENT_DATA");
    await cw.clock.pass(2 * MINUTE);
    expect(cw.state()).toBe("OK");
    cw.calls(210);
    await cw.clock.pass(59 * SECOND);
    expect(cw.state()).toBe("OK");
    await cw.clock.pass(11 * SECOND);
    expect(cw.state()).toBe("ALARM");
    cw.calls(400);
    await cw.clock.pass(70 * SECOND);
    expect(cw.state()).toBe("ALARM");
    expect(cw.events.map(({ detail }) => stateOf(detail))).toEqual(["OK", "ALARM"]);
    await cw.clock.pass(2 * MINUTE);
    expect(cw.state()).toBe("OK");
  });

  test.each([
    { case: "one call below the threshold", calls: 209, more: {} },
    {
      case: "another spelling of the service",
      calls: 900,
      more: { dimensions: { ...USAGE, Service: "Cognito User Pool" } },
    },
    { case: "a dimension more", calls: 900, more: { dimensions: { ...USAGE, Pool: "x" } } },
    { case: "another Region", calls: 900, more: { region: "us-east-1" } },
  ])("stays OK: $case", async ({ calls, more }) => {
    const cw = world(anAlarm());
    cw.calls(calls, more);
    await cw.clock.pass(3 * MINUTE);
    expect(cw.state()).toBe("OK");
  });

  test("wants as many datapoints as it says, among the last periods", async () => {
    const cw = world(anAlarm({ EvaluationPeriods: 3, DatapointsToAlarm: 2 }));
    const states: unknown[] = [];
    for (const calls of [300, 0, 300, 0, 0]) {
      cw.calls(calls);
      await cw.clock.pass(MINUTE);
      states.push(cw.state());
    }
    await cw.clock.pass(MINUTE);
    states.push(cw.state());
    expect(states).toEqual(["INSUFFICIENT_DATA", "OK", "OK", "ALARM", "OK", "OK"]);
  });

  test.each([
    { missing: "missing", state: "INSUFFICIENT_DATA" },
    { missing: "ignore", state: "ALARM" },
    { missing: "breaching", state: "ALARM" },
    { missing: "notBreaching", state: "OK" },
  ])("no data after an alarm, treated as $missing: $state", async ({ missing, state }) => {
    const cw = world(anAlarm({ TreatMissingData: missing }));
    cw.calls(300);
    await cw.clock.pass(70 * SECOND);
    expect(cw.state()).toBe("ALARM");
    await cw.clock.pass(5 * MINUTE);
    expect(cw.state()).toBe(state);
  });

  test("of five minutes is evaluated when five minutes have closed", async () => {
    const usage = quotaMetrics().map((query) =>
      "MetricStat" in query ? { ...query, MetricStat: { ...query.MetricStat, Period: 300 } } : query,
    );
    const cw = world(anAlarm({ Metrics: usage }));
    cw.calls(70 * 5 * 3);
    await cw.clock.pass(5 * MINUTE);
    expect(cw.state()).toBe("INSUFFICIENT_DATA");
    await cw.clock.pass(10 * SECOND);
    expect(cw.state()).toBe("ALARM");
  });

  test("does what its actions say on the topic of the new state", async () => {
    const cw = world(anAlarm({ AlarmActions: ["arn:aws:sns:eu-west-1:111122223333:notices"] }));
    cw.calls(300);
    await cw.clock.pass(5 * MINUTE);
    expect(cw.published).toEqual([
      {
        topicArn: "arn:aws:sns:eu-west-1:111122223333:notices",
        subject: 'ALARM: "portcullis-UserAuthentication-70" in eu-west-1',
      },
    ]);
  });

  test("that is stopped evaluates nothing any more", async () => {
    const cw = world(anAlarm());
    cw.stop();
    cw.calls(300);
    await cw.clock.pass(HOUR);
    expect(cw.events).toEqual([]);
  });
});

describe("the event", () => {
  async function alarmed(properties: Record<string, unknown> = {}) {
    const cw = world(anAlarm(properties));
    await cw.clock.pass(2 * MINUTE);
    cw.calls(210);
    await cw.clock.pass(70 * SECOND);
    const [event] = cw.events.slice(-1);
    if (!event) throw new Error("no event");
    return event;
  }

  test("has EventBridge's envelope and the metrics with their dimensions as an object", async () => {
    const event = await alarmed({ AlarmDescription: "runbook" });
    expect(event).toMatchObject({
      busRegion: "eu-west-1",
      version: "0",
      "detail-type": "CloudWatch Alarm State Change",
      source: "aws.cloudwatch",
      account: ACCOUNT,
      time: "2026-11-22T12:03:10Z",
      region: "eu-west-1",
      resources: [`arn:aws:cloudwatch:eu-west-1:${ACCOUNT}:alarm:portcullis-UserAuthentication-70`],
      detail: {
        alarmName: "portcullis-UserAuthentication-70",
        configuration: {
          description: "runbook",
          metrics: [
            { id: "expr_1", expression: "100*(usage/PERIOD(usage))/5", label: "percent", returnData: true },
            {
              id: "usage",
              metricStat: {
                metric: { namespace: "AWS/Usage", name: "CallCount", dimensions: USAGE },
                period: 60,
                stat: "Sum",
              },
              returnData: false,
            },
          ],
        },
        previousState: { value: "OK" },
        state: { value: "ALARM", timestamp: "2026-11-22T12:03:10.000+0000" },
      },
    });
  });

  test("says in JSON text and in words what crossed the threshold", async () => {
    const { state } = detailOf(await alarmed());
    expect(state.reason).toBe(
      "Threshold Crossed: 1 out of the last 1 datapoints [70.0 (22/11/26 12:02:00)] was greater than or equal to the " +
        "threshold (70.0) (minimum 1 datapoint for OK -> ALARM transition).",
    );
    expect(JSON.parse(state.reasonData)).toMatchObject({
      version: "1.0",
      startDate: "2026-11-22T12:02:00.000+0000",
      period: 60,
      recentDatapoints: [70],
      threshold: 70,
    });
  });

  test("of a plain alarm carries its one metric under an id that nobody chose", async () => {
    const event = await alarmed({
      Metrics: undefined,
      Namespace: "AWS/Usage",
      MetricName: "CallCount",
      Dimensions: dimensions(USAGE),
      Statistic: "Sum",
      Period: 60,
    });
    const [metric] = detailOf(event).configuration.metrics;
    expect(metric).toMatchObject({ metricStat: { metric: { dimensions: USAGE }, stat: "Sum" }, returnData: true });
    expect(metric?.id).toMatch(/^[0-9a-f]{8}-/);
    expect(JSON.parse(detailOf(event).state.reasonData)).toMatchObject({ statistic: "Sum" });
  });

  test("of the first transition has a previous state without reasonData", async () => {
    const cw = world(anAlarm());
    cw.calls(300);
    await cw.clock.pass(70 * SECOND);
    const [event] = cw.events;
    if (!event) throw new Error("no event");
    const { previousState } = detailOf(event);
    expect(previousState).toMatchObject({ value: "INSUFFICIENT_DATA", reason: "Unchecked: Initial alarm creation" });
    expect(previousState).not.toHaveProperty("reasonData");
  });

  const published = join(import.meta.dirname, "../../../shared/corpus/alarms/eventbridge-alarm-events.awsdocs.json");
  const sample = read(published);
  (sample ? test : test.skip)("has exactly the members that AWS's own example has", async () => {
    expect(shape(await alarmed({ AlarmDescription: "x" }))).toEqual(shape(sample?.[1]));
  });
});

function read(file: string): unknown[] | null {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return null;
  }
}

/** Paths of all members, but for names that are values and what only previous states of other examples have. */
function shape(event: unknown): string[] {
  const paths = new Set<string>();
  const walk = (value: unknown, path: string) => {
    if (Array.isArray(value)) for (const item of value) walk(item, `${path}[]`);
    else if (value && typeof value === "object")
      for (const [key, item] of Object.entries(value))
        walk(item, path.endsWith("dimensions") ? `${path}.*` : `${path}.${key}`);
    else paths.add(path);
  };
  walk(event, "");
  return [...paths].filter((path) => path !== ".busRegion" && path !== ".detail.previousState.reasonData").sort();
}

interface Detail {
  configuration: { metrics: { id: string }[] };
  state: { value: string; reason: string; reasonData: string };
  previousState: { value: string };
}
const detailOf = (event: BusEvent) => event.detail as Detail;
const stateOf = (detail: unknown) => (detail as Detail).state.value;

describe("the boot stops at", () => {
  test("a composite alarm, whose event has no metrics", () => {
    expect(() => world({ ...anAlarm(), type: "AWS::CloudWatch::CompositeAlarm" })).toThrow(/composite/);
  });

  test.each([
    { case: "a function it does not evaluate", metrics: quotaMetrics("SERVICE_QUOTA(usage)"), says: /SERVICE_QUOTA/ },
    {
      case: "a band within an expression",
      metrics: quotaMetrics("2*ANOMALY_DETECTION_BAND(usage, 2)"),
      says: /ANOMALY/,
    },
    { case: "code", metrics: quotaMetrics("usage.constructor"), says: /MemberExpression/ },
    { case: "a metric that is not there", metrics: quotaMetrics("other/5"), says: /refers to other/ },
    { case: "a broken expression", metrics: quotaMetrics("100*(usage"), says: /cannot be read/ },
    { case: "an expression about itself", metrics: quotaMetrics("expr_1 + 1"), says: /refers to itself/ },
    { case: "a percentile", metrics: withStat("p99"), says: /Stat/ },
    { case: "two results", metrics: quotaMetrics().map((query) => ({ ...query, ReturnData: true })), says: /exactly/ },
  ])("$case", ({ metrics, says }) => {
    expect(() => world(anAlarm({ Metrics: metrics }))).toThrow(says);
  });

  function withStat(Stat: string) {
    return quotaMetrics().map((query) =>
      "MetricStat" in query ? { ...query, MetricStat: { ...query.MetricStat, Stat } } : query,
    );
  }
});
