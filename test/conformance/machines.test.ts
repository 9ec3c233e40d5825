/**
 * The machines on moto's interpreter beside the local engine: the same functions are called with the same payloads
 * in the same order, and the executions end alike. Last, `mitigate` with the real handlers.
 */
import { gzipSync } from "node:zlib";

import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
} from "@aws-sdk/client-sfn";

import { ledgerTable } from "../../functions/block/aws/dynamodb-items.ts";
import { dynamoDbLedger } from "../../functions/block/aws/dynamodb-ledger.ts";
import { MINUTE } from "../../functions/domain/instant.ts";
import { type AwsServer, startAwsServer } from "../../local/aws-server.ts";
import { jsonService } from "../../local/aws-wire.ts";
import type { AwsCall, AwsService } from "../../local/ports.ts";
import { machineOf } from "../../local/step-functions/machine.ts";
import { startWorld } from "../../local/world.ts";
import { plainClock, sdkConfig } from "../local/builders.ts";
import { aWorld, failing } from "../local/step-functions/builders.ts";
import { START, scenarioConfig } from "../scenarios/builders.ts";
import { ourMachine, replies, run, watched } from "../statemachines/builders.ts";
import { describeWith, type Server, startMoto } from "./tools.ts";

jest.setTimeout(120_000);

/** Seconds until an approval is given up: longer than moto takes to call a function with all scenarios at once. */
const SILENCE = "10";

type Reply = (payload: never, call: number) => unknown;
interface Scenario {
  readonly case: string;
  readonly machine: "mitigate" | "approve" | "rollup";
  readonly input: unknown;
  readonly replies: Readonly<Record<string, Reply>>;
  /** Windows, by their parameter, whose query fails. */
  readonly failing?: readonly string[];
}

const alarm = { source: "aws.cloudwatch", detail: { alarmName: "x" } };
const proposal = { schema: 1, run, proposalId: "p-1", version: 2 };
const approved = { schema: 1, decision: "approved", planKey: "decided", by: "anna", waitedSeconds: 90 };
const rejected = { ...approved, decision: "rejected" };
const decided = { Apply: () => ({ counts: {} }), Notify: () => ({}), Report: () => null };
const mitigate = { machine: "mitigate" as const, input: alarm };
const freeing = (state: () => unknown) => (payload: { abandon?: boolean }) =>
  payload.abandon ? watched({ again: false }) : state();

/** What the function says call by call, and the parameters of the INSERT that it asks for. */
function rollup(...nexts: readonly string[]): Readonly<Record<string, Reply>> {
  return { Rollup: (_, call) => ({ next: nexts[call - 1], parameters: [`'${nexts[call - 1]} ${call}'`] }) };
}

const scenarios: readonly Scenario[] = [
  { ...mitigate, case: "a round that bans", replies },
  { ...mitigate, case: "an event that is ignored", replies: { Admit: () => ({ schema: 1, decision: "ignored" }) } },
  {
    ...mitigate,
    case: "nothing to apply, and something to tell",
    replies: { ...replies, Plan: () => ({ ...replies.Plan(), counts: { apply: 0, file: 0, refuse: 1, tell: 1 } }) },
  },
  {
    ...mitigate,
    case: "an alarm that is over",
    replies: { ...replies, Watch: () => watched({ again: false, ending: "over" }) },
  },
  {
    ...mitigate,
    case: "nothing to apply",
    replies: { ...replies, Plan: () => ({ ...replies.Plan(), counts: { apply: 0, file: 1, refuse: 0 } }) },
  },
  {
    ...mitigate,
    case: "rounds with and without a look",
    replies: {
      ...replies,
      Watch: (_, call) => watched(call === 1 ? { waitSeconds: 1, look: false } : { waitSeconds: 0, again: call < 4 }),
    },
  },
  { ...mitigate, case: "a query that fails for good", replies, failing: ["'b'"] },
  { ...mitigate, case: "a window of which half can be read", replies, failing: ["'a'"] },
  { ...mitigate, case: "a window of which a sample can be read", replies, failing: ["'a'", "'a/2'"] },
  { ...mitigate, case: "both queries failing for good", replies, failing: ["'a'", "'a/2'", "'a/16'", "'b'"] },
  {
    ...mitigate,
    case: "a run that never had evidence",
    replies: { ...replies, Watch: () => watched({ again: false, evidence: false }) },
  },
  {
    ...mitigate,
    case: "a write that succeeds at the second try",
    replies: { ...replies, Apply: (_, call) => (call === 1 ? failing("RetryableError") : replies.Apply()) },
  },
  {
    ...mitigate,
    case: "a write that can't succeed",
    replies: { ...replies, Apply: () => failing("InvalidInputError"), Watch: freeing(() => watched({})) },
  },
  { ...mitigate, case: "a watch that fails", replies: { ...replies, Watch: freeing(() => failing("NotFoundError")) } },
  {
    ...mitigate,
    case: "a notice that cannot be sent",
    replies: { ...replies, Notify: () => failing("NotFoundError") },
  },
  {
    ...mitigate,
    case: "a report that cannot be written",
    replies: { ...replies, Report: () => failing("InvalidInputError") },
  },
  { machine: "approve", case: "an approval", input: proposal, replies: { Ask: () => ({}), ...decided } },
  {
    machine: "approve",
    case: "an approval that nobody gives",
    input: { ...proposal, proposalId: "silence" },
    replies: { Ask: ({ step }: { step: string }) => (step === "timedOut" ? approved : {}), ...decided },
  },
  {
    machine: "approve",
    case: "a proposal that silence rejects",
    input: { ...proposal, proposalId: "silence" },
    replies: { Ask: ({ step }: { step: string }) => (step === "timedOut" ? rejected : {}), ...decided },
  },
  { machine: "rollup", case: "hours and a day", input: {}, replies: rollup("hour", "hour", "day", "done") },
  {
    machine: "rollup",
    case: "an INSERT that fails, and one that follows",
    input: {},
    replies: rollup("hour", "day", "failed"),
    failing: ["'hour 1'"],
  },
];

