import { HOUR, MINUTE } from "../../functions/domain/instant.ts";
import { AwsError } from "../../local/aws-wire.ts";
import { createScheduler, type SchedulerOptions } from "../../local/scheduler.ts";
import { ACCOUNT, anAssembly, aResource } from "./hand-assembly.ts";
import { handClock } from "./hand-clock.ts";

const NOON = Date.parse("2026-11-22T12:00:00Z");
const MACHINE = `arn:aws:states:us-east-1:${ACCOUNT}:stateMachine:mitigate`;
const SWEEP = `arn:aws:lambda:us-east-1:${ACCOUNT}:function:portcullis-sweep:live`;
const QUEUE = `arn:aws:sqs:us-east-1:${ACCOUNT}:dead-letters`;

function aSchedule(expression: string, targetArn: string, more: Record<string, unknown> = {}) {
  return aResource({
    type: "AWS::Scheduler::Schedule",
    logicalId: targetArn,
    properties: {
      ScheduleExpression: expression,
      FlexibleTimeWindow: { Mode: "OFF" },
      Target: {
        Arn: targetArn,
        RoleArn: `arn:aws:iam::${ACCOUNT}:role/scheduler`,
        Input: '{"patrol":true}',
        DeadLetterConfig: { Arn: QUEUE },
        RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 300 },
      },
      ...more,
    },
  });
}

function world(schedules: ReturnType<typeof aSchedule>[], more: Partial<SchedulerOptions> = {}) {
  const clock = handClock(NOON);
  const calls: { arn: string; input: unknown; minute: number }[] = [];
  const note = (arn: string, input: unknown) => void calls.push({ arn, input, minute: (clock.now() - NOON) / MINUTE });
  const scheduler = createScheduler({
    clock,
    assembly: anAssembly(schedules),
    startExecution: note,
    functions: {
      async invoke(arn, input) {
        note(arn, input);
        return { ok: true, payload: null };
      },
    },
    ...more,
  });
  return { ...scheduler, clock, calls };
}

test("a rate schedule ticks at once and then at its rate, with its input", async () => {
  const { clock, calls } = world([aSchedule("rate(30 minutes)", MACHINE)]);
  await clock.pass(HOUR);
  expect(calls.map(({ minute }) => minute)).toEqual([0, 30, 60]);
  expect(calls[0]).toMatchObject({ arn: MACHINE, input: { patrol: true } });
});

test("a cron schedule ticks at its minute of each hour", async () => {
  const { clock, calls } = world([aSchedule("cron(20 * * * ? *)", MACHINE)]);
  await clock.pass(2 * HOUR);
  expect(calls.map(({ minute }) => minute)).toEqual([20, 80]);
});

test("a schedule that is older keeps its own beat", async () => {
  const { clock, calls } = world([aSchedule("rate(30 minutes)", MACHINE)], { createdAt: NOON - 20 * MINUTE });
  await clock.pass(HOUR);
  expect(calls.map(({ minute }) => minute)).toEqual([10, 40]);
});

test("a function is invoked every minute until the scheduler stops", async () => {
  const { clock, calls, stop } = world([aSchedule("rate(1 minute)", SWEEP)]);
  await clock.pass(3 * MINUTE);
  stop();
  await clock.pass(HOUR);
  expect(calls.map(({ arn }) => arn)).toEqual([SWEEP, SWEEP, SWEEP, SWEEP]);
});

test("an error of the function itself is no failed delivery, a role without permission is", async () => {
  const failing = world([aSchedule("rate(1 hour)", SWEEP)], {
    functions: {
      invoke: async () => ({ ok: false, errorType: "Error", errorMessage: "x", trace: [] }),
    },
  });
  await failing.clock.pass(MINUTE);
  expect(failing.deadLetters.list()).toEqual([]);
  const forbidden = world([aSchedule("rate(1 hour)", SWEEP)], {
    authorize(_role, needs) {
      expect(needs).toEqual([{ action: "lambda:InvokeFunction", resource: SWEEP }]);
      throw new AwsError("AccessDeniedException", "not allowed");
    },
  });
  await forbidden.clock.pass(MINUTE);
  expect(forbidden.deadLetters.list()).toMatchObject([{ queueArn: QUEUE, targetArn: SWEEP }]);
});

test("a schedule that is switched off never ticks", async () => {
  const { clock, calls } = world([aSchedule("rate(1 minute)", SWEEP, { State: "DISABLED" })]);
  await clock.pass(HOUR);
  expect(calls).toEqual([]);
});

test.each([
  { case: "a universal target", arn: "arn:aws:scheduler:::aws-sdk:sqs:sendMessage", says: /cannot invoke/ },
  { case: "a queue", arn: QUEUE, says: /cannot invoke/ },
  { case: "another Region", arn: MACHINE.replace("us-east-1", "eu-west-1"), says: /is not in us-east-1/ },
])("the boot stops at $case", ({ arn, says }) => {
  expect(() => world([aSchedule("rate(1 hour)", arn)])).toThrow(says);
});

test.each([
  { expression: "cron(0 8 * * ? *)", says: /rate/ },
  { expression: "rate(1 minutes)", says: /wrong number/ },
  { expression: "rate(5 minute)", says: /wrong number/ },
  { expression: "rate(0 minutes)", says: /rate/ },
])("the boot stops at $expression", ({ expression, says }) => {
  expect(() => world([aSchedule(expression, SWEEP)])).toThrow(says);
});
