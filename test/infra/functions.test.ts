import {
  type FunctionId,
  functionEntries,
  functionEnvironments,
  ipSetsSchema,
} from "../../functions/domain/environment.ts";
import { policySchema } from "../../functions/domain/policy.ts";
import { actionsOf, anAssembly, named, only, type Properties, resourcesOf, roleOf, statementsOf } from "./builders.ts";

const assembly = anAssembly({ policy: { ban: { handsOffMinutes: 10, jitter: 0 } } });
const functionIds = Object.keys(functionEnvironments) as FunctionId[];
const lambda = (id: string) => named(assembly, "AWS::Lambda::Function", `portcullis-${id}`);
const environment = (id: string): Record<string, string> => lambda(id).properties.Environment.Variables;

describe("functions", () => {
  test.each(functionIds)("%s gets exactly the environment that its handler parses", (id) => {
    expect(Object.keys(environment(id)).sort()).toEqual(Object.keys(functionEnvironments[id].shape).sort());
    expect(functionEnvironments[id].safeParse(environment(id)).error).toBeUndefined();
  });

  test.each([...functionIds, "edge"] as const)("%s names its source and runs on x86_64 with a current Node", (id) => {
    expect(lambda(id).metadata).toMatchObject({ "portcullis:entry": functionEntries[id] });
    expect(lambda(id).properties).toMatchObject({ Architectures: ["x86_64"], Runtime: "nodejs22.x" });
  });

  test("what they log is deleted after three months, their states' too", () => {
    const groups = assembly.ofType("AWS::Logs::LogGroup").map(({ properties }) => properties);
    expect(groups.map(({ LogGroupName }) => LogGroupName)).toEqual(
      expect.arrayContaining(functionIds.map((id) => `/aws/lambda/portcullis-${id}`)),
    );
    expect([...new Set(groups.map(({ RetentionInDays }) => RetentionInDays))]).toEqual([90]);
  });

  test("their texts parse: policy differences, IP sets, lists", () => {
    const { POLICY = "", IP_SETS = "", EGRESS = "" } = environment("plan");
    expect(JSON.parse(POLICY)).toEqual({ ban: { handsOffMinutes: 10, jitter: 0 } });
    expect(policySchema.parse(JSON.parse(POLICY)).ban).toMatchObject({ handsOffMinutes: 10, approvedMinutes: 240 });
    expect(ipSetsSchema.parse(JSON.parse(IP_SETS)).pool?.region).toBe("eu-west-1");
    expect(JSON.parse(EGRESS)).toEqual(["192.0.2.10/32"]);
    expect(JSON.parse(environment("admit").CLIENT_IDS ?? "")).toEqual(["1example23456789abcdefghij"]);
  });

  test("an environment that Lambda would refuse is refused at synth, with what to make smaller", () => {
    const egress = Array.from({ length: 250 }, (_, index) => `198.51.100.${index}/32`);
    expect(() => anAssembly({ egress })).toThrow(/egress.*bytes of a function.s environment/s);
  });
});

describe("the edge function", () => {
  const edge = lambda("edge");

  test("has nothing that Lambda@Edge refuses and CDK lets pass", () => {
    const forbidden = [
      "Environment",
      "DeadLetterConfig",
      "TracingConfig",
      "VpcConfig",
      "Layers",
      "KmsKeyArn",
      "FileSystemConfigs",
    ];
    for (const property of [...forbidden, "ReservedConcurrentExecutions", "ImageConfig", "SnapStart"])
      expect(edge.properties).not.toHaveProperty(property);
    expect(edge.properties.Timeout).toBeLessThanOrEqual(30);
    expect(edge.properties).not.toHaveProperty("EphemeralStorage");
    expect(edge.region).toBe("us-east-1");
  });

  test("is attached as a numbered version on the origin request, with the body", () => {
    const behavior = only(assembly, "AWS::CloudFront::Distribution").properties.DistributionConfig.DefaultCacheBehavior;
    expect(behavior.LambdaFunctionAssociations).toEqual([
      {
        EventType: "origin-request",
        IncludeBody: true,
        LambdaFunctionARN: expect.stringMatching(/:function:portcullis-edge:\d+$/),
      },
    ]);
  });

  test("Lambda's own lines are left out of its log, for whoever floods the proxy would buy three for each request", () => {
    expect(edge.properties.LoggingConfig).toEqual({ LogFormat: "JSON", SystemLogLevel: "WARN" });
  });

  test("its role trusts both Lambda services", () => {
    const statements: Properties[] = roleOf(assembly, edge.properties.Role).properties.AssumeRolePolicyDocument
      .Statement;
    expect(statements.flatMap(({ Principal }) => Principal.Service).sort()).toEqual([
      "edgelambda.amazonaws.com",
      "lambda.amazonaws.com",
    ]);
  });

  test("learns its configuration from origin headers, the secret by its ARN only", () => {
    const [origin] = only(assembly, "AWS::CloudFront::Distribution").properties.DistributionConfig.Origins;
    expect(origin).toMatchObject({
      DomainName: "cognito-idp.eu-west-1.amazonaws.com",
      CustomOriginConfig: { OriginProtocolPolicy: "https-only", OriginSSLProtocols: ["TLSv1.2"] },
    });
    expect(
      Object.fromEntries(
        origin.OriginCustomHeaders.map(({ HeaderName, HeaderValue }: Properties) => [HeaderName, HeaderValue]),
      ),
    ).toEqual({
      "x-portcullis-secret": expect.stringMatching(
        /^arn:aws:secretsmanager:us-east-1:111122223333:secret:portcullis\/clients-/,
      ),
      "x-portcullis-clients": "1example23456789abcdefghij",
    });
  });

  test("nothing is cached, and Cognito sees its own host name", () => {
    const behavior = only(assembly, "AWS::CloudFront::Distribution").properties.DistributionConfig.DefaultCacheBehavior;
    expect(behavior).toMatchObject({
      CachePolicyId: "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
      OriginRequestPolicyId: "b689b0a8-53d0-40ab-baf2-68738e2966ac",
      ViewerProtocolPolicy: "https-only",
    });
    expect(behavior.AllowedMethods).toContain("POST");
  });
});

