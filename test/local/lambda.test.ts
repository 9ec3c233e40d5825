import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type AwsServer, startAwsServer } from "../../local/aws-server.ts";
import { createClock, type WorldClock } from "../../local/clock.ts";
import { createLambda, type Lambda, type LambdaLog } from "../../local/lambda.ts";
import type { AwsCall, MetricDatum } from "../../local/ports.ts";
import { createS3 } from "../../local/s3.ts";
import { anAssembly } from "./assembly-builder.ts";

const start = Date.UTC(2026, 10, 22, 10);
const arn = "arn:aws:lambda:us-east-1:111122223333:function:portcullis-probe";
const probe = {
  Type: "AWS::Lambda::Function",
  Metadata: { "portcullis:entry": "test/local/handlers/probe-handler.ts" },
  Properties: {
    FunctionName: "portcullis-probe",
    Timeout: 1,
    Role: "arn:aws:iam::111122223333:role/probe",
    Environment: { Variables: { LEDGER_TABLE: "portcullis-ledger" } },
  },
};
const missing = {
  ...probe,
  Metadata: { "portcullis:entry": "test/local/handlers/not-there.ts" },
  Properties: { ...probe.Properties, FunctionName: "portcullis-missing" },
};

const hoarder = {
  ...probe,
  Properties: { ...probe.Properties, FunctionName: "portcullis-hoarder", MemorySize: 128, Timeout: 15 },
};

const reserved = {
  ...probe,
  Properties: { ...probe.Properties, FunctionName: "portcullis-reserved", ReservedConcurrentExecutions: 1 },
};

const folder = mkdtempSync(join(tmpdir(), "portcullis-lambda-"));
const data: MetricDatum[] = [];
const logs: LambdaLog[] = [];
const calls: AwsCall[] = [];
let clock: WorldClock;
let server: AwsServer;
let lambda: Lambda;

beforeAll(async () => {
  clock = createClock({ start });
  const s3 = createS3({ folder, buckets: ["evidence"] });
  s3.store.put("evidence", "a/b.json", "found");
  server = await startAwsServer({ clock, services: { s3: s3.service }, onCall: (call) => calls.push(call) });
  lambda = await createLambda({
    assembly: anAssembly({ resources: { Probe: probe, Missing: missing, Hoarder: hoarder, Reserved: reserved } }),
    clock,
    endpoint: server.url,
    metrics: { put: (_region, datum) => data.push(datum) },
    keyOf: (roleArn) => `role.${roleArn.split("/").at(-1)}`,
    onLog: (log) => logs.push(log),
  });
  server.add("lambda", lambda.service);
});
afterAll(async () => {
  await lambda.stop();
  await server.stop();
  clock.stop();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  data.length = 0;
  logs.length = 0;
});

const ask = (event: unknown, functionArn = arn) => lambda.functions.invoke(functionArn, event);
const answer = async (event: unknown, functionArn = arn) => {
  const end = await ask(event, functionArn);
  if (!end.ok) throw new Error(`${end.errorType}: ${end.errorMessage}\n${end.trace.join("\n")}`);
  return end.payload;
};

