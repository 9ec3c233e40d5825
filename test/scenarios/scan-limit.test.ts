/** An attack so large that its logs are ten times what a query may scan, against the deployed machine and limit. */
import { gzipSync } from "node:zlib";

import { type Instant, MINUTE } from "../../functions/domain/instant.ts";
import type { SourceVerdict } from "../../functions/domain/verdict.ts";
import { logsOf, series, trailFile } from "../detect/traffic.ts";
import { aScenario, CLIENT_ID, type Scenario, START, scenarioConfig } from "./builders.ts";

jest.setTimeout(240_000);

const LIMIT_MEGABYTES = 10;
const FILES = 32;
const CALLS_A_FILE = 1000;
const ANSWERED = 400;
const offender = "203.0.113.9";
/** Five minutes whose logs are in: the run looks at 10:13. */
const slot = START + 5 * MINUTE;
const now = START + 13 * MINUTE;

let scenario: Scenario;
afterAll(() => scenario?.stop());

test("an attack ten times over the scan limit is still banned, by a sample that says so", async () => {
  scenario = await aScenario({ start: now, config: { ...scenarioConfig, scanLimitMegabytes: LIMIT_MEGABYTES } });
  const { names, store } = scenario;
  const folder = `AWSLogs/111122223333/WAFLogs/cloudfront/${names.edgeAcl}/2026/11/22/10/05`;
  let bytes = 0;
  for (let file = 0; file < FILES; file += 1) {
    const unique = `${(file % 16).toString(16)}${String(file).padStart(7, "0")}`;
    // As large as they come: level 0 stores what compression would hide from the limit.
    const body = gzipSync(lines(file), { level: 0 });
    bytes += body.length;
    store.put(
      names.edgeWafLogs,
      `${folder}/111122223333_waflogs_cloudfront_${names.edgeAcl}_20261122T1005Z_${unique}.log.gz`,
      body,
    );
  }
  // The part of them that reached Cognito; CloudTrail's files are read whole.
  const trail = "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/22";
  const begun = { ip: offender, path: "direct", flow: "USER_SRP_AUTH", clientId: CLIENT_ID } as const;
  const { trail: records } = logsOf(series(ANSWERED, 500, () => begun, slot));
  const name = "111122223333_CloudTrail_eu-west-1_20261122T1010Z_0123456789abcdef.json.gz";
  store.put(names.trailLogs, `${trail}/${name}`, gzipSync(trailFile(records)));
  expect(bytes / (LIMIT_MEGABYTES * 1024 * 1024)).toBeGreaterThan(10);

  const mitigate = `arn:aws:states:us-east-1:111122223333:stateMachine:${names.mitigateMachine}`;
  scenario.startExecution(mitigate, { manual: {} }, "huge");
  const document = (name: string) => store.get(names.evidenceBucket, `runs/huge/1/${name}.json`);
  await scenario.until(() => document("plan") !== undefined, "plan", 10);

  const verdicts = JSON.parse(document("verdicts")?.toString() ?? "{}").verdicts as SourceVerdict[];
  expect(verdicts).toMatchObject([{ source: `${offender}/32`, verdict: "ban", handsOff: true }]);
  // Found, not multiplied: one file in sixteen.
  expect(verdicts[0]?.calls).toBe((FILES * CALLS_A_FILE) / 16 + ANSWERED);
  const [gap] = JSON.parse(document("plan")?.toString() ?? "{}").missing as string[];
  expect(gap).toContain("2026-11-22T10:05:00.000Z to 2026-11-22T10:10:00.000Z");
  expect(gap).toMatch(/log files one in 16.*lower bounds/);

  const answers = async () => (await scenario.signIn(offender)).status;
  await scenario.until(async () => (await answers()) === 403, "ban", 5);
});

/** Every file holds calls of the whole five minutes, as the files of many servers do. */
function lines(file: number): string {
  return Array.from({ length: CALLS_A_FILE }, (_, index) => line(file * CALLS_A_FILE + index)).join("\n");
}

function line(index: number): string {
  const at: Instant = slot + Math.floor((index * 5 * MINUTE) / (FILES * CALLS_A_FILE));
  const headers = [
    { name: "x-amz-target", value: "AWSCognitoIdentityProviderService.InitiateAuth" },
    { name: "user-agent", value: "x".repeat(3200) },
  ];
  const httpRequest = {
    clientIp: offender,
    country: "DE",
    headers,
    uri: "/",
    httpMethod: "POST",
    requestId: `r-${index}`,
  };
  const rule = { terminatingRuleId: "Default_Action", terminatingRuleType: "REGULAR", httpSourceName: "CF" };
  return JSON.stringify({ timestamp: at, action: "ALLOW", ...rule, httpRequest });
}
