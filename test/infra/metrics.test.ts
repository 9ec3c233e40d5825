/**
 * Every metric that an alarm or the dashboard names exists: one of ours is in the catalogue that handlers print from
 * (the scenario of the sensors sees them all printed), one of AWS's is in the list below, with where AWS documents it.
 * A misspelt name, dimension or Region gives no error anywhere on AWS, only an alarm that is silent for ever.
 */
import { dimensionOf, type OwnMetricName, ownMetrics } from "../../functions/domain/own-metrics.ts";
import { ALL_EDGE_REGIONS, countedLogs, edgeFunctionRegions, sensorNames } from "../../functions/domain/sensors.ts";
import { anAssembly, only, type Properties } from "./builders.ts";

const configs = {
  "with a web ACL on a pool in Europe": anAssembly(),
  "with a pool beside the edge, without a web ACL, with limits on operations": anAssembly({
    userPool: { id: "us-east-1_Ab12Cd34E", clientIds: ["1example23456789abcdefghij", "2example23456789abcdefghij"] },
    poolProtection: "none",
    operationLimits: { SignUp: { operations: ["SignUp"], limit: 20 } },
  }),
};
type Assembly = (typeof configs)[keyof typeof configs];

interface Named {
  readonly where: string;
  readonly region: string;
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

type Place = "edge" | "pool";
interface AwsMetric {
  /** Each set of dimensions under which AWS counts it, and in whose Region. */
  readonly by: readonly (readonly [place: Place, ...dimensions: string[]])[];
  readonly source: string;
}

const waf = {
  by: [
    ["edge", "WebACL", "Rule"],
    ["pool", "WebACL", "Rule", "Region"],
  ],
  source: "WAF guide, Monitoring with CloudWatch: the dimension Region is left out for CloudFront",
} as const;
const usage = {
  by: [["pool", "Type", "Resource", "Service", "Class"]],
  source: "Cognito guide, Metrics for user pools; Service Quotas names the dimensions",
} as const;
const states = { by: [["edge", "StateMachineArn"]], source: "Step Functions guide, Execution metrics" } as const;
const lambda = { by: [["edge", "FunctionName"]], source: "Lambda guide, Types of metrics" } as const;

const awsMetrics: Readonly<Record<string, AwsMetric>> = {
  "AWS/Usage CallCount": usage,
  "AWS/Usage ThrottleCount": usage,
  "AWS/Cognito SignInSuccesses": {
    by: [["pool", "UserPool", "UserPoolClient"]],
    source: "Cognito guide, Metrics for user pools",
  },
  "AWS/WAFV2 AllowedRequests": waf,
  "AWS/WAFV2 BlockedRequests": waf,
  "AWS/States ExecutionsStarted": states,
  "AWS/States ExecutionsSucceeded": states,
  "AWS/States ExecutionsFailed": states,
  "AWS/Lambda Errors": lambda,
  "AWS/Lambda Invocations": lambda,
  "AWS/SQS ApproximateNumberOfMessagesVisible": { by: [["edge", "QueueName"]], source: "SQS guide, Available metrics" },
  "AWS/SNS NumberOfNotificationsFailed": {
    by: [["edge", "TopicName"]],
    source: "SNS guide, Monitoring with CloudWatch",
  },
  "AWS/CloudFront 5xxErrorRate": {
    by: [["edge", "DistributionId", "Region"]],
    source: "CloudFront guide, Types of metrics: Region is Global, the metrics are in us-east-1",
  },
};

/** Values that a dimension of ours may have. */
const values: Readonly<Record<string, readonly string[]>> = {
  Sensor: sensorNames,
  Log: countedLogs({ hasPoolAcl: true }),
  EdgeRegion: [...edgeFunctionRegions, ALL_EDGE_REGIONS],
};

describe.each(Object.entries(configs))("%s", (_config, assembly) => {
  const poolRegion = only(assembly, "AWS::CloudTrail::Trail").region;
  const all = [...ofAlarms(assembly), ...ofDashboard(assembly)];

  test("alarms and the dashboard name metrics", () => {
    expect(all.filter(({ where }) => where === "dashboard").length).toBeGreaterThan(40);
    expect(all.filter(({ where }) => where !== "dashboard").length).toBeGreaterThan(40);
  });

  test("those of ours are in the catalogue, with its dimensions, in the Region of the functions", () => {
    const ours = all.filter(({ namespace }) => namespace === "Portcullis");
    expect(ours.flatMap((metric) => problemOfOurs(metric) ?? [])).toEqual([]);
    // The dashboard leaves out none of them.
    const shown = ofDashboard(assembly).filter(({ namespace }) => namespace === "Portcullis");
    expect([...new Set(shown.map(({ name }) => name))].sort()).toEqual(Object.keys(ownMetrics).sort());
  });

  test("those of AWS are in the list, with AWS's dimensions, in the Region where AWS keeps them", () => {
    const regions = { edge: "us-east-1", pool: poolRegion };
    const theirs = all.filter(({ namespace }) => namespace !== "Portcullis");
    expect(theirs.flatMap((metric) => problemOfTheirs(metric, regions) ?? [])).toEqual([]);
  });

  test("dimensions name what the templates hold", () => {
    const names = new Set(assembly.resources.flatMap(({ name, arn, physicalId }) => [name, arn, physicalId]));
    const checked = ["FunctionName", "StateMachineArn", "QueueName", "TopicName", "DistributionId", "WebACL"];
    for (const { dimensions, where, name } of all)
      for (const key of checked)
        if (dimensions[key] !== undefined && !names.has(dimensions[key]))
          throw new Error(`${where}: ${name} of ${dimensions[key]}, which no template has`);
    const rules = assembly
      .ofType("AWS::WAFv2::WebACL")
      .flatMap(({ properties }) => (properties as Properties).Rules)
      .map(({ VisibilityConfig }: Properties) => VisibilityConfig.MetricName);
    for (const { dimensions } of all) if (dimensions.Rule) expect(["ALL", ...rules]).toContain(dimensions.Rule);
  });
});

test.each([
  { case: "a misspelt name", metric: { name: "SensorOK" } },
  { case: "a sensor that is none", metric: { dimensions: { Deployment: "portcullis", Sensor: "edge-log" } } },
  { case: "a dimension that is missing", metric: { dimensions: { Deployment: "portcullis" } } },
  { case: "another Region", metric: { region: "eu-west-1" } },
])("finds $case of a metric of ours", ({ metric }) => {
  const dimensions = { Deployment: "portcullis", Sensor: "edge-logs" };
  const right = { where: "test", region: "us-east-1", namespace: "Portcullis", name: "SensorOk", dimensions };
  expect(problemOfOurs(right)).toBeNull();
  expect(problemOfOurs({ ...right, ...metric })).toContain("test: ");
});

test.each([
  { case: "a misspelt name", metric: { name: "BlockedRequest" } },
  {
    case: "Region of a distribution's web ACL",
    metric: { dimensions: { WebACL: "a", Rule: "b", Region: "us-east-1" } },
  },
  { case: "the wrong Region", metric: { region: "eu-west-1" } },
])("finds $case of a metric of AWS's", ({ metric }) => {
  const regions = { edge: "us-east-1", pool: "eu-central-1" };
  const dimensions = { WebACL: "a", Rule: "b" };
  const right = { where: "test", region: "us-east-1", namespace: "AWS/WAFV2", name: "BlockedRequests", dimensions };
  expect(problemOfTheirs(right, regions)).toBeNull();
  expect(problemOfTheirs({ ...right, ...metric }, regions)).toContain("test: ");
});

function problemOfOurs({ where, region, name, dimensions }: Named): string | null {
  if (!isOwn(name)) return `${where}: ${name} is in no catalogue`;
  if (region !== "us-east-1") return `${where}: ${name} is measured in us-east-1, not in ${region}`;
  const by = dimensionOf(name);
  const { Deployment, ...others } = dimensions;
  const wanted = by === undefined ? [] : [by];
  if (Deployment !== "portcullis" || Object.keys(others).join() !== wanted.join())
    return `${where}: ${name} by ${Object.keys(dimensions)}`;
  const unknown = Object.entries(others).find(([key, value]) => !values[key]?.includes(value));
  return unknown ? `${where}: ${name} of ${unknown[1]}` : null;
}

function isOwn(name: string): name is OwnMetricName {
  return name in ownMetrics;
}

function problemOfTheirs(metric: Named, regions: Readonly<Record<Place, string>>): string | null {
  const { where, region, namespace, name, dimensions } = metric;
  const known = awsMetrics[`${namespace} ${name}`];
  if (!known) return `${where}: ${namespace} ${name} is in no list`;
  const keys = Object.keys(dimensions).sort().join();
  const fits = known.by.some(([place, ...wanted]) => regions[place] === region && wanted.sort().join() === keys);
  return fits ? null : `${where}: ${namespace} ${name} by ${keys} in ${region}`;
}

function ofAlarms(assembly: Assembly): Named[] {
  return assembly.ofType("AWS::CloudWatch::Alarm").flatMap(({ name: where, region, properties }) => {
    const { Namespace, MetricName, Dimensions, Metrics }: Properties = properties;
    const single = { MetricStat: { Metric: { Namespace, MetricName, Dimensions } } };
    return (Metrics ?? [single]).flatMap(({ MetricStat }: Properties) => {
      if (!MetricStat) return [];
      const { Namespace: namespace, MetricName: name, Dimensions: listed } = MetricStat.Metric;
      const pairs = listed.map(({ Name, Value }: Properties) => [Name, Value]);
      return [{ where, region, namespace, name, dimensions: Object.fromEntries(pairs) }];
    });
  });
}

/** A metric of a widget: namespace, name, dimensions in pairs, options; an expression has options alone. */
function ofDashboard(assembly: Assembly): Named[] {
  const { DashboardBody } = only(assembly, "AWS::CloudWatch::Dashboard").properties;
  const { widgets }: Properties = JSON.parse(DashboardBody);
  return widgets.flatMap(({ properties: { region: own, metrics } }: Properties) =>
    metrics.flatMap((entry: Properties[]) => {
      const [namespace, name, ...rest] = entry.filter((part) => typeof part === "string");
      if (namespace === undefined) return [];
      const options = entry.find((part) => typeof part === "object") ?? {};
      const dimensions = Object.fromEntries(rest.flatMap((key, at) => (at % 2 ? [] : [[key, rest[at + 1]]])));
      return [{ where: "dashboard", region: options.region ?? own, namespace, name, dimensions }];
    }),
  );
}
