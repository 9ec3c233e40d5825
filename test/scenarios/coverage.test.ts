import { gzipSync } from "node:zlib";

import { type Instant, MINUTE, SECOND, toIso } from "../../functions/domain/instant.ts";
import type { ScoreResult } from "../../functions/domain/run.ts";
import type { SourceVerdict } from "../../functions/domain/verdict.ts";
import { createCognito } from "../../local/cognito/cognito.ts";
import { anAlarmEvent, aQuotaMetric } from "../detect/run-builders.ts";
import { aCall, trailFile, trailRecord } from "../detect/traffic.ts";
import { aScenario, CLIENT_ID, type Scenario } from "./builders.ts";
import { reportOf } from "./reported.ts";

jest.setTimeout(180_000);

const NEIGHBOUR_CLIENT = "7neighbour3456789abcdefghi";
let scenario: Scenario;
beforeAll(async () => {
  scenario = await aScenario();
  scenario.cognito.users.addUser("anna@example.org", "Right-Horse-7");
});
afterAll(() => scenario?.stop());

const runs = () => scenario.executions.all().filter(({ machine }) => machine.name === scenario.names.mitigateMachine);
const isBanned = (address: string) => scenario.ipSets.some((set) => set.has(address));

/** Another user pool of the same account and Region, with an app client of its own. */
function aNeighbour() {
  const { clock, metrics, logs, deployment } = scenario;
  const neighbour = createCognito({
    ...{ clock, metrics, logs },
    deployment: { ...deployment, userPool: { id: "eu-west-1_Neighbour", clientIds: [NEIGHBOUR_CLIENT] } },
    clients: { [NEIGHBOUR_CLIENT]: { secrets: [] } },
    webAcls: { inspect: () => ({ action: "ALLOW", rule: "Default_Action", response: null }) },
  });
  const headers = {
    "content-type": "application/x-amz-json-1.1",
    "x-amz-target": "AWSCognitoIdentityProviderService.InitiateAuth",
    host: "cognito-idp.eu-west-1.amazonaws.com",
  };
  return (USERNAME: string) => {
    const AuthParameters = { USERNAME, PASSWORD: "Autumn2026!" };
    const body = { ClientId: NEIGHBOUR_CLIENT, AuthFlow: "USER_PASSWORD_AUTH", AuthParameters };
    return neighbour.handle({
      ...{ sourceIp: "198.51.100.99", method: "POST", path: "/", query: "" },
      headers: Object.entries(headers).map(([name, value]) => ({ name, value })),
      body: Buffer.from(JSON.stringify(body)),
    });
  };
}

test("a neighbour who uses the quota starts a run that ends while the alarm lasts, with a notice and without a ban", async () => {
  const neighbour = aNeighbour();
  const notices = () => scenario.sns.messages.filter(({ subject }) => subject?.includes("used by others"));
  const isOver = () => notices().length > 0 && runs().every(({ status }) => status !== "RUNNING");
  const end = scenario.clock.now() + 20 * MINUTE;
  for (let call = 0; !isOver() && scenario.clock.now() < end; call += 1) {
    // Far above every threshold: an alarm that came and went would keep the run going.
    for (const nth of [1, 2, 3]) neighbour(`user${nth}-${call}@example.org`);
    if (call % 20 === 0) await scenario.signIn("203.0.113.5", { user: "anna@example.org", password: "Right-Horse-7" });
    await scenario.clock.wait(SECOND);
  }
  expect(runs().map(({ status }) => status)).toEqual(runs().map(() => "SUCCEEDED"));
  const alarm = scenario.alarms.list().find(({ name }) => name === "portcullis-UserAuthentication-50");
  expect(alarm?.state.value).toBe("ALARM");
  expect(notices()).toHaveLength(1);
  expect(notices()[0]?.message).toContain(`app client ${NEIGHBOUR_CLIENT}: `);
  expect(isBanned("198.51.100.99") || isBanned("203.0.113.5")).toBe(false);
  const ended = runs().flatMap(({ name }) => reportOf(scenario, name) ?? []);
  expect(ended.filter(({ end }) => end?.how === "not-ours")).toMatchObject([
    {
      ...{ offenders: [], end: { reason: "the quota is used by others" } },
      notOurs: { others: [{ name: `app client ${NEIGHBOUR_CLIENT}` }] },
    },
  ]);
  expect(scenario.mishaps()).toEqual([]);
});

