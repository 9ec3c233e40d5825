import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { readTrigger } from "../../functions/detect/alarm-event.ts";
import { InvalidInputError } from "../../functions/domain/errors.ts";
import { alarmFacts, anAlarmEvent, aQuotaMetric } from "./run-builders.ts";

const scope = { alarmPrefixes: ["portcullis-", "logins/"], categories: ["UserAuthentication", "UserCreation"] };

describe("alarm events", () => {
  test("a quota alarm starts a run on the category in its metric's dimensions", () => {
    expect(readTrigger(anAlarmEvent(), scope)).toEqual({
      kind: "alarm",
      alarmName: "portcullis-UserAuthentication-50",
      alarmRegion: "eu-west-1",
      category: "UserAuthentication",
      at: Date.UTC(2026, 10, 22, 12, 0, 5, 123),
      facts: alarmFacts,
    });
  });

  test("the category comes from the metric, not from the alarm's name", () => {
    const event = anAlarmEvent({
      alarmName: "portcullis-UserCreation-90",
      metrics: [aQuotaMetric("UserAuthentication")],
    });
    expect(readTrigger(event, scope)).toMatchObject({ category: "UserAuthentication" });
  });

  test.each([
    { case: "expression first", metrics: [{ id: "e1", expression: "100*m/5" }, aQuotaMetric("UserCreation")] },
    { case: "metric first", metrics: [aQuotaMetric("UserCreation"), { id: "e1", expression: "100*m/5" }] },
  ])("metrics stand in any order: $case", ({ metrics }) => {
    expect(readTrigger(anAlarmEvent({ metrics }), scope)).toMatchObject({ category: "UserCreation" });
  });

  test.each([
    { case: "a metric of another namespace", metrics: [aQuotaMetric("UserCreation", "AWS/WAFV2")] },
    { case: "a category that is not ours", metrics: [aQuotaMetric("UserPoolRead")] },
    { case: "two categories", metrics: [aQuotaMetric("UserCreation"), aQuotaMetric("UserAuthentication")] },
    { case: "no metrics: a composite alarm", metrics: undefined },
  ])("$case starts a run on all categories", ({ metrics }) => {
    expect(readTrigger(anAlarmEvent({ metrics }), scope)).toMatchObject({ kind: "alarm", category: "all" });
  });

  test("an anomaly alarm, whose band stands among its metrics, starts a run on all categories", () => {
    const event = anAnomalyEvent();
    expect(readTrigger(event, scope)).toEqual({
      kind: "alarm",
      alarmName: "portcullis-sign-in-failures-1example23456789abcdefghij",
      alarmRegion: "eu-west-1",
      category: "all",
      at: Date.UTC(2026, 10, 22, 14, 50, 44, 123),
      facts: {
        ...{ metric: "Failed sign-ins", value: 340, threshold: 14.4 },
        reason: expect.stringMatching(/^Thresholds Crossed: 2 out of the last 2 datapoints/),
      },
    });
  });

  test.each([
    { case: "no text of a reason", state: {} },
    { case: "data that is no JSON", state: { reasonData: "{" } },
    { case: "data of another shape", state: { reasonData: '["a"]' } },
    { case: "data points that are no numbers", state: { reasonData: '{"recentDatapoints":["many"],"threshold":"x"}' } },
  ])("a run starts although its alarm gives $case", ({ state }) => {
    const event = anAlarmEvent();
    const { value, timestamp } = event.detail.state;
    const input = { ...event, detail: { ...event.detail, state: { value, timestamp, ...state } } };
    expect(readTrigger(input, scope)).toMatchObject({
      kind: "alarm",
      facts: { ...alarmFacts, value: null, threshold: null, reason: null },
    });
  });

  test("CloudWatch's own sentence is cut and made printable", () => {
    const event = anAlarmEvent();
    const state = { ...event.detail.state, reason: `\u202e<b>${"x".repeat(5_000)}` };
    const trigger = readTrigger({ ...event, detail: { ...event.detail, state } }, scope);
    expect(trigger).toMatchObject({ facts: { reason: expect.stringMatching(/^\?<b>x{396}$/) } });
  });

  test("an alarm under a prefix of the config starts a run, whatever it watches", () => {
    const metrics = [
      { id: "m1", metricStat: { metric: { namespace: "Acme/Logins", name: "Odd" }, period: 60, stat: "Sum" } },
    ];
    expect(readTrigger(anAlarmEvent({ alarmName: "logins/odd", metrics }), scope)).toMatchObject({ category: "all" });
    expect(readTrigger(anAlarmEvent({ alarmName: "login/odd", metrics }), scope)).toMatchObject({ kind: "ignored" });
  });

  test.each([
    {
      case: "an alarm on what our functions measure",
      event: anAlarmEvent({ metrics: [aQuotaMetric("x", "Portcullis")] }),
      reason: /own machinery/,
    },
    { case: "an alarm of somebody else", event: anAlarmEvent({ alarmName: "billing" }), reason: /not ours/ },
    { case: "a transition to OK", event: anAlarmEvent({ value: "OK" }), reason: /transition to OK/ },
    {
      case: "a transition to INSUFFICIENT_DATA",
      event: anAlarmEvent({ value: "INSUFFICIENT_DATA" }),
      reason: /INSUFFICIENT_DATA/,
    },
    { case: "an alarm that had fired before", event: anAlarmEvent({ previous: "ALARM" }), reason: /before/ },
    {
      case: "a configuration change",
      event: { ...anAlarmEvent(), "detail-type": "CloudWatch Alarm Configuration Change" },
      reason: /Configuration Change/,
    },
    { case: "an event of another service", event: { ...anAlarmEvent(), source: "aws.ec2" }, reason: /aws\.ec2/ },
    {
      case: "an alarm on our own machinery",
      event: anAlarmEvent({ metrics: [aQuotaMetric("x", "AWS/States")] }),
      reason: /own machinery/,
    },
  ])("$case is ignored", ({ event, reason }) => {
    expect(readTrigger(event, scope)).toEqual({ kind: "ignored", reason: expect.stringMatching(reason) });
  });

  test("an alarm's first transition, without previous state, starts a run", () => {
    expect(readTrigger(anAlarmEvent({ previous: null }), scope)).toMatchObject({ kind: "alarm" });
  });

  test("texts of events are cut and made printable before anybody reads them", () => {
    const { reason } = readTrigger(anAlarmEvent({ alarmName: `\u001b[31m${"x".repeat(200)}` }), scope) as {
      reason: string;
    };
    expect(reason).not.toMatch(/[^\x20-\x7e]/);
    expect(reason.length).toBeLessThan(120);
  });
});

