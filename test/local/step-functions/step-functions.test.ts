import { aMachine, aWorld, failing, invoke, START } from "./builders.ts";

let world: ReturnType<typeof aWorld> | undefined;
afterEach(() => world?.stop());

function one(state: Record<string, unknown>) {
  return aMachine({ StartAt: "Work", States: { Work: state } });
}

const SECOND = 1000;

describe("time", () => {
  test("a Wait state waits on the world's clock, not the wall's", async () => {
    world = aWorld(
      [
        aMachine({
          StartAt: "Pause",
          States: {
            Pause: { Type: "Wait", SecondsPath: "$.seconds", Next: "Work" },
            Work: invoke("f", {}, { End: true }),
          },
        }),
      ],
      { f: () => ({ done: true }) },
    );
    const before = Date.now();
    const execution = await world.run({ seconds: 900 });
    expect(execution.status).toBe("SUCCEEDED");
    expect((execution.stoppedAt ?? 0) - START).toBeGreaterThanOrEqual(900 * SECOND);
    expect(Date.now() - before).toBeLessThan(5 * SECOND);
    expect(world.events.filter(({ state }) => state === "Pause").map(({ stateType }) => stateType)).toEqual([
      "Wait",
      "Wait",
    ]);
  });

  test("the start time in the context is the world's, in ISO 8601 with Z", async () => {
    world = aWorld(
      [one(invoke("f", { "at.$": "$$.Execution.StartTime", "name.$": "$$.Execution.Name" }, { End: true }))],
      {
        f: (payload) => payload,
      },
    );
    await world.run({}, "run-1");
    expect(world.calls[0]?.payload).toEqual({
      at: expect.stringMatching(/^2026-11-22T12:\d\d:\d\d\.\d{3}Z$/),
      name: "run-1",
    });
  });

  test("a task that does not end in time fails as States.Timeout", async () => {
    world = aWorld(
      [one(invoke("f", {}, { TimeoutSeconds: 30, End: true }))],
      { f: () => ({}) },
      {
        functions: { invoke: () => new Promise(() => {}) },
      },
    );
    world.clock.during = (work) => work();
    const { status, error } = await world.run({});
    expect({ status, error }).toEqual({ status: "FAILED", error: "States.Timeout" });
  });

  test("an execution that lasts too long is timed out", async () => {
    world = aWorld(
      [
        aMachine({
          StartAt: "Pause",
          TimeoutSeconds: 60,
          States: { Pause: { Type: "Wait", Seconds: 3600, End: true } },
        }),
      ],
      {},
    );
    const { status } = await world.run({});
    expect(status).toBe("TIMED_OUT");
    expect(world.metrics.map(({ name }) => name)).toEqual(["ExecutionsStarted", "ExecutionsTimedOut"]);
  });
});

test("an execution whose history grows too long fails, counted as AWS counts it", async () => {
  const States = {
    Work: invoke("f", {}, { Next: "Again" }),
    Again: {
      Type: "Choice",
      Choices: [{ Variable: "$.Payload.more", BooleanEquals: true, Next: "Work" }],
      Default: "Done",
    },
    Done: { Type: "Succeed" },
  };
  world = aWorld([aMachine({ StartAt: "Work", States })], { f: () => ({ more: true }) }, { historyLimit: 80 });
  const { status, error, cause } = await world.run({});
  expect({ status, error }).toEqual({ status: "FAILED", error: "States.Runtime" });
  expect(cause).toContain("maximum number of history events (80)");
  // Six events of the task and two of the other state in each turn; the next one may have begun.
  expect([10, 11]).toContain(world.calls.length);
});

