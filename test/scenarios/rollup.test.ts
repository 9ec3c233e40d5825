import { ledgerTable } from "../../functions/block/aws/dynamodb-items.ts";
import { dynamoDbRollups } from "../../functions/detect/aws/dynamodb-rollups.ts";
import { hoursOf } from "../../functions/detect/rollup.ts";
import { HOUR, MINUTE } from "../../functions/domain/instant.ts";
import { sdkConfig } from "../local/builders.ts";
import { aScenario, type Scenario, START } from "./builders.ts";

jest.setTimeout(120_000);

let scenario: Scenario;
afterAll(() => scenario?.stop());

test("at twenty past the hour before lies in the rollups, by the deployed machine, function and permissions", async () => {
  // Ten to midnight, so that the day is over, too.
  scenario = await aScenario({ start: START + 13 * HOUR + 50 * MINUTE });
  scenario.cognito.users.addUser("anna@example.org", "Right-Horse-7");
  await scenario.signIn("203.0.113.5", { user: "anna@example.org", password: "Right-Horse-7" });
  const isRollup = ({ machine }: { machine: { name: string } }) => machine.name === scenario.names.rollupMachine;
  const over = () =>
    scenario.executions.all().some((execution) => isRollup(execution) && execution.status !== "RUNNING");
  await scenario.until(over, "end of a rollup", 45);
  expect(scenario.executions.all().filter(isRollup)).toEqual([expect.objectContaining({ status: "SUCCEEDED" })]);

  const table = ledgerTable(scenario.names.ledgerTable, sdkConfig(scenario.awsEndpoint));
  const register = dynamoDbRollups(scenario.names.ledgerTable, table);
  expect([...(await register.read("hour", hoursOf("2026-11-22"))).keys()].sort()).toEqual(
    hoursOf("2026-11-22").slice(-3),
  );
  const started = START + 14 * HOUR + 20 * MINUTE;
  expect((await register.read("day", ["2026-11-22"])).get("2026-11-22")).toBe(started + 3);
  expect(scenario.store.list(scenario.names.rollups).map(({ key }) => key.replace(/[^/]+$/, ""))).toEqual([
    "call_cells/dt=2026-11-22-23/",
    "user_days/day=2026-11-22/",
  ]);
  expect(scenario.mishaps()).toEqual([]);
});
