/** An hour whose queries have scanned ten times their budget, against the deployed machine: the attack is banned all the same. */
import { MINUTE } from "../../functions/domain/instant.ts";
import type { SourceVerdict } from "../../functions/domain/verdict.ts";
import { aScenario, type Scenario, START, scenarioConfig } from "./builders.ts";

jest.setTimeout(240_000);

let scenario: Scenario;
afterAll(() => scenario?.stop());

test("an attack in an hour that is ten times over its query budget is banned by samples, and people are told", async () => {
  scenario = await aScenario({ config: { ...scenarioConfig, scanBudgetGigabytesPerHour: 1 } });
  const { names, store, metrics } = scenario;
  const dimensions = { WorkGroup: names.workGroup, QueryType: "DML", QueryState: "CANCELED" };
  metrics.put("us-east-1", {
    ...{ namespace: "AWS/Athena", name: "ProcessedBytes", dimensions, value: 10e9, at: START - MINUTE },
  });
  const mails = () => scenario.sns.messages.filter(({ subject }) => subject?.includes("-scan-budget"));
  const offender = "203.0.113.9";
  let banned = false;
  const isBanned = async () => {
    banned = (await scenario.signIn(offender)).status === 403;
    return banned;
  };
  const attack = scenario.spray([offender, offender], () => banned, { minutes: 25 });
  await scenario.until(isBanned, "ban");
  await attack;

  const documents = store.list(names.evidenceBucket, "runs/").filter(({ key }) => key.endsWith("/verdicts.json"));
  const judged = documents.map(({ key }) => JSON.parse(store.get(names.evidenceBucket, key)?.toString() ?? "{}"));
  const last = judged.find(({ verdicts }) => verdicts.some(({ verdict }: SourceVerdict) => verdict === "ban"));
  expect(last.queries).toContainEqual(expect.objectContaining({ window: "short", part: "sample" }));
  expect(last.missing.join()).toMatch(/scanned 10 GB, and their budget is 1 GB/);
  await scenario.until(() => mails().length > 0, "mail about the budget", 5);
});
