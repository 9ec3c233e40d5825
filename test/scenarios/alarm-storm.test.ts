import { ledgerTable } from "../../functions/block/aws/dynamodb-items.ts";
import { dynamoDbLedger } from "../../functions/block/aws/dynamodb-ledger.ts";
import { dynamoDbLeases } from "../../functions/detect/aws/dynamodb-leases.ts";
import type { BusEvent } from "../../local/ports.ts";
import { anAlarmEvent, aQuotaMetric } from "../detect/run-builders.ts";
import { sdkConfig } from "../local/builders.ts";
import { aScenario, type Scenario } from "./builders.ts";

jest.setTimeout(300_000);

const attackers = ["198.51.100.7", "198.51.100.20", "203.0.113.9"];
const ALARMS = 50;
let scenario: Scenario;
let stormAt = 0;

/** One world for the whole story: each test takes up where the one before has left it. */
beforeAll(async () => {
  scenario = await aScenario();
});
afterAll(() => scenario?.stop());

const bans = () => dynamoDbLedger(ledgerTable(scenario.names.ledgerTable, sdkConfig(scenario.awsEndpoint)));
const runs = () => scenario.executions.all().filter(({ machine }) => machine.name === scenario.names.mitigateMachine);
const worked = () =>
  runs().filter((run) => run.startedAt >= stormAt && run.history.some((event) => Object(event).state === "Query"));
const autoSets = () => scenario.ipSets.filter(({ name }) => /auto.*v4/i.test(name));

/** As the alarms of 50, 70 and 90 % and whatever repeats them would come from the pool's Region. */
function anAlarm(index: number): BusEvent {
  const percent = [50, 70, 90][index % 3];
  const timestamp = new Date(scenario.clock.now() + index).toISOString().replace("Z", "+0000");
  const alarmName = scenario.names.alarmName("UserAuthentication", percent ?? 50);
  const event = anAlarmEvent({ alarmName, timestamp, metrics: [aQuotaMetric("UserAuthentication")] });
  return { ...event, version: "0", id: `00000000-0000-4000-8000-${String(index).padStart(12, "0")}` };
}

test("fifty alarms at once are fifty executions, of which one holds the lease and works", async () => {
  await scenario.spray(attackers, enough, { minutes: 3 });
  const before = runs().length;
  stormAt = scenario.clock.now();
  const started = performance.now();
  for (let index = 0; index < ALARMS; index += 1) scenario.bus.put("eu-west-1", anAlarm(index));
  await scenario.until(() => runs().length >= before + ALARMS, "fifty executions", 2);
  await scenario.until(() => runs().filter(({ status }) => status === "RUNNING").length === 1, "single run", 5);
  expect(worked()).toHaveLength(1);
  expect(runs().filter(({ status }) => status === "SUCCEEDED").length).toBeGreaterThanOrEqual(before + ALARMS - 1);
  const calls = scenario.events.filter(({ kind }) => kind === "api").length;
  process.stdout.write(
    `${ALARMS} alarms at once: ${Math.round(performance.now() - started)} ms; ${calls} calls so far\n`,
  );
});

/** So many calls that the logs show an attack. */
function enough(): boolean {
  return scenario.events.filter(({ kind }) => kind === "inspection").length > 60;
}

test("the others are recorded on its lease, each alarm once", async () => {
  const table = ledgerTable(scenario.names.ledgerTable, sdkConfig(scenario.awsEndpoint));
  const lease = await dynamoDbLeases(table.name, table).read("UserAuthentication");
  table.client.destroy();
  expect(lease?.fence).toBe(1);
  const names = lease?.alarms.map(({ name }) => name) ?? [];
  // What alarms by itself meanwhile is recorded as well.
  expect(names).toEqual(
    expect.arrayContaining([50, 70, 90].map((percent) => scenario.names.alarmName("UserAuthentication", percent))),
  );
  expect(new Set(names).size).toBe(names.length);
});

test("each attacker is banned once, by one claim and one strike, and stands in both doors' sets", async () => {
  await scenario.spray(attackers, () => false, { minutes: 4 });
  const lines = attackers.map((address) => `${address}/32`).sort();
  const inSets = () => autoSets().map(({ addresses }) => [...addresses].sort());
  await scenario.until(() => inSets().every((set) => set.length === lines.length), "full sets", 20);
  for (const ban of await bans().activeBans()) {
    expect(ban).toMatchObject({ strikes: 1, targets: ["edge", "pool"] });
    expect(Object.keys(ban.claims)).toEqual([worked()[0]?.name]);
  }
  expect(inSets()).toEqual([lines, lines]);
});

test("every run ends well, and nothing failed on the way", async () => {
  await scenario.until(() => runs().every(({ status }) => status !== "RUNNING"), "end of all runs", 40);
  expect(runs().filter(({ status }) => status !== "SUCCEEDED")).toEqual([]);
  expect(scenario.mishaps()).toEqual([]);
});
