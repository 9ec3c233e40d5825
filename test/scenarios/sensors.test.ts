/** What the deployment watches of itself: each sense is broken, its alarm goes off, is mended, and the alarm is over. */
import { CloudTrailClient, StartLoggingCommand, StopLoggingCommand } from "@aws-sdk/client-cloudtrail";
import {
  DeleteLoggingConfigurationCommand,
  GetLoggingConfigurationCommand,
  PutLoggingConfigurationCommand,
  WAFV2Client,
} from "@aws-sdk/client-wafv2";

import { MINUTE } from "../../functions/domain/instant.ts";
import { dimensionOf, type OwnMetricName, ownMetrics } from "../../functions/domain/own-metrics.ts";
import { edgeFunctionRegions, sensorNames } from "../../functions/domain/sensors.ts";
import { aPlan } from "../block/builders.ts";
import { sdkConfig } from "../local/builders.ts";
import { aScenario, type Scenario, scenarioConfig } from "./builders.ts";

jest.setTimeout(300_000);

const ANNA = { user: "anna@example.org", password: "Right-Horse-7" };
let scenario: Scenario;
beforeAll(async () => {
  scenario = await aScenario({ config: { ...scenarioConfig, logs: "fast" } });
  scenario.cognito.users.addUser(ANNA.user, ANNA.password);
});
afterAll(() => scenario?.stop());

const health = (id: string) => `health-portcullis-${id}`;
const sensorAlarms = sensorNames.map((name) => health(`${name}-silent`));
const inAlarm = () =>
  scenario.alarms
    .list()
    .filter(({ state }) => state.value === "ALARM")
    .map(({ name }) => name)
    .sort();
const mailsOf = (alarm: string) => scenario.sns.messages.filter(({ subject }) => subject?.includes(`"${alarm}"`));

/** A minute of an ordinary day, through the proxy and round it. */
async function aMinute(): Promise<void> {
  await scenario.signIn("203.0.113.5", ANNA);
  // In the same second both would be more than the quota.
  await scenario.clock.wait(MINUTE / 2);
  await scenario.signIn("203.0.113.6", { ...ANNA, direct: true });
  await scenario.clock.wait(MINUTE / 2);
}

async function minutesUntil(over: () => boolean, minutes: number, each: () => void = () => {}): Promise<void> {
  const end = scenario.clock.now() + minutes * MINUTE;
  while (!over() && scenario.clock.now() < end) {
    each();
    await aMinute();
  }
}

test("while all is well no alarm is on, and every sensor says so", async () => {
  await minutesUntil(() => false, 20);
  expect(inAlarm()).toEqual([]);
  expect(Object.fromEntries(sensorNames.map((name) => [name, latest("SensorOk", { Sensor: name })]))).toEqual(
    Object.fromEntries(sensorNames.map((name) => [name, 1])),
  );
  expect(scenario.mishaps()).toEqual([]);
});

test("the function itself did not fail, for it could ask everything", async () => {
  const end = await scenario.functions.invoke("portcullis-sensors", {});
  expect(end).toMatchObject({ ok: true });
});

test("each sense that is lost alarms, tells people, and comes back", async () => {
  const waf = await wafLogs();
  await waf.remove();
  scenario.sns.setConfirmed("on-call@example.com", false);
  await trailIs("stopped");
  await minutesUntil(() => sensorAlarms.every((name) => inAlarm().includes(name)), 50);
  expect(inAlarm()).toEqual([...sensorAlarms].sort());
  for (const alarm of sensorAlarms) expect(mailsOf(alarm)).toHaveLength(1);

  scenario.sns.setConfirmed("on-call@example.com", true);
  await waf.restore();
  await trailIs("started");
  await minutesUntil(() => inAlarm().length === 0, 50);
  expect(inAlarm()).toEqual([]);
  expect(scenario.mishaps()).toEqual([]);
});

test("a bucket that refuses the trail's files alarms, though nobody calls", async () => {
  const alarm = health("trail-logging-silent");
  scenario.trails.setDeliveryError(trailArn(), "AccessDenied");
  await scenario.until(() => inAlarm().includes(alarm), "alarm", 30);
  expect(inAlarm()).toEqual([alarm]);
  scenario.trails.setDeliveryError(trailArn(), null);
  await scenario.until(() => inAlarm().length === 0, "end of the alarm", 30);
});

