import { MINUTE } from "../../functions/domain/instant.ts";
import { aScenario, type Scenario, scenarioConfig } from "./builders.ts";

jest.setTimeout(240_000);

const attackers = ["198.51.100.7", "198.51.100.8"];
const late = "203.0.113.9";

let scenario: Scenario;
afterEach(() => scenario.stop());

const files = (bucket: string) => scenario.store.list(bucket).map(({ key }) => key);
const told = () => scenario.sns.messages.map(({ message }) => message).join("\n");

/** When each address met its first 403. */
function refusals(): Map<string, number> {
  const at = new Map<string, number>();
  scenario.on((event) => {
    if (event.kind !== "inspection" || event.inspection.action !== "BLOCK") return;
    const { clientIp } = event.request;
    if (!at.has(clientIp)) at.set(clientIp, scenario.clock.now());
  });
  return at;
}

test("with fast logs the first 403 comes within three minutes of the alarm, though no file of the trail comes at all", async () => {
  scenario = await aScenario({ config: { ...scenarioConfig, logs: "fast" } });
  scenario.trails.setDeliveryError(scenario.names.trailArn ?? "", "AccessDenied");
  const refused = refusals();
  let alarmed = 0;
  scenario.on((event) => {
    if (event.kind === "alarm" && event.state === "ALARM") alarmed ||= event.at;
  });
  await scenario.spray(attackers, () => refused.size === attackers.length);
  expect([...refused.keys()].sort()).toEqual(attackers);
  expect((Math.min(...refused.values()) - alarmed) / MINUTE).toBeLessThan(3);

  // Whoever comes when CloudWatch has counted is banned on logs that are held against its counts.
  await scenario.clock.wait(6 * MINUTE);
  await scenario.spray([late], () => refused.has(late));
  expect(told()).toMatch(/The WAF log of the distribution is complete only to \S+; it holds 100 % of the \d+ calls/);
  expect(told()).toMatch(/CloudTrail is complete only to \S+; it holds 100 % of the \d+ calls/);
  expect(files(scenario.names.trailLogs)).toEqual([]);

  for (const key of files(scenario.names.edgeWafLogs))
    expect(key).toMatch(
      /^AWSLogs\/111122223333\/WAFLogs\/cloudfront\/portcullis-edge\/2026\/11\/22\/10\/\d\d\/aws-waf/,
    );
  // Minutes that no slot of five begins with: the table of minutes sees them, that of five minutes would not.
  expect(files(scenario.names.edgeWafLogs).some((key) => /\/10\/\d[1-46-9]\/aws-waf/.test(key))).toBe(true);
  for (const key of files(scenario.names.fastTrailLogs))
    expect(key).toMatch(/^fast-trail\/2026\/11\/22\/10\/\d\d\/portcullis-fast-trail-1-/);
  expect(scenario.mishaps()).toEqual([]);
});
