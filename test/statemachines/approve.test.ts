import { anAwsCall } from "../local/builders.ts";
import { aWorld, failing } from "../local/step-functions/builders.ts";
import { ourMachine, run } from "./builders.ts";

const input = { schema: 1, run, proposalId: "p-1", version: 2 };
const approved = { schema: 1, decision: "approved", planKey: "decided", by: "anna", waitedSeconds: 90 };
const applied = { schema: 1, run, counts: { banned: 1 }, sourcesWritten: 1 };
const HOUR = 3_600_000;

let world: ReturnType<typeof aWorld> | undefined;
afterEach(() => world?.stop());

function approve(replies: Parameters<typeof aWorld>[1]) {
  world = aWorld([ourMachine("approve")], { Apply: () => applied, Notify: () => ({}), Report: () => null, ...replies });
  return world;
}

/** As the approval page answers: over the wire. */
async function send(operation: string, body: unknown) {
  const headers = { "x-amz-target": `AWSStepFunctions.${operation}` };
  const call = anAwsCall({ service: "states", headers, body: Buffer.from(JSON.stringify(body)) });
  return await world?.stepFunctions.service.call(call);
}

test("what a person approves is applied as approved", async () => {
  const { run: start, calls } = approve({
    Ask: ({ taskToken }: { taskToken: string }) => {
      setImmediate(() => send("SendTaskSuccess", { taskToken, output: JSON.stringify(approved) }));
      return { asked: true };
    },
  });
  expect((await start(input)).status).toBe("SUCCEEDED");
  expect(calls).toMatchObject([
    {
      name: "Ask",
      payload: { run, proposalId: "p-1", version: 2, step: "ask", taskToken: expect.stringMatching(/.{100}/) },
    },
    { name: "Apply", payload: { run, planKey: "decided", origin: "approved" } },
    { name: "Notify", payload: { run, planKey: "decided", applied, answer: approved } },
    { name: "Report", payload: { run } },
  ]);
});

test.each([
  { decision: "rejected", after: ["Notify", "Report"] },
  { decision: "superseded", after: [] },
])("what is $decision is not applied; a decision counts all the same", async ({ decision, after }) => {
  const { run: start, calls } = approve({
    Ask: ({ taskToken }: { taskToken: string }) => {
      setImmediate(() => send("SendTaskSuccess", { taskToken, output: JSON.stringify({ ...approved, decision }) }));
      return {};
    },
  });
  expect((await start(input)).status).toBe("SUCCEEDED");
  expect(calls.map(({ name }) => name)).toEqual(["Ask", ...after]);
  if (after.length > 0) expect(calls.at(-2)?.payload).toMatchObject({ applied: null, answer: { waitedSeconds: 90 } });
});

test("when nobody answers, the deployment's rule decides after the deployment's time", async () => {
  const { run: start, calls } = approve({ Ask: ({ step }: { step: string }) => (step === "timedOut" ? approved : {}) });
  expect((await start(input)).status).toBe("SUCCEEDED");
  expect(calls.map(({ name, payload }) => [name, (payload as { step?: string }).step])).toEqual([
    ["Ask", "ask"],
    ["Ask", "remind"],
    ["Ask", "timedOut"],
    ["Apply", undefined],
    ["Notify", undefined],
    ["Report", undefined],
  ]);
  expect(calls[1]?.at).toBeGreaterThanOrEqual(0.75 * HOUR);
  expect(calls[1]?.at).toBeLessThan(0.8 * HOUR);
  expect(calls[2]?.at).toBeGreaterThanOrEqual(HOUR);
  expect(calls[2]?.payload).not.toHaveProperty("taskToken");
});

test("who decides after the reminder is heard by its token", async () => {
  const { run: start, calls } = approve({
    Ask: ({ step, taskToken }: { step: string; taskToken: string }) => {
      if (step === "remind")
        setImmediate(() => send("SendTaskSuccess", { taskToken, output: JSON.stringify(approved) }));
      return {};
    },
  });
  expect((await start(input)).status).toBe("SUCCEEDED");
  expect(calls.map(({ name }) => name)).toEqual(["Ask", "Ask", "Apply", "Notify", "Report"]);
});

test("a reminder that cannot be sent costs nobody the rest of the time", async () => {
  const { run: start, calls } = approve({
    Ask: ({ step }: { step: string }) =>
      step === "remind" ? failing("InvalidInputError") : step === "timedOut" ? approved : {},
  });
  expect((await start(input)).status).toBe("SUCCEEDED");
  const last = calls.find(({ payload }) => (payload as { step?: string }).step === "timedOut");
  expect(last?.at).toBeGreaterThanOrEqual(HOUR);
  expect(calls.map(({ name }) => name)).toContain("Apply");
});

test("an answer after the time-out is told that it is too late, an invented token that it is none", async () => {
  let token = "";
  const { run: start } = approve({
    Ask: ({ step, taskToken }: { step: string; taskToken: string }) => {
      if (step === "ask") token = taskToken;
      return { ...approved, decision: "rejected" };
    },
  });
  await start(input);
  const answer = { output: JSON.stringify(approved) };
  await expect(send("SendTaskSuccess", { taskToken: token, ...answer })).rejects.toMatchObject({
    code: "TaskTimedOut",
  });
  await expect(send("SendTaskSuccess", { taskToken: "AAAA", ...answer })).rejects.toMatchObject({
    code: "InvalidToken",
  });
});

test("a retried question has a token of its own, and the first one ends nothing", async () => {
  const tokens: string[] = [];
  const { run: start, calls } = approve({
    Ask: ({ taskToken }: { taskToken: string }, call) => {
      tokens.push(taskToken);
      if (call === 1) return failing("RetryableError");
      setImmediate(() => send("SendTaskSuccess", { taskToken, output: JSON.stringify(approved) }));
      return {};
    },
  });
  expect((await start(input)).status).toBe("SUCCEEDED");
  expect(new Set(tokens).size).toBe(2);
  expect(calls.map(({ name }) => name)).toContain("Apply");
});

test("what cannot be applied fails the execution, so that an alarm speaks", async () => {
  const { run: start } = approve({
    Ask: ({ step }: { step: string }) => (step === "timedOut" ? approved : {}),
    Apply: () => failing("InvalidInputError"),
  });
  expect(await start(input)).toMatchObject({ status: "FAILED", error: "InvalidInputError" });
});

test("a decision is applied and told where no report can be written", async () => {
  const { run: start } = approve({
    Ask: ({ step }: { step: string }) => (step === "timedOut" ? approved : {}),
    Report: () => failing("InvalidInputError"),
  });
  expect((await start(input)).status).toBe("SUCCEEDED");
});

test("what was applied stays applied where people cannot be told", async () => {
  const { run: start } = approve({
    Ask: ({ step }: { step: string }) => (step === "timedOut" ? approved : {}),
    Notify: () => failing("NotFoundError"),
  });
  expect((await start(input)).status).toBe("SUCCEEDED");
});
