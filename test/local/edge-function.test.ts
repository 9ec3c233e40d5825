import { createClock, type WorldClock } from "../../local/clock.ts";
import { createLambda, type Lambda } from "../../local/lambda.ts";
import { anAssembly } from "./assembly-builder.ts";

const trust = (...services: string[]) => ({
  AssumeRolePolicyDocument: {
    Statement: [{ Action: "sts:AssumeRole", Effect: "Allow", Principal: { Service: services } }],
  },
});
const both = trust("edgelambda.amazonaws.com", "lambda.amazonaws.com");

interface Sketch {
  readonly properties?: Record<string, unknown>;
  readonly role?: Record<string, unknown>;
  readonly associated?: unknown;
}

function aSketch({ properties = {}, role = both, associated = { Ref: "Version" } }: Sketch = {}) {
  return anAssembly({
    resources: {
      Role: { Type: "AWS::IAM::Role", Properties: role },
      Edge: {
        Type: "AWS::Lambda::Function",
        Metadata: { "portcullis:entry": "test/local/handlers/probe-handler.ts" },
        Properties: {
          FunctionName: "portcullis-edge",
          Handler: "index.handler",
          Runtime: "nodejs22.x",
          Timeout: 10,
          MemorySize: 256,
          Role: { "Fn::GetAtt": ["Role", "Arn"] },
          ...properties,
        },
      },
      Version: { Type: "AWS::Lambda::Version", Properties: { FunctionName: { Ref: "Edge" } } },
      Distribution: {
        Type: "AWS::CloudFront::Distribution",
        Properties: {
          DistributionConfig: {
            DefaultCacheBehavior: {
              LambdaFunctionAssociations: [{ EventType: "origin-request", LambdaFunctionARN: associated }],
            },
          },
        },
      },
    },
  });
}

let clock: WorldClock;
let lambda: Lambda | undefined;
beforeAll(() => {
  clock = createClock({ start: Date.UTC(2026, 10, 22, 10) });
});
afterEach(async () => {
  await lambda?.stop();
  lambda = undefined;
});
afterAll(() => clock.stop());

const boot = async (sketch?: Sketch) => {
  const assembly = aSketch(sketch);
  const metrics = { put: () => undefined };
  lambda = await createLambda({ assembly, clock, endpoint: "http://127.0.0.1:1", metrics, keyOf: () => "role.edge" });
  return lambda;
};
const arn = "arn:aws:lambda:us-east-1:111122223333:function:portcullis-edge";

test.each<Sketch & { case: string; problem: string }>([
  {
    case: "environment variables",
    properties: { Environment: { Variables: { A: "b" } } },
    problem: "cannot have environment variables",
  },
  { case: "arm64", properties: { Architectures: ["arm64"] }, problem: "runs on x86_64 alone, not on arm64" },
  { case: "31 seconds", properties: { Timeout: 31 }, problem: "may take 30 seconds at most, not 31" },
  { case: "Java", properties: { Runtime: "java25" }, problem: "cannot run on java25" },
  { case: "a VPC", properties: { VpcConfig: { SubnetIds: [] } }, problem: "cannot have a VPC" },
  { case: "layers", properties: { Layers: ["arn"] }, problem: "cannot have layers" },
  { case: "a dead letter queue", properties: { DeadLetterConfig: {} }, problem: "cannot have a dead letter queue" },
  { case: "tracing", properties: { TracingConfig: { Mode: "Active" } }, problem: "cannot be traced" },
  {
    case: "reserved concurrency",
    properties: { ReservedConcurrentExecutions: 1 },
    problem: "cannot have reserved concurrency",
  },
  { case: "more storage", properties: { EphemeralStorage: { Size: 1024 } }, problem: "cannot have more than 512 MB" },
  {
    case: "a runtime that stays",
    properties: { RuntimeManagementConfig: { UpdateRuntimeOn: "FunctionUpdate" } },
    problem: "must have its runtime updated automatically",
  },
  {
    case: "a role that the edge may not assume",
    role: trust("lambda.amazonaws.com"),
    problem: "needs a role that edgelambda.amazonaws.com may assume",
  },
  {
    case: "a role that Lambda may not assume",
    role: trust("edgelambda.amazonaws.com"),
    problem: "needs a role that lambda.amazonaws.com may assume",
  },
  { case: "no version", associated: { "Fn::GetAtt": ["Edge", "Arn"] }, problem: "a numbered version, not $LATEST" },
  { case: "an alias", associated: `${arn}:live`, problem: "needs a numbered version, not live" },
  { case: "a function that is not there", associated: `${arn}-x:1`, problem: "there is no function" },
])("what Lambda@Edge refuses stops the boot: $case", async ({ problem, ...sketch }) => {
  await expect(boot(sketch)).rejects.toThrow(problem);
});

test("all that is refused is told at once", async () => {
  const properties = { Timeout: 60, Architectures: ["arm64"], Environment: {} };
  await expect(boot({ properties })).rejects.toThrow(/environment variables; .*30 seconds.*; .*x86_64/);
});

test("a function of another Region cannot be at the edge", async () => {
  const elsewhere = anAssembly({
    region: "eu-west-1",
    resources: {
      Edge: { Type: "AWS::Lambda::Function", Properties: { FunctionName: "portcullis-edge", Role: "none" } },
      Distribution: {
        Type: "AWS::CloudFront::Distribution",
        Properties: {
          DistributionConfig: {
            DefaultCacheBehavior: {
              LambdaFunctionAssociations: [{ LambdaFunctionARN: `${arn.replace("us-east-1", "eu-west-1")}:1` }],
            },
          },
        },
      },
    },
  });
  const metrics = { put: () => undefined };
  const options = { assembly: elsewhere, clock, endpoint: "", metrics, keyOf: () => "" };
  await expect(createLambda(options)).rejects.toThrow("must be in us-east-1, not in eu-west-1");
});

test("it sees Lambda's own variables, with the name and the Region of its replica, and no others", async () => {
  process.env.PORTCULLIS_LEAK = "must not arrive";
  const { functions } = await boot();
  const end = await functions.invoke(`${arn}:1`, { do: "environment" });
  const { variables } = (end.ok ? end.payload : {}) as { variables: Record<string, string> };
  expect(variables).toEqual({
    _HANDLER: "index.handler",
    AWS_REGION: "eu-central-1",
    AWS_DEFAULT_REGION: "eu-central-1",
    AWS_EXECUTION_ENV: "AWS_Lambda_nodejs22.x",
    AWS_LAMBDA_FUNCTION_NAME: "us-east-1.portcullis-edge",
    AWS_LAMBDA_FUNCTION_VERSION: "1",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "256",
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    AWS_LAMBDA_LOG_GROUP_NAME: "/aws/lambda/us-east-1.portcullis-edge",
    AWS_ACCESS_KEY_ID: "role.edge",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_SESSION_TOKEN: "local",
    LAMBDA_TASK_ROOT: "/var/task",
    LAMBDA_RUNTIME_DIR: "/var/runtime",
    LANG: "en_US.UTF-8",
    PATH: expect.any(String),
    TZ: ":UTC",
    // The local world's own, to keep the SDK inside of it.
    AWS_ENDPOINT_URL: "http://127.0.0.1:1",
    AWS_CONFIG_FILE: "none",
    AWS_SHARED_CREDENTIALS_FILE: "none",
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
  });
});

test("its context names the replica as well", async () => {
  const { functions } = await boot();
  const end = await functions.invoke(`${arn}:1`, { do: "context" });
  expect(end).toMatchObject({ ok: true, payload: { arn: `${arn}:1`, name: "us-east-1.portcullis-edge" } });
});
