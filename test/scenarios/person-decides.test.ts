/** What needs a person, from the plan to the page to the IP sets, and back by the command line's functions. */
import { GetIPSetCommand, ListIPSetsCommand, WAFV2Client } from "@aws-sdk/client-wafv2";

import { blockSide } from "../../functions/block/aws/block-side.ts";
import { s3Evidence } from "../../functions/block/aws/evidence-store.ts";
import { addBan, listBans, releaseBan, setMode, undoRun } from "../../functions/block/operator.ts";
import { MINUTE } from "../../functions/domain/instant.ts";
import { policySchema } from "../../functions/domain/policy.ts";
import { aVerdict } from "../block/builders.ts";
import { aScenario, type Scenario, scenarioConfig } from "./builders.ts";
import { decisionsIn, functionsOf, unwritten } from "./insights.ts";
import { doubtful, invoke, planned, shared } from "./judged.ts";
import { reportOf } from "./reported.ts";

jest.setTimeout(120_000);

let scenario: Scenario;
const environment = { ...process.env };

beforeAll(async () => {
  scenario = await aScenario();
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: scenario.awsEndpoint,
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "operator",
    AWS_SECRET_ACCESS_KEY: "operator",
  });
});
afterAll(async () => {
  process.env = environment;
  await scenario?.stop();
});

/** All lines of the machine-owned sets of both scopes. */
async function blocked(): Promise<string[]> {
  const lines: string[] = [];
  for (const [Scope, region] of [
    ["CLOUDFRONT", "us-east-1"],
    ["REGIONAL", "eu-west-1"],
  ] as const) {
    const waf = new WAFV2Client({ region });
    const { IPSets = [] } = await waf.send(new ListIPSetsCommand({ Scope }));
    for (const { Name, Id } of IPSets.filter(({ Name = "" }) => Name.includes("auto"))) {
      await scenario.clock.wait(300);
      lines.push(...((await waf.send(new GetIPSetCommand({ Name, Id, Scope }))).IPSet?.Addresses ?? []));
    }
  }
  return lines.sort();
}

/** The block side as the command line composes it, on the world's clock. */
function desk() {
  const timing = {
    now: () => scenario.clock.now(),
    pause: (ms: number) => scenario.clock.wait(ms),
    random: Math.random,
  };
  const { names } = scenario;
  const evidence = s3Evidence(names.evidenceBucket, { region: "us-east-1" });
  const ports = { ...blockSide(names.ledgerTable, names.ipSets, "us-east-1"), timing, journal: () => {}, evidence };
  const policy = policySchema.parse(scenarioConfig.policy);
  return [ports, { sets: names.ipSets, egress: [], policy, initialMode: "enforce" as const, by: "ada" }] as const;
}

const certain = aVerdict({ source: "198.51.100.7/32" });

test("what is certain is applied, what is not is filed, and a person gets a link without a token", async () => {
  const plan = await planned(scenario, "run-a", [certain, shared, doubtful]);
  expect(plan.counts).toEqual({ apply: 1, file: 2, refuse: 0, accounts: 0, tell: 0 });
  await invoke(scenario, "apply", { run: plan.run, planKey: plan.planKey, origin: "auto" });
  expect(await blocked()).toEqual(["198.51.100.7/32", "198.51.100.7/32"]);
  await scenario.until(() => scenario.sns.messages.length > 0, "the mail", 2);
  const [mail] = scenario.sns.messages;
  expect(mail?.message).toContain("shared-address");
  expect(JSON.parse(mail?.forms["https"] ?? "")).toMatchObject({ version: "1.0", source: "custom" });
  expect(mail?.message).toMatch(/\?id=[\w-]+&exp=\d+&hmac=[\w-]+/);
});

/** Patrols and rollups run as well, whenever their time comes. */
const asking = () => scenario.executions.all().filter(({ arn }) => arn.includes(":portcullis-approve:"));
const linkIn = (text: string) => /http\S+\?id=\S+/.exec(text)?.[0] ?? "";
const latestLink = () => linkIn(scenario.sns.messages.at(-1)?.message ?? "");
const page = (link: string, body?: string) =>
  scenario.clock.during(() =>
    fetch(link, {
      ...(body !== undefined && {
        method: "POST",
        body,
        headers: { "content-type": "application/x-www-form-urlencoded" },
      }),
    }),
  );

test("opening the page decides nothing; the button decides once; a second click is told politely", async () => {
  const link = latestLink();
  const shown = await (await page(link)).text();
  expect(shown).toContain("198.51.100.8/32");
  await page(link);
  expect(asking().filter(({ status }) => status === "RUNNING")).toHaveLength(1);
  const hash = /name="hash" value="([^"]+)"/.exec(shown)?.[1] ?? "";
  const form = new URLSearchParams({ hash, decision: "approve", source: "198.51.100.8/32", comment: "<b>yes</b>" });
  const decided = await page(link, form.toString());
  expect(decided.status).toBe(200);
  expect(await decided.text()).toContain("&lt;b&gt;yes&lt;/b&gt;");
  await scenario.until(() => asking().every(({ status }) => status === "SUCCEEDED"), "the decision", 3);
  expect(await blocked()).toEqual(["198.51.100.7/32", "198.51.100.7/32", "198.51.100.8/32", "198.51.100.8/32"]);
  const again = await page(link, form.toString());
  expect(again.status).toBe(200);
  expect(await again.text()).toContain("This is decided already");
});

