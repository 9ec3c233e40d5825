import { compileEventPattern } from "../../local/event-pattern.ts";
import { anAssembly, named, type Properties } from "./builders.ts";

const assembly = anAssembly({ quotas: { UserCreation: 7 }, runbookUrl: "https://example.com/runbook.md" });
const alarms = assembly.ofType("AWS::CloudWatch::Alarm");
const categories = ["UserAuthentication", "UserCreation", "UserAccountRecovery", "UserToken", "UserResourceRead"];
const pattern = {
  source: ["aws.cloudwatch"],
  "detail-type": ["CloudWatch Alarm State Change"],
  detail: { alarmName: [{ prefix: "portcullis-" }], state: { value: ["ALARM"] } },
};

describe("quota alarms", () => {
  test("exist for each public category at 50, 70 and 90 %, in the pool's Region", () => {
    const names = alarms.filter(({ stack }) => stack === "portcullis-pool").map(({ name }) => name);
    expect(names).toEqual(categories.flatMap((category) => [50, 70, 90].map((at) => `portcullis-${category}-${at}`)));
    expect(new Set(alarms.filter(({ name }) => names.includes(name)).map(({ region }) => region))).toEqual(
      new Set(["eu-west-1"]),
    );
  });

  test.each(categories)("%s counts the calls that AWS charges to it, minute by minute", (category) => {
    const { properties } = named(assembly, "AWS::CloudWatch::Alarm", `portcullis-${category}-70`);
    const metric: Properties = properties.Metrics.find((each: Properties) => each.MetricStat);
    expect(metric.MetricStat).toEqual({
      Metric: {
        Namespace: "AWS/Usage",
        MetricName: "CallCount",
        Dimensions: expect.arrayContaining([
          { Name: "Type", Value: "API" },
          { Name: "Resource", Value: category },
          { Name: "Service", Value: "Cognito user pool" },
          { Name: "Class", Value: "None" },
        ]),
      },
      Period: 60,
      Stat: "Sum",
    });
    expect(metric.MetricStat.Metric.Dimensions).toHaveLength(4);
    expect(metric.ReturnData).toBe(false);
    expect(properties).toMatchObject({
      Threshold: 70,
      ComparisonOperator: "GreaterThanOrEqualToThreshold",
      EvaluationPeriods: 1,
      TreatMissingData: "notBreaching",
    });
  });

  test.each([
    { category: "UserAuthentication", rps: 120 },
    { category: "UserCreation", rps: 7 },
    { category: "UserAccountRecovery", rps: 30 },
  ])("$category measures per cent of $rps requests per second", ({ category, rps }) => {
    const { properties } = named(assembly, "AWS::CloudWatch::Alarm", `portcullis-${category}-50`);
    const metric: Properties = properties.Metrics.find((each: Properties) => each.MetricStat);
    const used: Properties = properties.Metrics.find((each: Properties) => each.Expression);
    expect(used.Expression).toBe(`100*(${metric.Id}/PERIOD(${metric.Id}))/${rps}`);
    expect(used.ReturnData).not.toBe(false);
  });
});

describe("the way of an alarm to a run", () => {
  test("in us-east-1: a rule on alarms with our prefix starts mitigate", () => {
    const { properties } = named(assembly, "AWS::Events::Rule", "portcullis-alarms");
    expect(properties.EventPattern).toEqual(pattern);
    expect(properties.State).toBe("ENABLED");
    expect(properties.Targets).toEqual([
      expect.objectContaining({
        Arn: "arn:aws:states:us-east-1:111122223333:stateMachine:portcullis-mitigate",
        DeadLetterConfig: { Arn: "arn:aws:sqs:us-east-1:111122223333:portcullis-dead-letters" },
      }),
    ]);
    expect(properties.Targets[0]).not.toHaveProperty("InputTransformer");
  });

  test("from the pool's Region: the same pattern goes to the bus in us-east-1", () => {
    const rule = named(assembly, "AWS::Events::Rule", "portcullis-alarms-to-edge");
    expect(rule.region).toBe("eu-west-1");
    expect(rule.properties.EventPattern).toEqual(pattern);
    expect(rule.properties.Targets).toEqual([
      expect.objectContaining({ Arn: "arn:aws:events:us-east-1:111122223333:event-bus/default" }),
    ]);
  });

  test("a pool in us-east-1 needs no forwarding, and its alarms are seen once", () => {
    const near = anAssembly({ userPool: { id: "us-east-1_Ab12Cd34E", clientIds: ["1example23456789abcdefghij"] } });
    expect(near.ofType("AWS::Events::Rule").map(({ name }) => name)).toEqual(["portcullis-alarms"]);
    expect(new Set(near.resources.map(({ region }) => region))).toEqual(new Set(["us-east-1"]));
  });
});

describe("which events start a run", () => {
  const { EventPattern } = named(assembly, "AWS::Events::Rule", "portcullis-alarms").properties;
  const matches = compileEventPattern(EventPattern, "portcullis-alarms");
  const event = (alarmName: string, value: string, type = "CloudWatch Alarm State Change") => ({
    version: "0",
    id: "c4c1c1c9-6542-e61b-6ef0-8c4d36933a92",
    "detail-type": type,
    source: "aws.cloudwatch",
    account: "111122223333",
    time: "2026-11-22T12:04:40Z",
    region: "eu-west-1",
    resources: [`arn:aws:cloudwatch:eu-west-1:111122223333:alarm:${alarmName}`],
    detail: { alarmName, state: { value, timestamp: "2026-11-22T12:04:40.989+0000" }, previousState: { value: "OK" } },
  });

  test.each([
    { case: "each of our alarms going into ALARM", event: event("portcullis-UserCreation-50", "ALARM"), starts: true },
    {
      case: "an alarm that a person made under the prefix",
      event: event("portcullis-logins-odd", "ALARM"),
      starts: true,
    },
    { case: "the end of an alarm", event: event("portcullis-UserCreation-50", "OK"), starts: false },
    { case: "an alarm of somebody else", event: event("billing", "ALARM"), starts: false },
    { case: "an alarm on ourselves", event: event("health-portcullis-sweep-failing", "ALARM"), starts: false },
    {
      case: "a change of an alarm's configuration",
      event: event("portcullis-UserCreation-50", "ALARM", "CloudWatch Alarm Configuration Change"),
      starts: false,
    },
  ])("$case: $starts", ({ event: each, starts }) => {
    expect(matches(each)).toBe(starts);
  });
});
