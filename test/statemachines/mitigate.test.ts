import { AwsError } from "../../local/aws-wire.ts";
import { aWorld, failing } from "../local/step-functions/builders.ts";
import { failed, ourMachine, parameters, replies, run, succeeded, watched } from "./builders.ts";

let world: ReturnType<typeof aWorld> | undefined;
afterEach(() => world?.stop());

function mitigate(
  changed: Parameters<typeof aWorld>[1] = {},
  query: (request: never) => ReturnType<typeof succeeded> = succeeded,
) {
  world = aWorld([ourMachine("mitigate")], { ...replies, ...changed }, { query: query as () => never });
  return world;
}

function queriesGivenToScore(calls: readonly { name: string; payload: unknown }[]): unknown {
  return Object(calls.find(({ name }) => name === "Score")?.payload).queries;
}

const alarm = { source: "aws.cloudwatch", detail: {} };

test("an alarm goes through every state of a round, and each is given what it needs", async () => {
  const { run: start, calls, states } = mitigate();
  const { status } = await start(alarm, "run-1");
  expect(status).toBe("SUCCEEDED");
  expect(states().filter((state) => !/Window$|History$|Coverage$|Accounts$/.test(state ?? ""))).toEqual([
    "Admit",
    "Admitted",
    "Query",
    "Score",
    "Plan",
    "AnythingToApplyOrTell",
    "Apply",
    "Notify",
    "ReportRound",
    "Watch",
    "Again",
    "ReportEnd",
    "HadEvidence",
    "Done",
  ]);
  const payloads = Object.fromEntries(calls.map(({ name, payload }) => [name, payload]));
  expect(payloads.Admit).toEqual({ execution: "run-1", startedAt: expect.stringMatching(/Z$/), input: alarm });
  const end = { queryExecutionId: "q-1", bytesScanned: 10 };
  expect(payloads.Score).toEqual({
    run,
    queries: [
      { window: "short", ...end },
      { window: "slow", ...end },
      { window: "history", ...end },
      { window: "coverage", ...end },
      { window: "accounts", ...end },
      { window: "slowAccounts", ...end },
    ],
  });
  expect(payloads.Plan).toEqual(replies.Score());
  expect(payloads.Apply).toEqual({ run, planKey: "p", origin: "auto" });
  expect(payloads.Notify).toEqual({ run, planKey: "p", applied: replies.Apply() });
  expect(payloads.Watch).toEqual({ run });
  const reports = calls.filter(({ name }) => name === "Report").map(({ payload }) => payload);
  expect(reports).toEqual([{ run }, { run, watched: replies.Watch() }]);
});

test("both windows, their accounts, the history and the logs' counts are asked, each with its own parameters", async () => {
  const asked: unknown[] = [];
  const { run: start } = mitigate({}, (request) => {
    asked.push(request);
    return succeeded();
  });
  await start(alarm);
  const common = { QueryString: "SELECT 1", QueryExecutionContext: { Database: "logs" }, WorkGroup: "evidence" };
  expect(asked).toEqual([
    { ...common, ExecutionParameters: parameters.short },
    { ...common, QueryString: "SELECT 3", ExecutionParameters: parameters.slow },
    { ...common, QueryString: "SELECT 2", ExecutionParameters: parameters.history },
    { ...common, QueryString: "SELECT 3", ExecutionParameters: parameters.coverage },
    { ...common, QueryString: "SELECT 5", ExecutionParameters: parameters.short },
    { ...common, QueryString: "SELECT 6", ExecutionParameters: parameters.slow },
  ]);
});

test.each(["ignored", "joined"])("an event that is %s ends the execution at once and in peace", async (decision) => {
  const { run: start, calls } = mitigate({ Admit: () => ({ schema: 1, decision, reason: "", run: null }) });
  expect((await start(alarm)).status).toBe("SUCCEEDED");
  expect(calls.map(({ name }) => name)).toEqual(["Admit"]);
});

