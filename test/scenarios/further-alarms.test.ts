/** Alarms beside those on quota use: each starts a run on the category that its metric tells, and a quiet log ends it. */
import * as z from "zod";

import { MINUTE } from "../../functions/domain/instant.ts";
import { runSchema } from "../../functions/domain/run.ts";
import { aScenario, CLIENT_ID, type Scenario } from "./builders.ts";

jest.setTimeout(180_000);

let scenario: Scenario;
beforeAll(async () => {
  scenario = await aScenario();
});
afterAll(() => scenario?.stop());

const STEP = 5 * MINUTE;
const outputSchema = z.object({ run: runSchema.nullable() });

/** What Admit made of each execution. */
function runs() {
  return scenario.executions
    .all()
    .filter(({ machine }) => machine.name === scenario.names.mitigateMachine)
    .flatMap(({ history }) =>
      history.flatMap((event) =>
        event.type === "StateExited" && event.state === "Admit" ? (outputSchema.parse(event.output).run ?? []) : [],
      ),
    );
}
const runOf = (alarm: string) => runs().find(({ alarmName }) => alarmName === alarm);

function put(region: string, metric: string, dimensions: Record<string, string>, value: number, at: number): void {
  const [namespace = "", name = ""] = metric.split(" ");
  scenario.metrics.put(region, { namespace, name, dimensions, value, at });
}

function signIns(failures: number, at: number): void {
  const dimensions = { UserPool: "eu-west-1_Scenario1", UserPoolClient: CLIENT_ID };
  for (let call = 0; call < 50; call += 1)
    put("eu-west-1", "AWS/Cognito SignInSuccesses", dimensions, call < failures ? 0 : 1, at);
}

test("throttled calls start a run on their category", async () => {
  const usage = { Type: "API", Resource: "UserCreation", Service: "Cognito user pool", Class: "None" };
  put("eu-west-1", "AWS/Usage ThrottleCount", usage, 3, scenario.clock.now());
  const alarm = "portcullis-UserCreation-throttled";
  await scenario.until(() => runOf(alarm) !== undefined, "run", 5);
  expect(runOf(alarm)).toMatchObject({ trigger: "alarm", category: "UserCreation", alarmRegion: "eu-west-1" });
});

test("more failed sign-ins than a day of the same lets expect start a run on all categories", async () => {
  const now = Math.floor(scenario.clock.now() / STEP) * STEP;
  for (let period = 1; period <= 48; period += 1) signIns(period % 3, now - period * STEP);
  signIns(45, now);
  signIns(45, now + STEP);
  const alarm = `portcullis-sign-in-failures-${CLIENT_ID}`;
  await scenario.until(() => runOf(alarm) !== undefined, "run", 15);
  expect(runOf(alarm)).toMatchObject({ trigger: "alarm", category: "all", alarmRegion: "eu-west-1" });
});

test("many requests that rate rules block start a run, from the Region of the web ACL", async () => {
  const rule = { WebACL: "portcullis-edge", Rule: "RateLimit" };
  put("us-east-1", "AWS/WAFV2 BlockedRequests", rule, 800, scenario.clock.now());
  const alarm = "portcullis-rate-limited";
  const fired = () =>
    scenario.events.some((event) => event.kind === "alarm" && event.name === alarm && event.state === "ALARM");
  await scenario.until(fired, "alarm", 10);
  // The run of the failed sign-ins may hold the lease on all categories still; then this alarm joins it.
  const joined = () =>
    scenario.events.some((event) => event.kind === "lambda-log" && event.log.text.includes('"alarm.joined"'));
  await scenario.until(() => runOf(alarm) !== undefined || joined(), "run", 5);
});

test("an alarm on ourselves starts none, and all runs end", async () => {
  const before = runs().length;
  put("us-east-1", "Portcullis BansWithoutRoom", { Deployment: "portcullis" }, 1, scenario.clock.now());
  const name = "health-portcullis-bans-without-room";
  await scenario.until(() => scenario.sns.messages.some(({ subject }) => subject?.includes(name)), "notice", 3);
  const mitigations = () =>
    scenario.executions.all().filter(({ machine }) => machine.name === scenario.names.mitigateMachine);
  await scenario.until(() => mitigations().every(({ status }) => status !== "RUNNING"), "end of the runs", 40);
  expect(mitigations().map(({ status }) => status)).toEqual(mitigations().map(() => "SUCCEEDED"));
  const started = runs().slice(before);
  expect(
    started.every(({ trigger, alarmName }) => trigger === "patrol" || alarmName === "portcullis-rate-limited"),
  ).toBe(true);
  expect(scenario.mishaps()).toEqual([]);
});
