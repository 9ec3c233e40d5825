import { type LedgerTable, ledgerTable } from "../../functions/block/aws/dynamodb-items.ts";
import { dynamoDbLeases } from "../../functions/detect/aws/dynamodb-leases.ts";
import { MINUTE } from "../../functions/domain/instant.ts";
import { anAlarmEvent, aQuotaMetric } from "../detect/run-builders.ts";
import { sdkConfig } from "../local/builders.ts";
import { aScenario, type Scenario } from "./builders.ts";

jest.setTimeout(120_000);

let scenario: Scenario;
let table: LedgerTable;
let first: ReturnType<typeof start>;
beforeAll(async () => {
  scenario = await aScenario();
  table = ledgerTable(scenario.names.ledgerTable, sdkConfig(scenario.awsEndpoint));
});
afterAll(async () => {
  table?.client.destroy();
  await scenario?.stop();
});

/** What EventBridge would deliver; the world's own alarm is quiet, so each run awaits the last logs and ends. */
function start(percent: number, category = "UserAuthentication") {
  const machine = scenario.assembly
    .ofType("AWS::StepFunctions::StateMachine")
    .find(({ name }) => name === scenario.names.mitigateMachine);
  const timestamp = new Date(scenario.clock.now()).toISOString().replace("Z", "+0000");
  const alarmName = scenario.names.alarmName(category, percent);
  const event = anAlarmEvent({ alarmName, timestamp, metrics: [aQuotaMetric(category)] });
  return scenario.startExecution(machine?.arn ?? "", event);
}

const entered = ({ history }: ReturnType<typeof start>, state: string) =>
  history.filter((event) => event.type === "StateEntered" && event.state === state).length;
const lease = () => dynamoDbLeases(table.name, table).read("UserAuthentication");

test("the 50, 70 and 90 % alarms of one attack share a run, another category has its own", async () => {
  first = start(50);
  await scenario.until(() => entered(first, "UntilNextRound") > 0, "first round");
  const [second, third, other] = [start(70), start(90), start(50, "UserCreation")];
  await Promise.all([second, third].map(({ arn }) => scenario.executions.ended(arn)));
  expect([second, third].map((one) => [one.status, entered(one, "Query")])).toEqual([
    ["SUCCEEDED", 0],
    ["SUCCEEDED", 0],
  ]);
  expect((await lease())?.alarms.map(({ name }) => name)).toEqual(
    [50, 70, 90].map((percent) => scenario.names.alarmName("UserAuthentication", percent)),
  );

  await Promise.all([first, other].map(({ arn }) => scenario.executions.ended(arn)));
  expect([first.status, other.status]).toEqual(["SUCCEEDED", "SUCCEEDED"]);
  expect(entered(other, "Query")).toBeGreaterThan(0);
});

test("the run looked a last time when the logs were in, asked for its alarm in between, and freed its lease", async () => {
  expect(entered(first, "Query")).toBe(2);
  expect(entered(first, "Watch")).toBeGreaterThan(5);
  expect(((first.stoppedAt ?? 0) - first.startedAt) / MINUTE).toBeGreaterThanOrEqual(8);
  expect(await lease()).toMatchObject({ owner: null, fence: 1 });
});

test("the next alarm starts a run of its own, with a higher fence", async () => {
  const next = start(50);
  await scenario.until(() => entered(next, "Query") > 0, "query");
  expect(await lease()).toMatchObject({ owner: next.name, fence: 2 });
  await scenario.executions.ended(next.arn);
  expect(scenario.mishaps()).toEqual([]);
});