test("a round with nothing to apply goes on to watch", async () => {
  const { run: start, calls } = mitigate({
    Plan: () => ({ ...replies.Plan(), counts: { apply: 0, file: 3, refuse: 0 } }),
  });
  expect((await start(alarm)).status).toBe("SUCCEEDED");
  expect(calls.map(({ name }) => name)).toEqual(["Admit", "Score", "Plan", "Report", "Watch", "Report"]);
});

test("a round that bans nobody but found something tells people", async () => {
  const { run: start, calls } = mitigate({
    Plan: () => ({ ...replies.Plan(), counts: { apply: 0, file: 0, refuse: 2, tell: 2 } }),
  });
  expect((await start(alarm)).status).toBe("SUCCEEDED");
  expect(calls.map(({ name }) => name)).toEqual(["Admit", "Score", "Plan", "Notify", "Report", "Watch", "Report"]);
  expect(calls[3]?.payload).toEqual({ run, planKey: "p" });
});

test("a run whose alarm is over tells what it relieved", async () => {
  const { run: start, calls } = mitigate({
    Watch: () => watched({ again: false, ending: "over", reason: "the alarm is over" }),
  });
  expect((await start(alarm)).status).toBe("SUCCEEDED");
  expect(calls.at(-2)).toMatchObject({ name: "Notify", payload: { over: { run, reason: "the alarm is over" } } });
  expect(calls.at(-1)).toMatchObject({ name: "Report", payload: { run, watched: { ending: "over" } } });
});

test("a run whose quota is used by others tells people and is over", async () => {
  const ended = { ...run, notOurs: { calls: 10, theirs: 9, completeTo: "2026-11-22T12:00:00Z", others: [] } };
  const { run: start, calls } = mitigate({
    Plan: () => ({ ...replies.Plan(), counts: { apply: 0, file: 0, refuse: 0 } }),
    Watch: () => watched({ again: false, ending: "not-ours", run: ended }),
  });
  expect((await start(alarm)).status).toBe("SUCCEEDED");
  expect(calls.at(-2)).toMatchObject({ name: "Notify", payload: { notOurs: { run: ended } } });
});

test("while watch says so, rounds follow with the windows that it gave", async () => {
  const next = { ...run, round: 2 };
  const { run: start, calls } = mitigate({
    Watch: (_, call) => watched(call === 1 ? { run: next, waitSeconds: 60 } : { again: false }),
  });
  await start(alarm);
  const scores = calls.filter(({ name }) => name === "Score");
  expect(scores.map(({ payload }) => (payload as { run: unknown }).run)).toEqual([run, next]);
  expect(Math.round(((scores[1]?.at ?? 0) - (scores[0]?.at ?? 0)) / 1000)).toBe(60);
});

test("a run that stops at its limit while the alarm is on tells people so; nobody hears of one that ends in peace", async () => {
  const stopped = { again: false, ending: "at-limit", reason: "the limit", burning: ["portcullis-UserToken-90"] };
  const { run: start, calls } = mitigate({ Watch: () => watched(stopped) });
  expect((await start(alarm)).status).toBe("SUCCEEDED");
  const notices = calls.filter(({ name }) => name === "Notify").map(({ payload }) => payload);
  expect(notices).toEqual([
    expect.objectContaining({ planKey: "p" }),
    { run, reason: "the limit", burning: ["portcullis-UserToken-90"] },
  ]);
});

test("a notice of the run's end that cannot be sent ends it no other way", async () => {
  const { run: start } = mitigate({
    Watch: () => watched({ again: false, ending: "at-limit", reason: "the limit", burning: ["x"] }),
    Notify: () => failing("NotFoundError"),
  });
  expect((await start(alarm)).status).toBe("SUCCEEDED");
});