test("a handler sees its template's environment, its role's key, and nothing of this process", async () => {
  process.env.PORTCULLIS_LEAK = "must not arrive";
  const { variables } = (await answer({ do: "environment" })) as { variables: Record<string, string> };
  expect(variables).toMatchObject({
    LEDGER_TABLE: "portcullis-ledger",
    AWS_REGION: "us-east-1",
    AWS_LAMBDA_FUNCTION_NAME: "portcullis-probe",
    AWS_ENDPOINT_URL: server.url,
    AWS_ACCESS_KEY_ID: "role.probe",
  });
  const reserved = ["_HANDLER", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR", "LANG", "PATH", "TZ"];
  const own = Object.keys(variables).filter((name) => !name.startsWith("AWS_") && !reserved.includes(name));
  expect(own).toEqual(["LEDGER_TABLE"]);
});

test("its AWS calls reach the local endpoint under its role's key", async () => {
  expect(await answer({ do: "s3", key: "a/b.json" })).toBe("found");
  expect(calls.at(-1)).toMatchObject({ service: "s3", region: "us-east-1", accessKeyId: "role.probe" });
});

test("its dates follow the world's clock, and dates that are given stay", async () => {
  const before = clock.now();
  const seen = (await answer({ do: "time" })) as { now: number; made: string; given: string; is: boolean };
  expect(seen.now).toBeGreaterThanOrEqual(before);
  expect(seen.now).toBeLessThanOrEqual(clock.now());
  expect(Date.parse(seen.made)).toBeGreaterThanOrEqual(before);
  expect(seen).toMatchObject({ given: "1970-01-01T00:00:00.000Z", is: true });
});

test.each([
  { case: "a name", asked: "portcullis-probe", is: arn },
  { case: "a name with alias", asked: "portcullis-probe:live", is: `${arn}:live` },
  { case: "an ARN with version", asked: `${arn}:1`, is: `${arn}:1` },
])("$case finds the function", async ({ asked, is }) => {
  expect(await answer({ do: "context" }, asked)).toMatchObject({ arn: is });
});

test("a function that does not exist is not found, nor is one of another Region", async () => {
  await expect(ask({}, "portcullis-nope")).rejects.toMatchObject({ code: "ResourceNotFoundException" });
  await expect(ask({}, arn.replace("us-east-1", "eu-west-1"))).rejects.toMatchObject({
    code: "ResourceNotFoundException",
  });
});

test("an error is reported with its name, so state machines can tell it", async () => {
  const end = await ask({ do: "fail" });
  expect(end).toMatchObject({ ok: false, errorType: "RetryableError", errorMessage: "try again" });
  expect(data).toContainEqual(
    expect.objectContaining({ name: "Errors", dimensions: { FunctionName: "portcullis-probe" }, value: 1 }),
  );
});

test("a handler that cannot be loaded fails each invocation, not the world", async () => {
  expect(await ask({}, "portcullis-missing")).toMatchObject({
    ok: false,
    errorMessage: expect.stringContaining("not-there.ts"),
  });
});

test("a function that takes longer than its time-out is ended, and the next invocation runs", async () => {
  expect(await ask({ do: "hang" })).toMatchObject({
    ok: false,
    errorType: "Sandbox.Timedout",
    errorMessage: expect.stringContaining("1.00 seconds"),
  });
  expect(await answer({ do: "environment" })).toMatchObject({ invocations: 1 });
});

test("after a deployment what runs ends where it began, and the next invocation begins anew", async () => {
  await answer({ do: "environment" });
  const running = answer({ do: "environment" });
  await lambda.redeploy();
  expect(await running).toMatchObject({ invocations: expect.any(Number) });
  expect(await answer({ do: "environment" })).toMatchObject({ invocations: 1 });
});

test("more at a time than a function has reserved are throttled, and none afterwards", async () => {
  const slow = ask({ do: "hang" }, "portcullis-reserved");
  await expect(ask({ do: "environment" }, "portcullis-reserved")).rejects.toMatchObject({
    code: "TooManyRequestsException",
    status: 429,
  });
  expect(await slow).toMatchObject({ errorType: "Sandbox.Timedout" });
  expect(await ask({ do: "environment" }, "portcullis-reserved")).toMatchObject({ ok: true });
});

test("dead letters of a function, which nobody would deliver here, are refused at boot", async () => {
  const DeadLetterConfig = { TargetArn: "arn:aws:sqs:us-east-1:111122223333:dead" };
  const assembly = anAssembly({
    resources: { Probe: { ...probe, Properties: { ...probe.Properties, DeadLetterConfig } } },
  });
  const options = { assembly, clock, endpoint: server.url, metrics: { put: () => {} }, keyOf: (role: string) => role };
  await expect(createLambda(options)).rejects.toThrow("dead letters of a function");
});

test("an error outside of the handler's promise ends the thread, and the next invocation runs", async () => {
  expect(await ask({ do: "crash" })).toMatchObject({
    ok: false,
    errorType: "TypeError",
    errorMessage: "outside of any promise",
  });
  expect(await answer({ do: "context" })).toMatchObject({ arn });
});

test("a function that takes more memory than it has is killed, and the next invocation runs", async () => {
  expect(await ask({ do: "hoard" }, "portcullis-hoarder")).toMatchObject({
    ok: false,
    errorType: "Runtime.ExitError",
    errorMessage: expect.stringContaining("signal: killed"),
  });
  expect(await ask({ do: "nothing" }, "portcullis-hoarder")).toMatchObject({ ok: true });
});

test("an answer over Lambda's limit is an error", async () => {
  expect(await ask({ do: "large" })).toMatchObject({ ok: false, errorType: "Function.ResponseSizeTooLarge" });
});

test("log lines are kept with their request, and embedded metrics become metrics", async () => {
  await answer({ do: "log" });
  expect(logs.map(({ level, text }) => [level, text])).toEqual([
    ["log", '{"event":"ban.applied","source":"198.51.100.7/32"}'],
    ["warn", "two { parts: 2 }"],
    ["log", expect.stringContaining("Overflow")],
  ]);
  expect(new Set(logs.map((log) => log.requestId)).size).toBe(1);
  expect(data).toContainEqual({ namespace: "Portcullis", name: "Overflow", dimensions: {}, value: 3, at: 1 });
});

test("invocations are counted, by alias too", async () => {
  await answer({ do: "nothing" }, `${arn}:live`);
  expect(data.map(({ name, value, dimensions }) => [name, value, dimensions.Resource ?? null])).toEqual([
    ["Invocations", 1, null],
    ["Errors", 0, null],
    ["Invocations", 1, "portcullis-probe:live"],
    ["Errors", 0, "portcullis-probe:live"],
  ]);
});

test("Invoke on the wire tells an error as Lambda does", async () => {
  const invoke = (body: string, name = "portcullis-probe") =>
    fetch(`${server.url}/2015-03-31/functions/${name}/invocations`, {
      method: "POST",
      headers: {
        authorization:
          "AWS4-HMAC-SHA256 Credential=local/20261122/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=0",
      },
      body,
    });
  expect(await (await invoke('{"do":"nothing"}', encodeURIComponent(arn))).json()).toEqual({ do: "nothing" });
  const failed = await invoke('{"do":"fail"}');
  expect(failed.headers.get("x-amz-function-error")).toBe("Unhandled");
  expect(await failed.json()).toMatchObject({ errorType: "RetryableError", errorMessage: "try again" });
  expect(await (await invoke("{}", "portcullis-nope")).json()).toMatchObject({ __type: "ResourceNotFoundException" });
  expect((await invoke("{")).status).toBe(400);
});