/** In the form of the anomaly alarm among AWS's examples ("Alarm events and EventBridge"). */
function anAnomalyEvent() {
  const signIns = (id: string, stat: string) => ({
    id,
    metricStat: {
      metric: {
        namespace: "AWS/Cognito",
        name: "SignInSuccesses",
        dimensions: { UserPool: "eu-west-1_Ab12Cd34E", UserPoolClient: "1example23456789abcdefghij" },
      },
      period: 300,
      stat,
    },
    returnData: false,
  });
  const reasonData = {
    ...{ version: "1.0", queryDate: "2026-11-22T14:50:44.120+0000", startDate: "2026-11-22T14:40:00.000+0000" },
    ...{
      period: 300,
      recentDatapoints: [212, 340],
      recentLowerThresholds: [-3.1, -3.1],
      recentUpperThresholds: [14.2, 14.4],
    },
  };
  const event = anAlarmEvent({
    alarmName: "portcullis-sign-in-failures-1example23456789abcdefghij",
    timestamp: "2026-11-22T14:50:44.123+0000",
    metrics: [
      { id: "failures", expression: "tries - successes", label: "Failed sign-ins", returnData: true },
      signIns("tries", "SampleCount"),
      signIns("successes", "Sum"),
      { id: "expected", expression: "ANOMALY_DETECTION_BAND(failures, 4)", label: "Expected", returnData: true },
    ],
  });
  const state = {
    ...event.detail.state,
    reason:
      "Thresholds Crossed: 2 out of the last 2 datapoints [340.0 (22/11/26 14:45:00), 212.0 (22/11/26 14:40:00)] were greater than the upper thresholds [14.4, 14.2] (minimum 2 datapoints for OK -> ALARM transition).",
    reasonData: JSON.stringify(reasonData),
  };
  return { ...event, detail: { ...event.detail, state } };
}

