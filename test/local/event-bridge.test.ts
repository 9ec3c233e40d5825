import { MINUTE, SECOND } from "../../functions/domain/instant.ts";
import { AwsError } from "../../local/aws-wire.ts";
import { createDeadLetters } from "../../local/dead-letters.ts";
import { createEventBridge, type EventBridgeOptions } from "../../local/event-bridge.ts";
import type { BusEvent, MetricDatum } from "../../local/ports.ts";
import { ACCOUNT, anAssembly, aResource } from "./hand-assembly.ts";
import { handClock } from "./hand-clock.ts";

const NOON = Date.parse("2026-11-22T12:00:00Z");
const MACHINE = `arn:aws:states:us-east-1:${ACCOUNT}:stateMachine:mitigate`;
const EDGE_BUS = `arn:aws:events:us-east-1:${ACCOUNT}:event-bus/default`;
const QUEUE = `arn:aws:sqs:us-east-1:${ACCOUNT}:dead-letters`;
const ROLE = `arn:aws:iam::${ACCOUNT}:role/events`;

function anEvent(event: Partial<BusEvent> = {}): BusEvent {
  return {
    version: "0",
    id: "c4c1c1c9-6542-461b-aef0-8c4d36933a92",
    "detail-type": "CloudWatch Alarm State Change",
    source: "aws.cloudwatch",
    account: ACCOUNT,
    time: "2026-11-22T12:00:00Z",
    region: "eu-west-1",
    resources: [],
    detail: { state: { value: "ALARM" } },
    ...event,
  };
}

function aRule(logicalId: string, region: string, target: Record<string, unknown>, rule: Record<string, unknown> = {}) {
  return aResource({
    type: "AWS::Events::Rule",
    logicalId,
    region,
    properties: {
      EventPattern: { source: ["aws.cloudwatch"], detail: { state: { value: ["ALARM"] } } },
      Targets: [{ Id: "Target0", RoleArn: ROLE, ...target }],
      ...rule,
    },
  });
}

function world(rules: ReturnType<typeof aRule>[], more: Partial<EventBridgeOptions> = {}) {
  const clock = handClock(NOON);
  const started: { arn: string; input: unknown; name: string | undefined }[] = [];
  const data: MetricDatum[] = [];
  const bridge = createEventBridge({
    clock,
    assembly: anAssembly(rules),
    startExecution: (arn, input, name) => void started.push({ arn, input, name }),
    deadLetters: createDeadLetters({ clock, metrics: { put: (_region, datum) => void data.push(datum) } }),
    ...more,
  });
  return { ...bridge, clock, started, data };
}

test("an alarm in the pool's Region reaches the machine in us-east-1 over the forwarding rule", async () => {
  const { bus, started, clock } = world([
    aRule("Forward", "eu-west-1", { Arn: EDGE_BUS }),
    aRule("Start", "us-east-1", { Arn: MACHINE }),
  ]);
  bus.put("eu-west-1", anEvent());
  await clock.pass(SECOND);
  expect(started).toEqual([
    {
      arn: MACHINE,
      input: anEvent(),
      name: expect.stringMatching(/^c4c1c1c9-6542-461b-aef0-8c4d36933a92_[0-9a-f-]{36}$/),
    },
  ]);
});

test("without it nothing arrives: a rule sees only the bus of its own Region", async () => {
  const { bus, started, clock } = world([aRule("Start", "us-east-1", { Arn: MACHINE })]);
  bus.put("eu-west-1", anEvent());
  await clock.pass(SECOND);
  expect(started).toEqual([]);
});

test.each([
  { case: "the transition to OK", event: { detail: { state: { value: "OK" } } }, rule: {} },
  { case: "another source", event: { source: "aws.ec2" }, rule: {} },
  { case: "a rule that is switched off", event: {}, rule: { State: "DISABLED" } },
])("nothing starts for $case", async ({ event, rule }) => {
  const { bus, started, clock } = world([aRule("Start", "us-east-1", { Arn: MACHINE }, rule)]);
  bus.put("us-east-1", anEvent({ region: "us-east-1", ...event }));
  await clock.pass(SECOND);
  expect(started).toEqual([]);
});

test("an event is forwarded once, so two Regions that forward to each other end", async () => {
  const home = `arn:aws:events:eu-west-1:${ACCOUNT}:event-bus/default`;
  const { bus, started, clock } = world([
    aRule("Forward", "eu-west-1", { Arn: EDGE_BUS }),
    aRule("Back", "us-east-1", { Arn: home }),
    aRule("Start", "us-east-1", { Arn: MACHINE }),
  ]);
  bus.put("eu-west-1", anEvent());
  await clock.pass(SECOND);
  expect(started).toHaveLength(1);
});

test("a failed start is tried again with growing pauses", async () => {
  let attempts = 0;
  const { bus, clock, deadLetters } = world([aRule("Start", "us-east-1", { Arn: MACHINE })], {
    startExecution() {
      attempts += 1;
      if (attempts < 3) throw new AwsError("ThrottlingException", "Rate exceeded");
    },
  });
  bus.put("us-east-1", anEvent({ region: "us-east-1" }));
  await clock.pass(0);
  expect(attempts).toBe(1);
  await clock.pass(MINUTE);
  expect(attempts).toBe(3);
  expect(deadLetters.list()).toEqual([]);
});