test("what is measured in other Regions reaches the alarms, which can tell people only in ours", async () => {
  const put = (region: string, namespace: string, name: string, dimensions: Record<string, string>, value: number) =>
    scenario.metrics.put(region, { namespace, name, dimensions, value, at: scenario.clock.now() });
  put("eu-west-1", "AWS/SNS", "SMSMonthToDateSpentUSD", {}, 140.5);
  put("ap-south-1", "AWS/Lambda", "Errors", { FunctionName: "us-east-1.portcullis-edge" }, 7);
  const alarms = [health("edge-function-errors"), health("sms-spend")];
  await minutesUntil(() => mailsOf(alarms[0] ?? "").length === 1 && mailsOf(alarms[1] ?? "").length === 1, 70);
  expect(alarms.map((name) => mailsOf(name).length)).toEqual([1, 1]);
  expect(latest("SmsSpend")).toBe(140.5);
  expect(highest("EdgeFunctionErrors", { EdgeRegion: "ap-south-1" })).toBe(7);
  expect(highest("EdgeFunctionErrors", { EdgeRegion: "eu-central-1" })).toBe(0);
});

test("handlers measure all that they say they measure, under these dimensions and no others", async () => {
  const planKey = "runs/run-1/1/plan.json";
  const plan = aPlan();
  scenario.store.put(scenario.names.evidenceBucket, planKey, JSON.stringify(plan));
  const end = await scenario.functions.invoke("portcullis-apply", { run: plan.run, planKey, origin: plan.origin });
  expect(end).toMatchObject({ ok: true, payload: { counts: { banned: 1 } } });
  const answer = { schema: 1, decision: "rejected", planKey, by: "ada", waitedSeconds: 90 };
  await scenario.functions.invoke("portcullis-notify", { run: plan.run, planKey, applied: null, answer });
  const lines = measured();
  expect([...new Set(lines.flatMap(({ metrics }) => metrics))].sort()).toEqual(Object.keys(ownMetrics).sort());
  for (const { metrics, dimensions } of lines)
    for (const name of metrics) {
      expect(dimensions).toEqual(["Deployment", dimensionOf(name)].filter((each) => each !== undefined));
    }
  expect(latest("BansMade")).toBe(1);
  await scenario.clock.wait(2 * MINUTE);
  expect(latest("ActiveBans")).toBe(1);
  expect(latest("RollupLag")).toBeLessThan(3 * 3600);
  for (const region of edgeFunctionRegions)
    expect(highest("EdgeFunctionErrors", { EdgeRegion: region })).not.toBeNull();
});

interface Line {
  readonly metrics: readonly OwnMetricName[];
  readonly dimensions: readonly string[];
}

/** Every line of embedded metrics that a function has printed. */
function measured(): Line[] {
  return scenario.events.flatMap((event) => {
    if (event.kind !== "lambda-log" || !event.log.text.includes('"_aws"')) return [];
    const [directive] = JSON.parse(event.log.text)._aws.CloudWatchMetrics;
    const metrics = directive.Metrics.map(({ Name }: { Name: OwnMetricName }) => Name);
    return [{ metrics, dimensions: directive.Dimensions[0] }];
  });
}

/** Of the minutes so far. */
function valuesOf(name: OwnMetricName, by: Record<string, string>): number[] {
  const range = { from: scenario.clock.now() - 240 * MINUTE, periodMs: MINUTE, count: 241 };
  const metric = { namespace: "Portcullis", name, dimensions: { Deployment: "portcullis", ...by } };
  return scenario.metrics.read("us-east-1", metric, "Maximum", range).flatMap((value) => value ?? []);
}
const latest = (name: OwnMetricName, by = {}) => valuesOf(name, by).at(-1) ?? null;
const highest = (name: OwnMetricName, by = {}) =>
  valuesOf(name, by)
    .sort((a, b) => a - b)
    .at(-1) ?? null;

async function trailIs(state: "started" | "stopped"): Promise<void> {
  const [, , , region = ""] = trailArn().split(":");
  const client = new CloudTrailClient({ ...sdkConfig(scenario.awsEndpoint), region });
  const command = state === "stopped" ? StopLoggingCommand : StartLoggingCommand;
  await client.send(new command({ Name: trailArn() }));
}

function trailArn(): string {
  const [trail] = scenario.assembly.ofType("AWS::CloudTrail::Trail");
  return trail?.arn ?? "";
}

/** The logging configurations of both web ACLs, taken away and put back. */
async function wafLogs() {
  const acls = scenario.assembly.ofType("AWS::WAFv2::WebACL");
  const client = (region: string) => new WAFV2Client({ ...sdkConfig(scenario.awsEndpoint), region });
  const configurations = await Promise.all(
    acls.map(async ({ arn, region }) => {
      const { LoggingConfiguration } = await client(region).send(
        new GetLoggingConfigurationCommand({ ResourceArn: arn }),
      );
      return { region, LoggingConfiguration };
    }),
  );
  expect(configurations).toHaveLength(2);
  return {
    remove: () =>
      Promise.all(
        acls.map(({ arn, region }) => client(region).send(new DeleteLoggingConfigurationCommand({ ResourceArn: arn }))),
      ),
    restore: () =>
      Promise.all(
        configurations.map(({ region, LoggingConfiguration }) =>
          client(region).send(new PutLoggingConfigurationCommand({ LoggingConfiguration })),
        ),
      ),
  };
}