describe("other inputs", () => {
  test("a patrol tick", () => expect(readTrigger({ patrol: true }, scope)).toEqual({ kind: "patrol" }));

  test("a manual start names a category, or means all", () => {
    expect(readTrigger({ manual: { category: "UserCreation" } }, scope)).toEqual({
      kind: "manual",
      category: "UserCreation",
    });
    expect(readTrigger({ manual: {} }, scope)).toEqual({ kind: "manual", category: "all" });
  });

  test.each([
    { case: "nothing", input: {} },
    { case: "null", input: null },
    { case: "a text", input: "ALARM" },
    { case: "a patrol that is not true", input: { patrol: "yes" } },
    { case: "a manual start of an unknown category", input: { manual: { category: "Nope" } } },
    { case: "an alarm event without state", input: { ...anAlarmEvent(), detail: { alarmName: "portcullis-x" } } },
    {
      case: "an alarm event whose instant has no zone",
      input: anAlarmEvent({ timestamp: "2026-11-22T12:00:05.123" }),
    },
    { case: "CloudWatch's direct form", input: { source: "aws.cloudwatch", alarmData: { alarmName: "portcullis-x" } } },
    { case: "SNS's form", input: { Records: [{ EventSource: "aws:sns", Sns: { Message: "{}" } }] } },
  ])("$case is refused: something is wired wrongly", ({ input }) => {
    expect(() => readTrigger(input, scope)).toThrow(InvalidInputError);
  });
});

const corpus = join(import.meta.dirname, "../../../shared/corpus/alarms");
(existsSync(corpus) ? describe : describe.skip)("alarm events that others wrote (corpus)", () => {
  const read = (file: string): unknown => JSON.parse(readFileSync(join(corpus, file), "utf8"));
  const anyName = { ...scope, alarmPrefixes: [""] };

  test("of AWS's examples the four state changes start a run, the six configuration changes do not", () => {
    const events = read("eventbridge-alarm-events.awsdocs.json") as unknown[];
    const triggers = events.map((event) => readTrigger(event, anyName));
    expect(triggers.map(({ kind }) => kind)).toEqual([
      ...Array<string>(4).fill("alarm"),
      ...Array<string>(6).fill("ignored"),
    ]);
    expect(triggers.slice(0, 4)).toMatchObject([
      { alarmName: "ServerCpuTooHigh", category: "all", at: Date.UTC(2019, 9, 2, 17, 4, 40, 989) },
      { alarmName: "TotalNetworkTrafficTooHigh" },
      { alarmName: "EC2 CPU Utilization Anomaly" },
      { alarmName: "ServiceAggregatedAlarm" },
    ]);
  });

  test.each([
    "powertools-cloudWatchAlarmEventSingleMetric.json",
    "powertools-cloudWatchAlarmEventCompositeMetric.json",
    "aws-lambda-go-sns-single-metric.json",
    "aws-lambda-go-sns-multiple-metrics.json",
  ])("%s is no EventBridge event and is refused", (file) => {
    expect(() => readTrigger(read(file), anyName)).toThrow(InvalidInputError);
  });
});