describe("what functions may do", () => {
  const items = ["dynamodb:GetItem", "dynamodb:PutItem"];
  const bans = [...items, "dynamodb:BatchGetItem"];
  const proposals = [...items, "dynamodb:UpdateItem"];
  const leases = ["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:PutItem"];
  const guards = [
    "ec2:DescribeManagedPrefixLists",
    "ec2:GetManagedPrefixListEntries",
    "wafv2:GetIPSet",
    "wafv2:ListIPSets",
  ];
  const read = ["s3:GetObject", "s3:ListBucket"];
  const secret = "secretsmanager:GetSecretValue";
  const expected: Record<FunctionId, string[]> = {
    admit: [...leases, secret, "cloudwatch:GetMetricData"],
    watch: [...leases, secret, "cloudwatch:DescribeAlarms", "cloudwatch:GetMetricData"],
    rollup: ["dynamodb:BatchGetItem", "dynamodb:PutItem", secret, "s3:PutObject"],
    sensors: [
      ...["cloudwatch:GetMetricData", "cognito-idp:GetWebACLForResource", "dynamodb:BatchGetItem", "s3:ListBucket"],
      ...[
        "cloudtrail:GetTrailStatus",
        "sns:ListSubscriptionsByTopic",
        "wafv2:GetLoggingConfiguration",
        "wafv2:GetWebACLForResource",
      ],
    ],
    score: [
      "dynamodb:BatchGetItem",
      "dynamodb:GetItem",
      "athena:GetQueryResults",
      "s3:GetObject",
      "s3:PutObject",
      "cloudwatch:GetMetricData",
    ],
    plan: [...bans, "dynamodb:UpdateItem", ...guards, ...read, "s3:PutObject", "states:StartExecution"],
    apply: [...bans, "dynamodb:Query", ...guards, ...read, "s3:PutObject", "wafv2:UpdateIPSet"],
    sweep: [
      ...[...bans, "dynamodb:Query", "dynamodb:UpdateItem", ...guards, ...read, "s3:PutObject", "wafv2:UpdateIPSet"],
      ...["sns:Publish", "states:DescribeExecution", "states:SendTaskSuccess", "states:StartExecution"],
    ],
    gates: [secret, "secretsmanager:PutSecretValue", "secretsmanager:UpdateSecretVersionStage"],
    notify: [
      ...["cloudwatch:GetMetricData", "dynamodb:PutItem", "dynamodb:UpdateItem"],
      ...[...read, "s3:PutObject", "sns:Publish"],
    ],
    report: [
      ...["cloudwatch:GetMetricData", "dynamodb:BatchGetItem", "dynamodb:GetItem"],
      ...[...read, "s3:PutObject"],
    ],
    ask: [...proposals, ...read, "s3:PutObject", secret, "sns:Publish", "states:SendTaskSuccess"],
    approval: [...proposals, ...read, "s3:PutObject", secret, "states:SendTaskSuccess", "states:StartExecution"],
  };

  test.each(functionIds)("%s: these actions and no others", (id) => {
    const logs = ["logs:CreateLogStream", "logs:PutLogEvents"];
    expect(actionsOf(assembly, lambda(id).properties.Role)).toEqual([...expected[id], ...logs].sort());
  });

  test("people's IP sets are out of reach of every function", () => {
    const writable = ["apply", "sweep"].flatMap((id) =>
      resourcesOf(assembly, lambda(id).properties.Role, "wafv2:UpdateIPSet"),
    );
    expect(writable.length).toBeGreaterThan(0);
    for (const arn of writable) expect(arn).toMatch(/ipset\/portcullis-(pool-)?auto-v[46]-\d+\//);
  });

  test.each(["rollup", "sensors"])("%s reaches no item of the ledger but the rollups'", (id) => {
    const statements = statementsOf(assembly, lambda(id).properties.Role);
    expect(
      statements.filter(({ actions }) => actions.some((action: string) => action.startsWith("dynamodb:"))),
    ).toEqual([
      expect.objectContaining({ condition: { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["ROLLUP#*"] } } }),
    ]);
  });

  test("only the edge, what asks the logs and what replaces gates read the client secrets", () => {
    const readers = [...functionIds, "edge"].filter((id) =>
      resourcesOf(assembly, lambda(id).properties.Role, "secretsmanager:GetSecretValue").some((arn) =>
        arn.includes("portcullis/clients"),
      ),
    );
    expect(readers.sort()).toEqual(["admit", "edge", "gates", "rollup", "watch"]);
  });
});

test("where a rule of the pool asks for gates, their function may write that rule's patterns and no others", () => {
  const guarded = anAssembly({ gate: "count" });
  const { properties } = named(guarded, "AWS::Lambda::Function", "portcullis-gates");
  expect(properties).toMatchObject({ Environment: { Variables: { GATE_SET: "portcullis-gates" } } });
  const set = only(guarded, "AWS::WAFv2::RegexPatternSet");
  for (const action of ["wafv2:GetRegexPatternSet", "wafv2:UpdateRegexPatternSet"])
    expect(resourcesOf(guarded, String(properties.Role), action)).toEqual([set.arn.replace(/[^/]+$/, "*")]);
});