test("on late logs a ban by share waits for a person, and is made as soon as they are all there", async () => {
  const offender = "203.0.113.9";
  const { clock, names } = scenario;
  await scenario.until(
    () => scenario.alarms.list().every(({ state }) => state.value !== "ALARM"),
    "end of the alarm",
    10,
  );
  await clock.wait(20 * MINUTE);
  const records = failures(offender, clock.now() - 4 * MINUTE);
  deliver(records.slice(0, 20));
  const timestamp = toIso(clock.now()).replace("Z", "+0000");
  const event = anAlarmEvent({ timestamp, metrics: [aQuotaMetric("UserAuthentication")] });
  const mitigate = `arn:aws:states:us-east-1:111122223333:stateMachine:${names.mitigateMachine}`;
  scenario.startExecution(mitigate, event, "late");
  await scenario.until(() => verdictsOf("late", 2) !== null, "last look", 12);
  expect(verdictsOf("late", 2)).toMatchObject([{ source: `${offender}/32`, handsOff: false }]);
  expect(verdictsOf("late", 2)?.[0]?.needsPerson).toEqual(["incomplete-evidence"]);
  expect(isBanned(offender)).toBe(false);

  deliver(records.slice(20));
  await scenario.until(() => isBanned(offender), "ban", 8);
  expect(verdictsOf("late", 3)).toMatchObject([{ source: `${offender}/32`, handsOff: true, needsPerson: [] }]);
  await scenario.until(() => runs().every(({ status }) => status !== "RUNNING"), "end of the run", 10);
  expect(scored("late").map(({ run, missing }) => [run.coverage, missing.filter(isOfCounts).length])).toEqual([
    [expect.any(Number), 3],
    [20 / 24, 1],
    [1, 0],
  ]);
  expect(scored("late")[1]?.missing.filter(isOfCounts)).toEqual([
    expect.stringMatching(
      /^CloudTrail is complete only to \d{4}-.*Z; it holds 83 % of the 24 calls that CloudWatch counted\.$/,
    ),
  ]);
});

test("the report of that run tells what its evidence lacked, when, and what it came to in the end", () => {
  const report = reportOf(scenario, "late");
  expect(report?.rounds.map(({ coverage }) => coverage)).toEqual([expect.any(Number), 20 / 24, 1]);
  expect(report?.missing.filter(({ text }) => isOfCounts(text) && text.includes("83 %"))).toEqual([
    { text: expect.stringMatching(/^CloudTrail is complete only to .*; it holds 83 % of the 24 calls/), rounds: [2] },
  ]);
  expect(report?.offenders).toMatchObject([{ source: "203.0.113.9/32", round: 3, fate: { state: "banned" } }]);
});

/** Two dozen wrong passwords of four users, straight to the pool, as CloudTrail records and as CloudWatch counts them. */
function failures(ip: string, from: Instant) {
  const dimensions = { Type: "API", Resource: "UserAuthentication", Service: "Cognito user pool", Class: "None" };
  return Array.from({ length: 24 }, (_, index) => {
    const at = from + index * 5 * SECOND;
    scenario.metrics.put("eu-west-1", { namespace: "AWS/Usage", name: "CallCount", dimensions, value: 1, at });
    const error = ["NotAuthorizedException", "Incorrect username or password."] as const;
    const call = { at, ip, path: "direct" as const, user: `user-${index % 4}`, clientId: CLIENT_ID, error };
    return trailRecord(aCall(call), "-", index);
  });
}

function deliver(records: ReturnType<typeof failures>): void {
  const day = toIso(scenario.clock.now()).slice(0, 10).replaceAll("-", "/");
  const key = `AWSLogs/111122223333/CloudTrail/eu-west-1/${day}/part-${records.length}.json.gz`;
  scenario.store.put(scenario.names.trailLogs, key, gzipSync(trailFile(records)));
}

function verdictsOf(runId: string, round: number): SourceVerdict[] | null {
  const stored = scenario.store.get(scenario.names.evidenceBucket, `runs/${runId}/${round}/verdicts.json`);
  return stored === undefined ? null : JSON.parse(stored.toString()).verdicts;
}

const isOfCounts = (sentence: string) => /CloudWatch (has )?counted/.test(sentence);

/** What Score handed on, round by round. */
function scored(runId: string): ScoreResult[] {
  const execution = runs().find(({ name }) => name === runId);
  return (execution?.history ?? []).flatMap((event) =>
    event.type === "StateExited" && event.state === "Score" ? [event.output as ScoreResult] : [],
  );
}