test("a round without a look asks for the alarm only", async () => {
  const { run: start, calls } = mitigate({
    Watch: (_, call) => watched(call < 4 ? { look: false } : { again: false }),
  });
  await start(alarm);
  expect(calls.map(({ name }) => name).slice(-5)).toEqual(["Watch", "Watch", "Watch", "Watch", "Report"]);
  expect(calls.filter(({ name }) => name === "Score")).toHaveLength(1);
});

describe("when something fails", () => {
  test("a query of which not even a part can be read is stated to Score, and the run goes on", async () => {
    const { run: start, calls } = mitigate({}, (request: { ExecutionParameters: string[] }) =>
      asked(request).startsWith("'b") ? failed() : succeeded(),
    );
    expect((await start(alarm)).status).toBe("SUCCEEDED");
    expect(queriesGivenToScore(calls)).toEqual([
      { window: "short", queryExecutionId: "q-1", bytesScanned: 10 },
      { window: "slow", error: { Error: "States.TaskFailed", Cause: expect.stringContaining("SYNTAX_ERROR") } },
      { window: "history", queryExecutionId: "q-1", bytesScanned: 10 },
      { window: "coverage", queryExecutionId: "q-1", bytesScanned: 10 },
      { window: "accounts", queryExecutionId: "q-1", bytesScanned: 10 },
      { window: "slowAccounts", error: expect.anything() },
    ]);
    expect(calls.map(({ name }) => name)).toContain("Apply");
  });

  const asked = (request: { ExecutionParameters: string[] }) => request.ExecutionParameters[0] ?? "";

  const queries = [
    { window: "short", sql: "SELECT 1", parameters: ["'a'", "'a/2'", "'a/16'"] },
    { window: "slow", sql: "SELECT 3", parameters: ["'b'", "'b/2'", "'b/12'"] },
    { window: "history", sql: "SELECT 2", parameters: ["'h'", "'h/2'", "'h/3'"] },
    { window: "coverage", sql: "SELECT 3", parameters: ["'c'", "'c/2'", "'c/16'"] },
    { window: "accounts", sql: "SELECT 5", parameters: ["'a'", "'a/2'", "'a/16'"] },
    { window: "slowAccounts", sql: "SELECT 6", parameters: ["'b'", "'b/2'", "'b/12'"] },
  ];

  test.each(
    queries.flatMap((query) => [
      { ...query, left: "half", asks: query.parameters.slice(0, 2) },
      { ...query, left: "sample", asks: query.parameters },
    ]),
  )("$window too large for one query is asked for its $left, and nothing is asked twice", async (row) => {
    const asks: string[] = [];
    const { run: start, calls } = mitigate({}, (request: { QueryString: string; ExecutionParameters: string[] }) => {
      const isOurs = request.QueryString === row.sql && row.parameters.includes(asked(request));
      if (isOurs) asks.push(asked(request));
      return isOurs && row.asks.indexOf(asked(request)) < row.asks.length - 1 ? failed() : succeeded();
    });
    expect((await start(alarm)).status).toBe("SUCCEEDED");
    expect(asks).toEqual(row.asks);
    const ends = queriesGivenToScore(calls) as { window: string }[];
    expect(ends.find(({ window }) => window === row.window)).toEqual({
      ...{ window: row.window, part: row.left, queryExecutionId: "q-1", bytesScanned: 10 },
    });
  });

  test("both queries failing, by whatever error, do not end the run", async () => {
    const { run: start, calls } = mitigate({}, () => {
      throw new AwsError("TooManyRequestsException", "slow down");
    });
    expect((await start(alarm)).status).toBe("SUCCEEDED");
    const error = { Error: "Athena.TooManyRequestsException", Cause: "slow down" };
    expect(queriesGivenToScore(calls)).toEqual([
      { window: "short", error },
      { window: "slow", error },
      { window: "history", error },
      { window: "coverage", error },
      { window: "accounts", error },
      { window: "slowAccounts", error },
    ]);
  });

  test("a run that never had evidence fails, so that an alarm speaks", async () => {
    const { run: start, calls, metrics } = mitigate({ Watch: () => watched({ again: false, evidence: false }) });
    expect(await start(alarm)).toMatchObject({ status: "FAILED", error: "NoEvidence" });
    expect(calls.at(-1)).toMatchObject({ name: "Report", payload: { watched: { evidence: false } } });
    expect(metrics.map(({ name }) => name)).toContain("ExecutionsFailed");
  });

  test("a write is tried again while the error passes", async () => {
    const { run: start, calls } = mitigate({
      Apply: (_, call) => (call < 5 ? failing("RetryableError") : replies.Apply()),
    });
    expect((await start(alarm)).status).toBe("SUCCEEDED");
    expect(calls.filter(({ name }) => name === "Apply")).toHaveLength(5);
  });

  test.each(["Score", "Plan", "Apply", "Watch"] as const)(
    "%s failing for good frees the lease, then fails the execution with its error",
    async (state) => {
      const {
        run: start,
        calls,
        metrics,
      } = mitigate({
        [state]: (payload: { abandon?: boolean }) =>
          payload.abandon ? watched({ again: false }) : failing("InvalidInputError", "bad row"),
      });
      const { status, error, cause } = await start(alarm);
      expect({ status, error }).toEqual({ status: "FAILED", error: "InvalidInputError" });
      expect(cause).toContain("bad row");
      expect(calls.at(-2)).toMatchObject({ name: "Watch", payload: { run, abandon: true } });
      expect(calls.at(-1)).toMatchObject({
        name: "Report",
        payload: { run, failure: { Error: "InvalidInputError" } },
      });
      expect(metrics.map(({ name }) => name)).toContain("ExecutionsFailed");
    },
  );

  test("a write that keeps failing as passing is given up after its retries, and alarmed", async () => {
    const { run: start, calls } = mitigate({ Apply: () => failing("RetryableError") });
    expect(await start(alarm)).toMatchObject({ status: "FAILED", error: "RetryableError" });
    const tries = calls.filter(({ name }) => name === "Apply");
    expect(tries).toHaveLength(16);
    expect((tries.at(-1)?.at ?? 0) - (tries[0]?.at ?? 0)).toBeGreaterThan(10 * 60_000);
  });

  test("a lease that cannot be freed does not hide the error that ended the round", async () => {
    const { run: start } = mitigate({
      Plan: () => failing("InvalidInputError"),
      Watch: () => failing("NotFoundError"),
    });
    expect(await start(alarm)).toMatchObject({ status: "FAILED", error: "InvalidInputError" });
  });

  test.each(["InvalidInputError", "RetryableError"])(
    "reports that fail with %s end nothing, and the error that ends a run stays its own",
    async (error) => {
      const { run: start, states } = mitigate({ Report: () => failing(error) });
      expect((await start(alarm)).status).toBe("SUCCEEDED");
      expect(states()).toEqual(expect.arrayContaining(["ReportRound", "Watch", "ReportEnd", "Done"]));
      await world?.stop();
      const { run: again } = mitigate({
        Report: () => failing(error),
        Plan: () => failing("NotFoundError"),
      });
      expect(await again(alarm)).toMatchObject({ status: "FAILED", error: "NotFoundError" });
    },
  );

  test("a report that fails holds the next round up for seconds", async () => {
    const { run: start, calls } = mitigate({
      Report: () => failing("RetryableError"),
      Watch: (_, call) => watched({ again: call === 1, waitSeconds: 0 }),
    });
    await start(alarm);
    const at = (name: string) => calls.find((call) => call.name === name)?.at ?? 0;
    expect(at("Watch") - at("Notify")).toBeLessThan(10_000);
    expect(calls.filter(({ name }) => name === "Report")).toHaveLength(2 + 2 + 4);
  });

  test("a notice that cannot be sent ends nothing", async () => {
    const { run: start, states } = mitigate({ Notify: () => failing("NotFoundError") });
    expect((await start(alarm)).status).toBe("SUCCEEDED");
    expect(states()).toContain("Watch");
  });
});