test("what cannot be delivered lies in the dead-letter queue, whose depth CloudWatch sees every minute", async () => {
  const { bus, clock, deadLetters, data } = world(
    [
      aRule("Start", "us-east-1", {
        Arn: MACHINE,
        DeadLetterConfig: { Arn: QUEUE },
        RetryPolicy: { MaximumRetryAttempts: 2 },
      }),
    ],
    {
      startExecution() {
        throw new AwsError("ThrottlingException", "Rate exceeded");
      },
    },
  );
  const event = anEvent({ region: "us-east-1" });
  bus.put("us-east-1", event);
  await clock.pass(10 * SECOND);
  expect(deadLetters.list()).toMatchObject([
    { queueArn: QUEUE, targetArn: MACHINE, errorCode: "ThrottlingException", body: event },
  ]);
  await clock.pass(2 * MINUTE);
  expect(data).toHaveLength(3);
  expect(data[2]).toMatchObject({
    namespace: "AWS/SQS",
    name: "ApproximateNumberOfMessagesVisible",
    dimensions: { QueueName: "dead-letters" },
    value: 1,
  });
});

test("a role that may not start the machine is not tried again", async () => {
  let asked = 0;
  const { bus, clock, deadLetters, started } = world(
    [aRule("Start", "us-east-1", { Arn: MACHINE, DeadLetterConfig: { Arn: QUEUE } })],
    {
      authorize(roleArn, needs) {
        asked += 1;
        expect({ roleArn, needs }).toEqual({
          roleArn: ROLE,
          needs: [{ action: "states:StartExecution", resource: MACHINE }],
        });
        throw new AwsError("AccessDeniedException", "not allowed");
      },
    },
  );
  bus.put("us-east-1", anEvent({ region: "us-east-1" }));
  await clock.pass(MINUTE);
  expect({ asked, started, letters: deadLetters.list().length }).toEqual({ asked: 1, started: [], letters: 1 });
});

test("without a queue the event is gone, and no metric tells of it", async () => {
  const { bus, clock, data, deadLetters } = world([aRule("Start", "us-east-1", { Arn: MACHINE })], {
    startExecution() {
      throw new AwsError("StateMachineDoesNotExist", "no such machine");
    },
  });
  bus.put("us-east-1", anEvent({ region: "us-east-1" }));
  await clock.pass(5 * MINUTE);
  expect(deadLetters.list()).toMatchObject([{ queueArn: "", errorCode: "StateMachineDoesNotExist" }]);
  expect(data).toEqual([]);
});

test("a role that may not put events on the other bus leaves a dead letter", () => {
  const { bus, deadLetters } = world(
    [aRule("Forward", "eu-west-1", { Arn: EDGE_BUS, DeadLetterConfig: { Arn: QUEUE } })],
    {
      authorize(_role, needs) {
        expect(needs).toEqual([{ action: "events:PutEvents", resource: EDGE_BUS }]);
        throw new AwsError("AccessDeniedException", "not allowed");
      },
    },
  );
  bus.put("eu-west-1", anEvent());
  expect(deadLetters.list()).toMatchObject([{ queueArn: QUEUE, errorCode: "AccessDeniedException" }]);
});

test("a constant input takes the event's place", async () => {
  const { bus, started, clock } = world([aRule("Start", "us-east-1", { Arn: MACHINE, Input: '{"a":1}' })]);
  bus.put("us-east-1", anEvent());
  await clock.pass(SECOND);
  expect(started).toMatchObject([{ input: { a: 1 } }]);
});

describe("CloudTrail's events for Firehose", () => {
  const STREAM = `arn:aws:firehose:us-east-1:${ACCOUNT}:deliverystream/fast-trail`;
  const target = { Arn: STREAM, InputPath: "$.detail" };
  const ofTrail = (detail: Record<string, unknown>) =>
    anEvent({ "detail-type": "AWS API Call via CloudTrail", source: "aws.cognito-idp", region: "us-east-1", detail });
  const put = async (rule: Record<string, unknown>, detail: Record<string, unknown>) => {
    const taken: unknown[] = [];
    const asked: unknown[] = [];
    const { bus, clock } = world(
      [aRule("Trail", "us-east-1", target, { EventPattern: { source: ["aws.cognito-idp"] }, ...rule })],
      {
        putRecord: (arn, record) => void taken.push([arn, record]),
        authorize: (_role, needs) => void asked.push(...needs),
      },
    );
    bus.put("us-east-1", ofTrail(detail));
    await clock.pass(SECOND);
    return { taken, asked };
  };

  test("arrive as the record alone, under the target's role", async () => {
    const { taken, asked } = await put({}, { eventName: "InitiateAuth" });
    expect(taken).toEqual([[STREAM, { eventName: "InitiateAuth" }]]);
    expect(asked).toEqual([{ action: "firehose:PutRecord", resource: STREAM }]);
  });

  test.each([
    { State: "ENABLED", readOnly: true, count: 0 },
    { State: "ENABLED", readOnly: false, count: 1 },
    { State: "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS", readOnly: true, count: 1 },
    { State: "DISABLED", readOnly: false, count: 0 },
  ])("a rule that is $State gets $count where readOnly is $readOnly", async ({ State, readOnly, count }) => {
    expect((await put({ State }, { readOnly })).taken).toHaveLength(count);
  });
});

test.each([
  { case: "a machine in another Region", region: "eu-west-1", target: { Arn: MACHINE }, says: /is not in eu-west-1/ },
  { case: "its own bus", region: "us-east-1", target: { Arn: EDGE_BUS }, says: /own bus/ },
  { case: "a target it cannot deliver to", region: "us-east-1", target: { Arn: QUEUE }, says: /cannot deliver/ },
  { case: "a list", region: "us-east-1", target: { Arn: MACHINE, InputPath: "$.a[0]" }, says: /InputPath/ },
  { case: "a template", region: "us-east-1", target: { Arn: MACHINE, InputTransformer: {} }, says: /InputTransformer/ },
])("the boot stops at $case", ({ region, target, says }) => {
  expect(() => world([aRule("Rule", region, target)])).toThrow(says);
});
