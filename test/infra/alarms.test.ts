import type { DeploymentInput } from "../../functions/domain/deployment.ts";
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
    const names = alarms.map(({ name }) => name).filter((name) => /^portcullis-\w+-\d\d$/.test(name));
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

describe("further alarms that start a run", () => {
  const quotaAlarm = /^portcullis-\w+-\d\d$/;
  const further = alarms.filter(({ name }) => name.startsWith("portcullis-") && !quotaAlarm.test(name));
  const usage = (name: string, Resource: string) =>
    `eu-west-1 AWS/Usage ${name} Sum 60 Class=None Resource=${Resource} Service=Cognito user pool Type=API`;
  const signIns = (stat: string) =>
    `eu-west-1 AWS/Cognito SignInSuccesses ${stat} 300 UserPool=eu-west-1_Ab12Cd34E UserPoolClient=1example23456789abcdefghij`;
  const rows: Record<string, { metrics: string[]; bound: unknown }> = {
    ...Object.fromEntries(
      categories.map((category) => [
        `${category}-throttled`,
        { metrics: [usage("ThrottleCount", category)], bound: ["GreaterThanOrEqualToThreshold", 1, 1] },
      ]),
    ),
    "sign-ups": { metrics: [usage("CallCount", "UserCreation")], bound: ["GreaterThanOrEqualToThreshold", 300, 1] },
    "codes-sent-again": {
      metrics: [usage("CallCount", "UserResourceRead")],
      bound: ["GreaterThanOrEqualToThreshold", 300, 1],
    },
    "sign-in-failures-1example23456789abcdefghij": {
      metrics: ["tries - successes", signIns("SampleCount"), signIns("Sum"), "ANOMALY_DETECTION_BAND(failures, 4)"],
      bound: ["GreaterThanUpperThreshold", "expected", 2],
    },
    "rate-limited": {
      metrics: ["SUM([rule0])", "us-east-1 AWS/WAFV2 BlockedRequests Sum 300 Rule=RateLimit WebACL=portcullis-edge"],
      bound: ["GreaterThanOrEqualToThreshold", 500, 1],
    },
  };

  test("are these", () => {
    expect(further.map(({ name }) => name.replace("portcullis-", "")).sort()).toEqual(Object.keys(rows).sort());
  });

  test.each(Object.entries(rows))("%s watches this, in the Region where AWS keeps it", (id, { metrics, bound }) => {
    const { properties, region } = named(assembly, "AWS::CloudWatch::Alarm", `portcullis-${id}`);
    expect(metricsIn(properties, region)).toEqual(metrics);
    const { ComparisonOperator, Threshold, ThresholdMetricId, EvaluationPeriods } = properties;
    expect([ComparisonOperator, Threshold ?? ThresholdMetricId, EvaluationPeriods]).toEqual(bound);
    // People hear of the run; an action of the alarm would be a second mail.
    expect(properties.AlarmActions).toBeUndefined();
    expect(properties.TreatMissingData).toBe("notBreaching");
  });

  test("rate rules that block count together, those that only count do not", () => {
    const operationLimits: DeploymentInput["operationLimits"] = {
      SignUp: { operations: ["SignUp"], limit: 20, windowSeconds: 300, action: "block" },
      Reset: { operations: ["ForgotPassword"], limit: 10, windowSeconds: 300, action: "count" },
    };
    const { properties, region } = named(
      anAssembly({ operationLimits }),
      "AWS::CloudWatch::Alarm",
      "portcullis-rate-limited",
    );
    expect(metricsIn(properties, region).map((text) => /Rule=\S+/.exec(text)?.[0])).toEqual([
      undefined,
      "Rule=RateLimit",
      "Rule=RateLimit-SignUp",
    ]);
  });

  function metricsIn(properties: Properties, region: string): string[] {
    const { Namespace, MetricName, Statistic, Period, Dimensions } = properties;
    const single = { Metric: { Namespace, MetricName, Dimensions }, Period, Stat: Statistic };
    const all: Properties[] = properties.Metrics ?? [{ MetricStat: single }];
    return all.map(({ Expression, MetricStat }) => {
      if (Expression) return Expression;
      const { Metric, Stat, Period: seconds } = MetricStat;
      const dimensions = Metric.Dimensions.map(({ Name, Value }: Properties) => `${Name}=${Value}`).sort();
      return [region, Metric.Namespace, Metric.MetricName, Stat, seconds, ...dimensions].join(" ");
    });
  }
});

describe("alarms that others made", () => {
  const ours = anAssembly({ alarms: { prefixes: ["logins/"] } });

  test.each(["portcullis-alarms", "portcullis-alarms-to-edge"])(
    "%s lets those with a prefix of the config pass",
    (rule) => {
      const { EventPattern } = named(ours, "AWS::Events::Rule", rule).properties;
      expect(EventPattern.detail.alarmName).toEqual([{ prefix: "portcullis-" }, { prefix: "logins/" }]);
    },
  );

  test("admit and watch know the same prefixes", () => {
    for (const id of ["admit", "watch"]) {
      const { Variables } = named(ours, "AWS::Lambda::Function", `portcullis-${id}`).properties.Environment;
      expect(JSON.parse(Variables.ALARM_PREFIXES)).toEqual(["portcullis-", "logins/"]);
    }
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
