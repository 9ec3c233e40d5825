import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import { ledgerTable } from "../../functions/block/aws/dynamodb-items.ts";
import { dynamoDbRollups } from "../../functions/detect/aws/dynamodb-rollups.ts";
import { hoursOf } from "../../functions/detect/rollup.ts";
import { HOUR, type Instant, MINUTE, toIso } from "../../functions/domain/instant.ts";
import type { SourceVerdict } from "../../functions/domain/verdict.ts";
import { openDuckDb } from "../../local/duckdb.ts";
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

/** Without a word of CloudTrail only so many calls in a look are a ban without a person (call-rate). */
const MORE_THAN_AN_OFFICE = 12_500;

test("an address with established users goes to a person, the same from elsewhere is banned at once", async () => {
  const { names, store, clock } = scenario;
  const table = ledgerTable(names.ledgerTable, sdkConfig(scenario.awsEndpoint));
  const generation = clock.now();
  for (const day of ["2026-11-21", "2026-11-22"]) {
    store.put(names.rollups, `user_days/day=${day}/history`, await userDay("192.0.2.50", generation));
    await dynamoDbRollups(names.ledgerTable, table).write({ kind: "day", partition: day }, generation);
  }
  const folder = toIso(clock.now()).slice(0, 13).replaceAll(/[-T]/g, "/");
  const calls = ["192.0.2.50", "203.0.113.9"].flatMap((ip) =>
    wafLines(ip, MORE_THAN_AN_OFFICE, clock.now() - 6 * MINUTE),
  );
  const key = `AWSLogs/111122223333/WAFLogs/cloudfront/${names.edgeAcl}/${folder}/15/a.log.gz`;
  store.put(names.edgeWafLogs, key, gzipSync(calls.join("\n")));
  const mitigate = `arn:aws:states:us-east-1:111122223333:stateMachine:${names.mitigateMachine}`;
  scenario.startExecution(mitigate, { manual: {} }, "history");
  const verdicts = () => store.get(names.evidenceBucket, "runs/history/1/verdicts.json");
  await scenario.until(() => verdicts() !== undefined, "verdicts", 5);
  const read = JSON.parse(verdicts()?.toString() ?? "{}").verdicts as SourceVerdict[];
  expect(read.map(({ source, handsOff, needsPerson }) => ({ source, handsOff, needsPerson }))).toEqual([
    { source: "192.0.2.50/32", handsOff: false, needsPerson: ["shared-address"] },
    { source: "203.0.113.9/32", handsOff: true, needsPerson: [] },
  ]);
  expect(read[0]?.reasons[0]?.observed).toMatchObject({ establishedUsers: 25 });
});

/** Twenty-five users of one address on one day, as `user_days` holds them. */
async function userDay(source: string, generation: number): Promise<Buffer> {
  const { connection, close } = await openDuckDb({ threads: 1 });
  const file = join(scenario.store.folder, "user-day.parquet");
  await connection.run(
    `copy (select '${source}' as source_ip, 'tag' as user_kind, 'user-' || n as user_name, 1::bigint as successes,
       0::bigint as failures, ${generation}::bigint as generation from range(25) t(n)) to '${file}' (format parquet)`,
  );
  close();
  return readFileSync(file);
}

/** Log lines of sign-in calls, evenly over four minutes. */
function wafLines(clientIp: string, count: number, from: Instant): string[] {
  const headers = [{ name: "x-amz-target", value: "AWSCognitoIdentityProviderService.InitiateAuth" }];
  return Array.from({ length: count }, (_, index) =>
    JSON.stringify({
      timestamp: from + Math.floor((index * 4 * MINUTE) / count),
      ...{ action: "ALLOW", terminatingRuleId: "Default_Action", terminatingRuleType: "REGULAR", httpSourceName: "CF" },
      httpRequest: {
        clientIp,
        country: "DE",
        headers,
        uri: "/",
        httpMethod: "POST",
        requestId: `${clientIp}-${index}`,
      },
    }),
  );
}
