import {
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from "@aws-sdk/client-sfn";

import { startAwsServer } from "../../../local/aws-server.ts";
import { plainClock, sdkConfig } from "../builders.ts";
import { aMachine, aWorld, invoke, machineArn, START } from "./builders.ts";

const waits = aMachine(
  { StartAt: "Pause", States: { Pause: { Type: "Wait", Seconds: 3600, End: true } } },
  { name: "waits" },
);
const works = aMachine(
  { StartAt: "Work", States: { Work: invoke("f", { "in.$": "$" }, { End: true }) } },
  { name: "works" },
);
const asks = aMachine(
  {
    StartAt: "Ask",
    States: {
      Ask: {
        ...invoke("ask", { "token.$": "$$.Task.Token" }, { TimeoutSeconds: 3600, HeartbeatSeconds: 60, End: true }),
        Resource: "arn:aws:states:::lambda:invoke.waitForTaskToken",
      },
    },
  },
  { name: "asks" },
);

let world: ReturnType<typeof aWorld>;
let stop = async () => {};
let sfn: SFNClient;
let tokens: string[];

beforeEach(async () => {
  tokens = [];
  world = aWorld([waits, works, asks], {
    f: (payload) => payload,
    ask: ({ token }: { token: string }) => {
      tokens.push(token);
    },
  });
  // Time stands still between calls: these tests are about answers.
  world.clock.setRace(1);
  const server = await startAwsServer({ clock: plainClock, services: { states: world.stepFunctions.service } });
  sfn = new SFNClient(sdkConfig(server.url));
  stop = async () => {
    sfn.destroy();
    await server.stop();
    await world.stop();
  };
});
afterEach(() => stop());

const start = (machine: string, more: { name?: string; input?: string } = {}) =>
  sfn.send(new StartExecutionCommand({ stateMachineArn: machineArn(machine), ...more }));
const describeExecution = (executionArn = "") => sfn.send(new DescribeExecutionCommand({ executionArn }));
const eventually = async (condition: () => boolean) => {
  for (let tries = 0; tries < 200 && !condition(); tries += 1) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(condition()).toBe(true);
};

describe("starting", () => {
  test("the same name and input while it runs is the same execution; anything else exists already", async () => {
    const first = await start("waits", { name: "one", input: '{"a": 1, "b": 2}' });
    const again = await start("waits", { name: "one", input: '{"b": 2, "a": 1}' });
    expect(again).toMatchObject({ executionArn: first.executionArn, startDate: first.startDate });
    expect(first.startDate?.getTime()).toBeGreaterThanOrEqual(START);
    await expect(start("waits", { name: "one", input: "{}" })).rejects.toMatchObject({
      name: "ExecutionAlreadyExists",
    });
  });

  test("a name stays taken after the end, also for the same input", async () => {
    const { executionArn = "" } = await start("works", { name: "one" });
    await world.stepFunctions.executions.ended(executionArn);
    await expect(start("works", { name: "one" })).rejects.toMatchObject({ name: "ExecutionAlreadyExists" });
  });

  test.each([
    { case: "an unknown machine", machine: "nothing", more: {}, error: "StateMachineDoesNotExist" },
    { case: "a name with a colon", machine: "works", more: { name: "a:b" }, error: "InvalidName" },
    { case: "a name of 81 characters", machine: "works", more: { name: "x".repeat(81) }, error: "InvalidName" },
    { case: "an input that is no JSON", machine: "works", more: { input: "{" }, error: "InvalidExecutionInput" },
    {
      case: "an input over 256 KiB",
      machine: "works",
      more: { input: JSON.stringify("x".repeat(256 * 1024)) },
      error: "InvalidExecutionInput",
    },
  ])("$case is refused as $error", async ({ machine, more, error }) => {
    await expect(start(machine, more)).rejects.toMatchObject({ name: error });
  });
});

describe("looking", () => {
  test("an execution that succeeded shows its output and its states", async () => {
    const { executionArn = "" } = await start("works", { name: "one", input: '{"x": 1}' });
    await world.stepFunctions.executions.ended(executionArn);
    const shown = await describeExecution(executionArn);
    expect(shown).toMatchObject({ name: "one", status: "SUCCEEDED", input: '{"x":1}' });
    expect(JSON.parse(shown.output ?? "")).toMatchObject({ Payload: { in: { x: 1 } } });
    const { events = [] } = await sfn.send(new GetExecutionHistoryCommand({ executionArn }));
    expect(events.map(({ type }) => type)).toEqual([
      "ExecutionStarted",
      "TaskStateEntered",
      "TaskStateExited",
      "ExecutionSucceeded",
    ]);
    expect(events.map(({ id, previousEventId }) => [id, previousEventId])).toEqual([
      [1, 0],
      [2, 1],
      [3, 2],
      [4, 3],
    ]);
  });

  test("executions are listed newest first, by status and in pages", async () => {
    for (const name of ["one", "two", "three"]) await start("waits", { name });
    await sfn.send(
      new StopExecutionCommand({ executionArn: `${machineArn("waits").replace("stateMachine", "execution")}:two` }),
    );
    const list = (more: object) =>
      sfn.send(new ListExecutionsCommand({ stateMachineArn: machineArn("waits"), ...more }));
    await eventually(() => world.stepFunctions.executions.all().some(({ status }) => status === "ABORTED"));
    expect((await list({})).executions?.map(({ name }) => name)).toEqual(["three", "two", "one"]);
    expect((await list({ statusFilter: "RUNNING" })).executions?.map(({ name }) => name)).toEqual(["three", "one"]);
    const page = await list({ maxResults: 2 });
    expect(page.executions).toHaveLength(2);
    expect((await list({ maxResults: 2, nextToken: page.nextToken })).executions?.map(({ name }) => name)).toEqual([
      "one",
    ]);
  });

  test("a machine shows its definition as deployed", async () => {
    const shown = await sfn.send(new DescribeStateMachineCommand({ stateMachineArn: machineArn("waits") }));
    expect(JSON.parse(shown.definition ?? "")).toEqual({
      StartAt: "Pause",
      States: { Pause: { Type: "Wait", Seconds: 3600, End: true } },
    });
  });

  test("an unknown execution is told so", async () => {
    await expect(describeExecution("arn:aws:states:us-east-1:111122223333:execution:works:no")).rejects.toMatchObject({
      name: "ExecutionDoesNotExist",
    });
  });
});

test("a stopped execution is aborted with the reason given, and counted", async () => {
  const { executionArn = "" } = await start("waits");
  await sfn.send(new StopExecutionCommand({ executionArn, error: "Enough", cause: "by hand" }));
  await world.stepFunctions.executions.ended(executionArn);
  expect(await describeExecution(executionArn)).toMatchObject({ status: "ABORTED", error: "Enough", cause: "by hand" });
  expect(world.metrics.map(({ name }) => name)).toEqual(["ExecutionsStarted", "ExecutionsAborted"]);
});

describe("task tokens", () => {
  async function asked(): Promise<{ executionArn: string; taskToken: string }> {
    const { executionArn = "" } = await start("asks");
    await eventually(() => tokens.length > 0);
    return { executionArn, taskToken: tokens[0] ?? "" };
  }

  test("success hands the output on as the task's result, once", async () => {
    const { executionArn, taskToken } = await asked();
    await sfn.send(new SendTaskSuccessCommand({ taskToken, output: '{"yes": true}' }));
    await world.stepFunctions.executions.ended(executionArn);
    expect((await describeExecution(executionArn)).output).toBe('{"yes":true}');
    await expect(sfn.send(new SendTaskSuccessCommand({ taskToken, output: "{}" }))).rejects.toMatchObject({
      name: "TaskTimedOut",
    });
  });

  test("failure fails the task by its name and cause", async () => {
    const { executionArn, taskToken } = await asked();
    await sfn.send(new SendTaskFailureCommand({ taskToken, error: "Refused", cause: "by anna" }));
    await world.stepFunctions.executions.ended(executionArn);
    expect(await describeExecution(executionArn)).toMatchObject({
      status: "FAILED",
      error: "Refused",
      cause: "by anna",
    });
  });

  test("an output that is no JSON is refused and the task goes on", async () => {
    const { executionArn, taskToken } = await asked();
    await expect(sfn.send(new SendTaskSuccessCommand({ taskToken, output: "yes" }))).rejects.toMatchObject({
      name: "InvalidOutput",
    });
    expect((await describeExecution(executionArn)).status).toBe("RUNNING");
  });

  test("without heartbeats the task fails; each beat puts that off", async () => {
    const { executionArn, taskToken } = await asked();
    await sfn.send(new SendTaskHeartbeatCommand({ taskToken }));
    world.clock.setRace(100_000);
    const { stoppedAt, error } = await world.stepFunctions.executions.ended(executionArn);
    expect(error).toBe("States.HeartbeatTimeout");
    expect((stoppedAt ?? 0) - START).toBeGreaterThanOrEqual(60_000);
    expect((stoppedAt ?? 0) - START).toBeLessThan(3_600_000);
  });
});