interface Told {
  readonly calls: readonly { readonly name: string; readonly payload: unknown }[];
  readonly status: string;
  readonly error: string | null;
}

/** What differs between any two executions: when they started, how they are called, what opens their task. */
function comparable(calls: Told["calls"]): Told["calls"] {
  const hide = (key: string, value: unknown) =>
    ["startedAt", "taskToken", "execution"].includes(key) ? typeof value : value;
  return calls.map(({ name, payload }) => ({
    name,
    payload: JSON.parse(JSON.stringify(withoutCauses(payload), hide)),
  }));
}

/** The text of an error is the engine's own; machines match on names. */
function withoutCauses(payload: unknown): unknown {
  return JSON.parse(JSON.stringify(payload ?? null, (key, value) => (key === "Cause" ? typeof value : value)));
}

function queryOf({ failing: windows = [] }: Scenario, parameters: readonly string[]) {
  const State = windows.includes(parameters[0] ?? "") ? "FAILED" : "SUCCEEDED";
  return { QueryExecutionId: parameters[0] ?? "", Status: { State }, Statistics: { DataScannedInBytes: 10 } };
}

function isAnswered(name: string, payload: unknown): payload is { taskToken: string } {
  return name === "Ask" && Object(payload).step === "ask" && Object(payload).proposalId !== "silence";
}

async function onLocalEngine(scenario: Scenario): Promise<Told> {
  const world = aWorld(
    [ourMachine(scenario.machine, { FirstSeconds: SILENCE, LastSeconds: "5" })],
    answering(scenario, (token) => send(token)),
    {
      query: (request) => queryOf(scenario, Object(request).ExecutionParameters),
    },
  );
  const send = (taskToken: string) => {
    const headers = { "x-amz-target": "AWSStepFunctions.SendTaskSuccess" };
    const body = Buffer.from(JSON.stringify({ taskToken, output: JSON.stringify(approved) }));
    void world.stepFunctions.service.call({ ...anyCall, headers, body });
  };
  const { status, error } = await world.run(scenario.input);
  await world.stop();
  return { calls: world.calls, status, error };
}

const anyCall: AwsCall = {
  service: "states",
  region: "us-east-1",
  accessKeyId: "",
  method: "POST",
  path: "/",
  query: new URLSearchParams(),
  headers: {},
  body: Buffer.alloc(0),
};

/** The scenario's functions, of which Ask is answered a moment after it returned: at once where the clock races. */
function answering({ replies: all }: Scenario, send: (token: string) => void, delayMs = 0): Record<string, Reply> {
  const { Ask = () => ({}) } = all;
  const asked: Reply = (payload: never, call) => {
    if (isAnswered("Ask", payload)) setTimeout(send, delayMs, Object(payload).taskToken);
    return Ask(payload, call);
  };
  return { ...all, Ask: asked };
}

