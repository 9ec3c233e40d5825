/** From the calls that Cognito counts to the start of a run, over nothing but what the templates say. */
import { publicCategories } from "../../functions/domain/deployment.ts";
import { MINUTE } from "../../functions/domain/instant.ts";
import { createCloudWatch } from "../../local/cloudwatch.ts";
import { createEventBridge } from "../../local/event-bridge.ts";
import { createIam } from "../../local/iam.ts";
import type { BusEvent } from "../../local/ports.ts";
import { createScheduler } from "../../local/scheduler.ts";
import type { Assembly, Resource } from "../../local/template.ts";
import { anAssembly } from "./hand-assembly.ts";
import { type HandClock, handClock } from "./hand-clock.ts";
import { ACCOUNT, synthesisedAssembly } from "./synthesised.ts";

const NOON = Date.parse("2026-11-22T12:00:00Z");
const MACHINE = `arn:aws:states:us-east-1:${ACCOUNT}:stateMachine:portcullis-mitigate`;
let assembly: Assembly;

beforeAll(async () => {
  assembly = await synthesisedAssembly();
}, 60_000);

/** Alarms that do not wait for a share of the quota. */
const further: Readonly<Record<string, readonly string[]>> = {
  UserCreation: ["portcullis-sign-ups"],
  UserResourceRead: ["portcullis-codes-sent-again"],
};

interface Started {
  readonly arn: string;
  readonly alarm: string;
}

/** Alarms, rules and roles of the templates; `broken` may change a resource on the way. */
function loop(broken: (resource: Resource) => Resource = (resource) => resource) {
  const clock = handClock(NOON);
  const changed = anAssembly(assembly.resources.map(broken));
  const started: Started[] = [];
  const bridge = createEventBridge({
    clock,
    assembly: changed,
    authorize: createIam(changed).authorizeRole,
    startExecution: (arn, input) => void started.push({ arn, alarm: alarmOf(input) }),
  });
  const cloudWatch = createCloudWatch({ clock, assembly: changed, bus: bridge.bus });
  const calls = (category: string, count: number, service = "Cognito user pool") =>
    cloudWatch.metrics.put("eu-west-1", {
      namespace: "AWS/Usage",
      name: "CallCount",
      dimensions: { Type: "API", Resource: category, Service: service, Class: "None" },
      value: count,
      at: clock.now(),
    });
  return { clock, calls, started, ...bridge };
}

function alarmOf(input: unknown): string {
  const { detail } = input as BusEvent;
  return (detail as { alarmName: string }).alarmName;
}

async function attack(
  { clock, calls }: { clock: HandClock; calls: ReturnType<typeof loop>["calls"] },
  perMinute = 250,
) {
  for (let minute = 0; minute < 3; minute += 1) {
    calls("UserAuthentication", perMinute);
    await clock.pass(MINUTE);
  }
}

/** Replaces a text everywhere in the properties of one type of resource. */
function replaced(type: string, from: string, to: string) {
  return (resource: Resource): Resource =>
    resource.type === type
      ? { ...resource, properties: JSON.parse(JSON.stringify(resource.properties).replaceAll(from, to)) }
      : resource;
}

test("use of 83 % of the sign-in quota starts the mitigation once for 50 and once for 70 %", async () => {
  const world = loop();
  await attack(world);
  expect(world.started).toEqual([
    { arn: MACHINE, alarm: "portcullis-UserAuthentication-50" },
    { arn: MACHINE, alarm: "portcullis-UserAuthentication-70" },
  ]);
  expect(world.deadLetters.list()).toEqual([]);
});

test.each(Object.entries(publicCategories))("an alarm watches %s at its default quota", async (category, rps) => {
  const world = loop();
  world.calls(category, category === "UserAuthentication" ? 300 : rps * 60);
  await world.clock.pass(3 * MINUTE);
  expect(world.started.map(({ alarm }) => alarm)).toEqual([
    ...[50, 70, 90].map((percent) => `portcullis-${category}-${percent}`),
    ...(further[category] ?? []),
  ]);
});

test("use below half of the quota starts nothing", async () => {
  const world = loop();
  await attack(world, 149);
  expect(world.started).toEqual([]);
});

test.each([
  {
    case: "a dimension in another spelling",
    broken: replaced("AWS::CloudWatch::Alarm", "Cognito user pool", "Cognito User Pool"),
  },
  { case: "the statistic Maximum", broken: replaced("AWS::CloudWatch::Alarm", '"Stat":"Sum"', '"Stat":"Maximum"') },
  { case: "another prefix in the pattern", broken: replaced("AWS::Events::Rule", "portcullis-", "other-") },
  { case: "another source in the pattern", broken: replaced("AWS::Events::Rule", "aws.cloudwatch", "aws.alarms") },
  { case: "a rule for another state", broken: replaced("AWS::Events::Rule", '["ALARM"]', '["INSUFFICIENT_DATA"]') },
  { case: "a role that may start another machine only", broken: replaced("AWS::IAM::Policy", MACHINE, `${MACHINE}-2`) },
  {
    case: "a role that may not put events over there",
    broken: replaced("AWS::IAM::Policy", "events:PutEvents", "events:X"),
  },
])("the loop is broken by $case", async ({ broken }) => {
  const world = loop(broken);
  // One call is one datapoint of value 1.
  for (let call = 0; call < 250; call += 1) world.calls("UserAuthentication", 1);
  await world.clock.pass(3 * MINUTE);
  expect(world.started).toEqual([]);
});

test("the patrol starts the same machine, sweep, sensors and gates their functions, under roles that may", async () => {
  const clock = handClock(NOON);
  const ticks: string[] = [];
  const { deadLetters } = createScheduler({
    clock,
    assembly,
    authorize: createIam(assembly).authorizeRole,
    startExecution: (arn, input) => void ticks.push(`${arn} ${JSON.stringify(input)}`),
    functions: {
      async invoke(arn) {
        ticks.push(arn);
        return { ok: true, payload: null };
      },
    },
  });
  await clock.pass(2 * MINUTE);
  const functionOf = (name: string) => `arn:aws:lambda:us-east-1:${ACCOUNT}:function:portcullis-${name}:live`;
  expect(ticks.sort()).toEqual([
    ...["gates", "sensors", "sweep", "sweep", "sweep"].map(functionOf),
    `${MACHINE} {"patrol":true}`,
  ]);
  expect(deadLetters.list()).toEqual([]);
});
