import { CloudWatchClient, DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";

import * as z from "zod";

import { InvalidInputError } from "../../functions/domain/errors.ts";
import { MINUTE } from "../../functions/domain/instant.ts";
import { startAwsServer } from "../../local/aws-server.ts";
import { createCloudWatch } from "../../local/cloudwatch.ts";
import type { BusEvent } from "../../local/ports.ts";
import { plainClock, sdkConfig } from "./builders.ts";
import { ACCOUNT, anAssembly, aResource } from "./hand-assembly.ts";
import { handClock } from "./hand-clock.ts";

const NOON = Date.parse("2026-11-22T12:00:00Z");
const STEP = 5 * MINUTE;
const dimensions = { UserPool: "eu-west-1_Ab12Cd34E", UserPoolClient: "1example23456789abcdefghij" };

const signIns = (id: string, stat: string) => ({
  Id: id,
  MetricStat: {
    Metric: {
      Namespace: "AWS/Cognito",
      MetricName: "SignInSuccesses",
      Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
    },
    Period: 300,
    Stat: stat,
  },
  ReturnData: false,
});
const band = { Id: "expected", Expression: "ANOMALY_DETECTION_BAND(failures, 4)", Label: "Expected" };

function anAlarm(properties: Record<string, unknown> = {}) {
  const name = "portcullis-sign-in-failures";
  return aResource({
    type: "AWS::CloudWatch::Alarm",
    logicalId: name,
    name,
    region: "eu-west-1",
    arn: `arn:aws:cloudwatch:eu-west-1:${ACCOUNT}:alarm:${name}`,
    properties: {
      AlarmName: name,
      ComparisonOperator: "GreaterThanUpperThreshold",
      EvaluationPeriods: 2,
      ThresholdMetricId: "expected",
      TreatMissingData: "notBreaching",
      Metrics: [
        { Id: "failures", Expression: "tries - successes", Label: "Failed sign-ins", Period: 300 },
        signIns("tries", "SampleCount"),
        signIns("successes", "Sum"),
        band,
      ],
      ...properties,
    },
  });
}

function world(properties: Record<string, unknown> = {}) {
  const clock = handClock(NOON);
  const events: BusEvent[] = [];
  const cloudWatch = createCloudWatch({
    clock,
    assembly: anAssembly([anAlarm(properties)]),
    bus: { put: (_region, event) => void events.push(event) },
  });
  const put = (value: number, at: number) =>
    cloudWatch.metrics.put("eu-west-1", { namespace: "AWS/Cognito", name: "SignInSuccesses", dimensions, value, at });
  /** Five minutes with so many failures among a hundred sign-ins. */
  const failures = (count: number, at = clock.now()) => {
    for (let call = 0; call < 100; call += 1) put(call < count ? 0 : 1, at);
  };
  const usual = (periods: number) => {
    for (let period = 1; period <= periods; period += 1) failures(period % 2 ? 4 : 6, NOON - period * STEP);
  };
  const pass = async (count: number) => {
    failures(count);
    await clock.pass(STEP);
  };
  const state = () => cloudWatch.alarms.list()[0]?.state.value;
  return { ...cloudWatch, clock, events, usual, pass, state };
}

test("two periods above what the day before lets expect go to ALARM, two within it come back", async () => {
  const cw = world();
  cw.usual(48);
  const states: unknown[] = [];
  for (const failures of [5, 9, 60, 70, 60, 5, 5]) {
    await cw.pass(failures);
    await cw.clock.pass(10_000);
    states.push(cw.state());
  }
  expect(states).toEqual(["OK", "OK", "OK", "ALARM", "ALARM", "OK", "OK"]);
});

test("what is a flood for one pool is an ordinary hour for another", async () => {
  const cw = world({ EvaluationPeriods: 1 });
  for (let period = 1; period <= 48; period += 1)
    for (let call = 0; call < 200; call += 1)
      cw.metrics.put("eu-west-1", {
        ...{ namespace: "AWS/Cognito", name: "SignInSuccesses", dimensions },
        value: call < (period % 2 ? 40 : 80) ? 0 : 1,
        at: NOON - period * STEP,
      });
  await cw.pass(90);
  await cw.clock.pass(10_000);
  expect(cw.state()).toBe("OK");
});

test("with a few points there is no band yet, so nothing goes off", async () => {
  const cw = world({ EvaluationPeriods: 1 });
  cw.usual(5);
  await cw.pass(99);
  await cw.clock.pass(10_000);
  expect(cw.state()).toBe("OK");
});

const eventSchema = z.object({
  configuration: z.object({ metrics: z.array(z.unknown()) }),
  state: z.object({ value: z.string(), reason: z.string(), reasonData: z.string() }),
});

test("the event shows the band among the metrics and both bounds in its reason, as AWS's does", async () => {
  const cw = world({ EvaluationPeriods: 1 });
  cw.usual(48);
  await cw.pass(60);
  await cw.clock.pass(10_000);
  const { configuration, state } = eventSchema.parse(cw.events.at(-1)?.detail);
  expect(configuration.metrics.at(-1)).toEqual({
    id: "expected",
    expression: "ANOMALY_DETECTION_BAND(failures, 4)",
    label: "Expected",
    returnData: true,
  });
  expect(state.value).toBe("ALARM");
  expect(state.reason).toBe(
    "Thresholds Crossed: 1 out of the last 1 datapoints [60.0 (22/11/26 12:00:00)] was greater than the upper thresholds [1, 9] (minimum 1 datapoint for INSUFFICIENT_DATA -> ALARM transition).",
  );
  expect(JSON.parse(state.reasonData)).toMatchObject({
    recentDatapoints: [60],
    recentLowerThresholds: [1],
    recentUpperThresholds: [9],
  });
  expect(JSON.parse(state.reasonData)).not.toHaveProperty("threshold");
});

test.each([
  { case: "a band that is not the threshold", properties: { ThresholdMetricId: "failures" } },
  { case: "a number beside the band", properties: { Threshold: 5 } },
  { case: "a band with an ordinary comparison", properties: { ComparisonOperator: "GreaterThanThreshold" } },
  {
    case: "a band around what returns no data",
    properties: {
      Metrics: [{ ...signIns("failures", "Sum") }, { ...signIns("other", "Sum"), ReturnData: true }, band],
    },
  },
])("refuses $case at boot, as AWS does at deployment", ({ properties }) => {
  expect(() => world(properties)).toThrow(InvalidInputError);
});

test("DescribeAlarms shows the band in place of a threshold", async () => {
  const { service } = world();
  const server = await startAwsServer({ clock: plainClock, services: { monitoring: service } });
  const client = new CloudWatchClient({ ...sdkConfig(server.url), region: "eu-west-1" });
  const { MetricAlarms = [] } = await client.send(new DescribeAlarmsCommand({}));
  await server.stop();
  expect(MetricAlarms[0]).toMatchObject({ ThresholdMetricId: "expected" });
  expect(MetricAlarms[0]).not.toHaveProperty("Threshold");
  expect(MetricAlarms[0]?.Metrics?.map(({ Id }) => Id)).toEqual(["failures", "tries", "successes", "expected"]);
});