describeWith("moto", "on moto's interpreter", () => {
  let moto: Server;
  let router: AwsServer;
  let sfn: SFNClient;
  let lambda: AwsService;
  let athena: AwsService;

  beforeAll(async () => {
    router = await startAwsServer({
      clock: plainClock,
      services: { lambda: { call: (call) => lambda.call(call) }, athena: { call: (call) => athena.call(call) } },
    });
    moto = await startMoto(router.url);
    sfn = new SFNClient(sdkConfig(moto.url));
  });
  afterAll(async () => {
    sfn?.destroy();
    await moto?.stop();
    await router?.stop();
  });

  async function execute(name: string, definition: string, input: unknown) {
    const roleArn = "arn:aws:iam::123456789012:role/machine";
    const { stateMachineArn } = await sfn.send(new CreateStateMachineCommand({ name, definition, roleArn }));
    const start = new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) });
    const { executionArn } = await sfn.send(start);
    for (;;) {
      const execution = await sfn.send(new DescribeExecutionCommand({ executionArn }));
      if (execution.status !== "RUNNING") return execution;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  /** Functions by their names in the scenario's own machine, so that all scenarios can run at once. */
  function serveScenarios() {
    const calls = scenarios.map((): { name: string; payload: unknown }[] => []);
    const functions = scenarios.map((scenario) =>
      answering(
        scenario,
        (taskToken) => {
          void sfn.send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(approved) }));
        },
        100,
      ),
    );
    lambda = {
      call({ path, body }) {
        const [, index = "", name = ""] = /\/functions\/s(\d+)-(\w+)\/invocations$/.exec(path) ?? [];
        const payload: unknown = JSON.parse(body.toString());
        const own = calls[Number(index)] ?? [];
        own.push({ name, payload });
        const reply = functions[Number(index)]?.[name];
        const value = reply?.(payload as never, own.filter((call) => call.name === name).length) ?? null;
        const failed = Object(value).ok === false;
        return {
          status: 200,
          headers: failed ? { "x-amz-function-error": "Unhandled" } : {},
          body: JSON.stringify(value),
        };
      },
    };
    athena = jsonService({
      version: "1.1",
      operations: {
        StartQueryExecution: (input) => {
          const { WorkGroup, ExecutionParameters } = Object(input);
          return { QueryExecutionId: JSON.stringify([WorkGroup, ExecutionParameters]) };
        },
        GetQueryExecution: (input) => {
          const [index, parameters] = JSON.parse(Object(input).QueryExecutionId);
          const scenario = scenarios[Number(index)];
          return { QueryExecution: scenario && queryOf(scenario, parameters) };
        },
      },
    });
    return calls;
  }

  test("every scenario calls the same functions with the same payloads as on the local engine", async () => {
    const calls = serveScenarios();
    const told = await Promise.all(
      scenarios.map(async ({ machine, input }, index): Promise<Told> => {
        const resource = ourMachine(
          machine,
          { FirstSeconds: SILENCE, LastSeconds: "5", WorkGroup: String(index) },
          `s${index}-`,
        );
        const definition = JSON.stringify(machineOf(resource).definition);
        const { status = "", error = null } = await execute(`scenario-${index}`, definition, input);
        return { calls: calls[index] ?? [], status, error: error ?? null };
      }),
    );
    for (const [index, scenario] of scenarios.entries()) {
      const local = await onLocalEngine(scenario);
      const there = told[index];
      expect({ case: scenario.case, ...there, calls: comparable(there?.calls ?? []) }).toEqual({
        case: scenario.case,
        ...local,
        calls: comparable(local.calls),
      });
    }
  });

  test("mitigate with the real handlers, from logs to the ledger", async () => {
    const world = await startWorld({ config: scenarioConfig, seed: 1, start: START });
    const toWorld: AwsService = {
      async call({ method, path, query, headers, body }) {
        const search = query.size > 0 ? `?${query}` : "";
        const { "content-length": _, host: __, connection: ___, ...rest } = headers;
        const answer = await fetch(`${world.awsEndpoint}${path}${search}`, {
          method,
          headers: rest,
          body: new Uint8Array(body),
        });
        return {
          status: answer.status,
          headers: Object.fromEntries(answer.headers),
          body: Buffer.from(await answer.arrayBuffer()),
        };
      },
    };
    lambda = toWorld;
    athena = toWorld;
    const { names } = world;
    const key = `AWSLogs/111122223333/WAFLogs/cloudfront/${names.edgeAcl}/2026/11/22/09/50/a.log.gz`;
    world.store.put(names.edgeWafLogs, key, gzipSync(callsOf("203.0.113.7", 13_000)));
    const resource = world.assembly
      .ofType("AWS::StepFunctions::StateMachine")
      .find(({ name }) => name === names.mitigateMachine);
    if (!resource) throw new Error("no mitigate");
    const definition = JSON.stringify(machineOf(resource).definition);
    const { status, cause } = await execute("real", definition, { manual: {} });
    expect({ status, cause }).toEqual({ status: "SUCCEEDED", cause: undefined });
    const bans = dynamoDbLedger(ledgerTable(names.ledgerTable, sdkConfig(world.awsEndpoint)));
    expect(await bans.activeBans()).toMatchObject([
      { source: "203.0.113.7/32", targets: ["edge", "pool"], simulated: false, claims: { real: { origin: "auto" } } },
    ]);
    await world.stop();
  });
});

/** WAF log lines of sign-in calls, evenly over five minutes. */
function callsOf(clientIp: string, count: number): string {
  const headers = [{ name: "x-amz-target", value: "AWSCognitoIdentityProviderService.InitiateAuth" }];
  const lines = Array.from({ length: count }, (_, index) => ({
    timestamp: START - 10 * MINUTE + Math.floor((index * 5 * MINUTE) / count),
    action: "ALLOW",
    terminatingRuleId: "Default_Action",
    terminatingRuleType: "REGULAR",
    httpSourceName: "CF",
    httpRequest: {
      clientIp,
      country: "DE",
      headers,
      uri: "/",
      httpMethod: "POST",
      requestId: `r-${clientIp}-${index}`,
    },
  }));
  return lines.map((line) => JSON.stringify(line)).join("\n");
}