describe("errors", () => {
  const retry = [
    { ErrorEquals: ["RetryableError"], IntervalSeconds: 10, BackoffRate: 2, MaxAttempts: 3, MaxDelaySeconds: 15 },
  ];

  test("a retry waits with backoff up to its limit on the world's clock", async () => {
    world = aWorld([one(invoke("f", {}, { Retry: retry, End: true }))], {
      f: (_, call) => (call < 4 ? failing("RetryableError") : { call }),
    });
    const { status, output } = await world.run({});
    expect({ status, output }).toMatchObject({ status: "SUCCEEDED", output: { Payload: { call: 4 } } });
    const [first = 0, ...later] = world.calls.map(({ at }) => at);
    expect(later.map((at) => Math.round((at - first) / SECOND))).toEqual([10, 25, 40]);
  });

  test("an error that no retrier names is not tried again", async () => {
    world = aWorld([one(invoke("f", {}, { Retry: retry, End: true }))], { f: () => failing("InvalidInputError") });
    const { status, error, cause } = await world.run({});
    expect({ status, error }).toEqual({ status: "FAILED", error: "InvalidInputError" });
    expect(JSON.parse(cause ?? "")).toMatchObject({ errorType: "InvalidInputError", errorMessage: "it broke" });
    expect(world.calls).toHaveLength(1);
    expect(world.metrics.map(({ name, dimensions }) => [name, dimensions.StateMachineArn])).toEqual([
      ["ExecutionsStarted", world.stepFunctions.machines.keys().next().value],
      ["ExecutionsFailed", world.stepFunctions.machines.keys().next().value],
    ]);
  });

  test("what is caught goes on with the function's error as JSON", async () => {
    world = aWorld(
      [
        aMachine({
          StartAt: "Work",
          States: {
            Work: invoke(
              "f",
              {},
              { Catch: [{ ErrorEquals: ["States.ALL"], ResultPath: "$.error", Next: "After" }], End: true },
            ),
            After: { Type: "Pass", End: true },
          },
        }),
      ],
      { f: () => failing("ConflictError", "taken") },
    );
    const { output } = await world.run({ kept: 1 });
    expect(output).toMatchObject({
      kept: 1,
      error: { Error: "ConflictError", Cause: expect.stringContaining("taken") },
    });
  });

  test("a result over 256 KiB fails and no wildcard retries it", async () => {
    world = aWorld([one(invoke("f", {}, { Retry: [{ ErrorEquals: ["States.ALL"] }], End: true }))], {
      f: () => ({ rows: "x".repeat(256 * 1024) }),
    });
    expect((await world.run({})).error).toBe("States.DataLimitExceeded");
    expect(world.calls).toHaveLength(1);
  });

  test("a role that may not call the function fails as on AWS", async () => {
    const { AwsError } = await import("../../../local/aws-wire.ts");
    world = aWorld(
      [one(invoke("f", {}, { End: true }))],
      { f: () => ({}) },
      {
        authorize: (role, [need]) => {
          throw new AwsError("AccessDeniedException", `${role} may not ${need?.action} on ${need?.resource}`);
        },
      },
    );
    const { error, cause } = await world.run({});
    expect(error).toBe("Lambda.AccessDeniedException");
    expect(cause).toContain("role/demo may not lambda:InvokeFunction on f");
  });
});

describe("definitions", () => {
  test.each([
    {
      case: "a target that does not exist",
      definition: { StartAt: "A", States: { A: { Type: "Pass", Next: "Nowhere" } } },
      error: /Nowhere|MISSING_TRANSITION/,
    },
    { case: "no JSON", definition: "{", error: /JSON/ },
    {
      case: "a substitution that nothing fills",
      // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation's placeholder
      definition: { StartAt: "A", States: { A: invoke("${Function}", {}, { End: true }) } },
      error: /\$\{Function\}/,
    },
    {
      case: "a test that the engine never matches",
      definition: {
        StartAt: "A",
        States: {
          A: { Type: "Choice", Choices: [{ Variable: "$.x", IsPresent: false, Next: "B" }], Default: "B" },
          B: { Type: "Succeed" },
        },
      },
      error: /IsPresent/,
    },
    {
      case: "JSONata",
      definition: { QueryLanguage: "JSONata", StartAt: "A", States: { A: { Type: "Succeed" } } },
      error: /JSONata/,
    },
  ])("$case is refused when the machine is made", ({ definition, error }) => {
    expect(() => aWorld([aMachine(definition)], {})).toThrow(error);
  });

  test("substitution is plain text, as CloudFormation does it", async () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation's placeholder
    const definition = { StartAt: "A", States: { A: invoke("${Function}", { sql: "${Sql}" }, { End: true }) } };
    const sql = 'select "a"\nfrom b';
    world = aWorld(
      [aMachine(definition, { substitutions: { Function: "f", Sql: JSON.stringify(sql).slice(1, -1) } })],
      {
        f: (payload) => payload,
      },
    );
    await world.run({});
    expect(world.calls[0]?.payload).toEqual({ sql });
  });
});
