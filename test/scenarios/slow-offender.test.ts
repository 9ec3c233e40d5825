import { ledgerTable } from "../../functions/block/aws/dynamodb-items.ts";
import { dynamoDbLedger } from "../../functions/block/aws/dynamodb-ledger.ts";
import type { Ban } from "../../functions/domain/ban.ts";
import { type Instant, MINUTE, SECOND } from "../../functions/domain/instant.ts";
import type { Plan } from "../../functions/domain/plan.ts";
import { sdkConfig } from "../local/builders.ts";
import { aScenario, type Scenario } from "./builders.ts";

jest.setTimeout(240_000);

/** One goes on after its ban, the other has had enough. */
const [stubborn, reformed] = ["203.0.113.77", "198.51.100.78"];
let scenario: Scenario;
let firstBan: Ban;

/** One world for the whole story: each test takes up where the one before has left it. */
beforeAll(async () => {
  scenario = await aScenario({ race: 20_000 });
});
afterAll(() => scenario?.stop());

const bans = () => dynamoDbLedger(ledgerTable(scenario.names.ledgerTable, sdkConfig(scenario.awsEndpoint)));
const banOf = async (address: string) => (await bans().getBan(`${address}/32`)) as Ban;
/** Looked at each virtual second for hours, which a question to the ledger is too slow for. */
const isInSets = (address: string) => scenario.ipSets.some((set) => set.has(address));

/** Twelve users in 44 minutes: of no ten minutes more than three, where five are watched. */
async function trySlowly(...sources: readonly string[]): Promise<void> {
  for (let count = 0; count < 12; count += 1) {
    for (const source of sources) {
      expect(await scenario.signIn(source)).toMatchObject({ errorType: "NotAuthorizedException" });
      // The quota is a call a second.
      await scenario.clock.wait(2 * SECOND);
    }
    await scenario.clock.wait(4 * MINUTE - 2 * sources.length * SECOND);
  }
}

function planKeys(): string[] {
  const keys = scenario.store.list(scenario.names.evidenceBucket, "runs/").map(({ key }) => key);
  return keys.filter((key) => key.endsWith("plan.json"));
}

/** The plans of runs so far, in order of time. */
function plans(): Plan[] {
  return planKeys()
    .map((key) => JSON.parse(scenario.store.get(scenario.names.evidenceBucket, key)?.toString() ?? "{}") as Plan)
    .sort((a, b) => (a.at < b.at ? -1 : 1));
}

/** A plan made after this instant, whatever it holds. */
async function planAfter(at: Instant, minutes: number): Promise<Plan> {
  const made = () => plans().find((plan) => Date.parse(plan.at) > at);
  await scenario.until(() => made() !== undefined, "plan", minutes);
  return made() as Plan;
}

test("who attacks slowly is seen by no short window", async () => {
  await trySlowly(stubborn, reformed);
  expect(plans().flatMap(({ apply, file }) => [...apply, ...file])).toEqual([]);
  // Nobody was banned because nothing is rolled up yet, and the plan says so.
  expect(plans()[0]?.missing).toContainEqual(expect.stringMatching(/^None of the slow window's 24 hours is rolled up/));
});

test("once its hour is rolled up a patrol bans it, and states which hours it did not see", async () => {
  await scenario.until(() => isInSets(stubborn), "ban", 60);
  firstBan = await banOf(stubborn);
  expect(firstBan).toMatchObject({ status: "active", strikes: 1 });
  const plan = plans().find(({ apply }) => apply.length > 0);
  expect(plan?.apply.map(({ source }) => source).sort()).toEqual([`${reformed}/32`, `${stubborn}/32`]);
  expect(plan?.apply[0]?.reasons.map(({ detection }) => detection)).toContain("password-spray");
  expect(plan?.missing).toContainEqual(expect.stringMatching(/^The slow window lacks 20 of 24 hours: 2026-11-21-11/));
});

test("a run of its own does not extend the ban for the deed that it has answered", async () => {
  const now = scenario.clock.now();
  const mitigate = `arn:aws:states:us-east-1:111122223333:stateMachine:${scenario.names.mitigateMachine}`;
  scenario.startExecution(mitigate, { manual: {} }, "look-again");
  const plan = await planAfter(now, 5);
  expect(plan).toMatchObject({ run: { runId: "look-again" }, apply: [], file: [], refuse: [] });
  expect(await banOf(stubborn)).toEqual(firstBan);
});

test("after its ban nothing bans it again for what it did before", async () => {
  await scenario.until(() => !isInSets(stubborn), "release", 15);
  await scenario.until(async () => (await banOf(stubborn)).status === "released", "end in the ledger", 1);
  const patrols = planKeys().length;
  await scenario.until(() => planKeys().length > patrols, "patrol", 35);
  expect((await banOf(stubborn)).strikes).toBe(1);
});

test("who goes on slowly is banned again for what it did since, with another strike; who stopped is not", async () => {
  await trySlowly(stubborn);
  await scenario.until(() => isInSets(stubborn), "second ban", 80);
  const again = await banOf(stubborn);
  expect(again.strikes).toBe(2);
  const [claim] = Object.values(again.claims).sort((a, b) => (a.at < b.at ? 1 : -1));
  expect(claim?.reasons[0]?.observed).toMatchObject({ distinctUsers: 12 });
  expect(await banOf(reformed)).toMatchObject({ status: "released", strikes: 1 });
});

test("nothing failed on the way, and no permission was missing", () => {
  expect(scenario.mishaps()).toEqual([]);
});