test("the report of the run tells who decided what of it", () => {
  const report = reportOf(scenario, "run-a");
  expect(report?.offenders.map(({ source, fate }) => [source, fate.state, fate.origin]).sort()).toEqual([
    ["198.51.100.7/32", "banned", "auto"],
    ["198.51.100.8/32", "banned", "approved"],
    [doubtful.source, "rejected", null],
  ]);
  expect(report?.proposals).toMatchObject([
    { status: "approved", decision: { approved: 1, rejected: 1, comment: "<b>yes</b>", by: expect.any(String) } },
  ]);
  expect(report?.marks).toContainEqual(expect.objectContaining({ kind: "approval", sources: 1 }));
});

test.each([
  { case: "forged", change: (link: string) => link.replace(/hmac=.../, "hmac=AAA") },
  { case: "with a later expiry", change: (link: string) => link.replace(/exp=\d/, "exp=9") },
  { case: "of another proposal", change: (link: string) => link.replace(/id=../, "id=zz") },
])("a link that is $case is refused", async ({ change }) => {
  expect((await page(change(latestLink()))).status).toBe(403);
  expect((await page(change(latestLink()), "decision=approve")).status).toBe(403);
});

test("what was rejected is not asked about again, and what was approved is not either", async () => {
  const plan = await planned(scenario, "run-b", [shared, doubtful]);
  expect(plan).toMatchObject({ counts: { apply: 0, file: 0, refuse: 2 }, proposalId: null });
});

test("undo takes back one run and leaves the bans of others", async () => {
  const [ports, scene] = desk();
  const { bans } = await scenario.clock.during(() => undoRun(ports, scene, "run-a"));
  expect(bans.map(({ source, status }) => [source, status]).sort()).toEqual([
    ["198.51.100.7/32", "released"],
    ["198.51.100.8/32", "released"],
  ]);
  expect(await blocked()).toEqual([]);
});

test("a person bans, lists and releases; guards hold for people too", async () => {
  const [ports, scene] = desk();
  const request = { minutes: 30, reason: "seen elsewhere", targets: ["edge" as const] };
  await scenario.clock.during(() => addBan(ports, scene, { ...request, source: "203.0.113.77" }));
  expect(await blocked()).toEqual(["203.0.113.77/32"]);
  expect((await listBans(ports)).map(({ source }) => source)).toEqual(["203.0.113.77/32"]);
  await expect(addBan(ports, scene, { ...request, source: "10.0.0.1" })).rejects.toThrow("is never blocked");
  await expect(addBan(ports, scene, { ...request, source: "203.0.0.0/16" })).rejects.toThrow("is wider than a");
  await scenario.clock.during(() => releaseBan(ports, scene, "203.0.113.77"));
  expect(await blocked()).toEqual([]);
});

test("nobody answers: one reminder, then the machine's time-out decides, and the proposal is closed", async () => {
  const mails = () => scenario.sns.messages.map(({ subject }) => subject ?? "");
  const before = mails().length;
  const one = aVerdict({ source: "198.51.100.99/32", handsOff: false, needsPerson: ["no-baseline"] });
  await planned(scenario, "run-c", [one]);
  const running = () => asking().filter(({ status }) => status === "RUNNING").length;
  await scenario.until(() => running() === 1, "the execution", 1);
  await scenario.clock.wait(11 * MINUTE);
  await scenario.until(() => running() === 0, "the time-out", 5);
  expect(mails().slice(before)).toEqual([
    "Portcullis: 1 source waits for your decision: UserAuthentication",
    "Portcullis: Reminder: 1 source still waits for your decision: UserAuthentication",
    "Portcullis: nobody decided, nothing is banned: UserAuthentication",
  ]);
  expect(await blocked()).toEqual([]);
});

test("paused stops a plan that was made before", async () => {
  const plan = await planned(scenario, "run-d", [aVerdict({ source: "198.51.100.200/32" })]);
  expect(plan.counts.apply).toBe(1);
  const [ports, scene] = desk();
  await setMode(ports, scene, "paused");
  await invoke(scenario, "apply", { run: plan.run, planKey: plan.planKey, origin: "auto" });
  expect(await blocked()).toEqual([]);
});

test("nothing failed on the way, and no permission was missing", () => {
  // A task that nobody answered is how the machine's wait is meant to end.
  const unanswered = (state: string) => ({
    kind: "execution",
    event: expect.objectContaining({ state, error: "States.Timeout" }),
  });
  expect(scenario.mishaps()).toEqual([unanswered("Ask"), unanswered("Remind")]);
});

test("what the query refused-and-filed for Logs Insights names is in the functions' logs", () => {
  const lines = decisionsIn(scenario.events, functionsOf("refused-and-filed", scenario.assembly));
  expect(unwritten("refused-and-filed", lines)).toEqual([]);
});
