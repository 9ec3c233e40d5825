import { MINUTE } from "../../functions/domain/instant.ts";
import { aScenario, type Scenario, scenarioConfig } from "./builders.ts";

jest.setTimeout(240_000);

const attackers = ["198.51.100.7", "198.51.100.8"];

let scenario: Scenario;
afterEach(() => scenario.stop());

test("logs through Firehose are there in minutes, and their folders are read: the attack is banned", async () => {
  scenario = await aScenario({ config: { ...scenarioConfig, logs: "fast" } });
  const refused = new Set<string>();
  scenario.on((event) => {
    if (event.kind === "inspection" && event.inspection.action === "BLOCK") refused.add(event.request.clientIp);
  });
  const files = () => scenario.store.list(scenario.names.edgeWafLogs).map(({ key }) => key);
  const began = scenario.clock.now();
  await scenario.spray(attackers, () => files().length > 0);
  expect((scenario.clock.now() - began) / MINUTE).toBeLessThan(2);
  await scenario.spray(attackers, () => refused.size === attackers.length, { minutes: 20 });
  expect([...refused].sort()).toEqual(attackers);
  for (const key of files())
    expect(key).toMatch(
      /^AWSLogs\/111122223333\/WAFLogs\/cloudfront\/portcullis-edge\/2026\/11\/22\/10\/\d\d\/aws-waf/,
    );
  // Minutes that no slot of five begins with: the table of minutes sees them, that of five minutes would not.
  expect(files().some((key) => /\/10\/\d[1-46-9]\/aws-waf/.test(key))).toBe(true);
  const told = scenario.sns.messages.map(({ message }) => message).join("\n");
  expect(told).toMatch(/The WAF log of the distribution holds 100 % of the \d+ calls/);
  expect(scenario.mishaps()).toEqual([]);
});
