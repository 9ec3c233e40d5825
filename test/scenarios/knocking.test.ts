import { ledgerTable } from "../../functions/block/aws/dynamodb-items.ts";
import { dynamoDbLedger } from "../../functions/block/aws/dynamodb-ledger.ts";
import type { Ban } from "../../functions/domain/ban.ts";
import { MINUTE, SECOND, toIso } from "../../functions/domain/instant.ts";
import { sdkConfig } from "../local/builders.ts";
import { aScenario, type Scenario, scenarioConfig } from "./builders.ts";
import { decisionsIn, functionsOf } from "./insights.ts";

jest.setTimeout(300_000);

const flooder = "203.0.113.77";
const BAN_MINUTES = 40;
/** Bans that last from one patrol to the next, and fewer calls to count as a flood. */
const config = {
  ...scenarioConfig,
  policy: {
    ban: { handsOffMinutes: BAN_MINUTES, approvedMinutes: BAN_MINUTES, jitter: 0 },
    detections: { "call-rate": { watchAt: 10, banAt: 20 } },
  },
};
let scenario: Scenario;
let firstBan: Ban;
let stopFlood = () => {};

/** One world for the whole story: each test takes up where the one before has left it. */
beforeAll(async () => {
  scenario = await aScenario({ config, race: 20_000 });
  stopFlood = flood();
});
afterAll(async () => {
  stopFlood();
  await scenario?.stop();
});

/** A call each ten seconds, whatever the answer, until it is told to stop. */
function flood(): () => void {
  let stopped = false;
  const knock = async () => {
    if (stopped) return;
    await scenario.signIn(flooder);
    scenario.clock.at(scenario.clock.now() + 10 * SECOND, knock);
  };
  scenario.clock.at(scenario.clock.now(), knock);
  return () => {
    stopped = true;
  };
}

/** Looks once a virtual minute: the story takes hours. */
async function until(condition: () => Promise<boolean>, what: string, minutes: number): Promise<void> {
  const end = scenario.clock.now() + minutes * MINUTE;
  while (!(await condition())) {
    if (scenario.clock.now() > end) throw new Error(`In ${minutes} minutes of the world's clock: no ${what}`);
    await scenario.clock.wait(MINUTE);
  }
}

const bans = () => dynamoDbLedger(ledgerTable(scenario.names.ledgerTable, sdkConfig(scenario.awsEndpoint)));
const ban = () => bans().getBan(`${flooder}/32`);
const autoSets = () => scenario.ipSets.filter(({ name }) => /auto.*v4/i.test(name));
const isKeptOut = async () => (await scenario.signIn(flooder)).status === 403;
const after = ({ bannedAt }: Ban, bansLong: number) => toIso(Date.parse(bannedAt) + bansLong * BAN_MINUTES * MINUTE);

test("a flood that no alarm sees is banned by a patrol", async () => {
  await until(async () => (await ban()) !== null, "ban", 60);
  firstBan = (await ban()) as Ban;
  expect(firstBan).toMatchObject({ status: "active", strikes: 1 });
  expect(firstBan).not.toHaveProperty("extensions");
  // The ledger is written before the sets. A call that still came through would be one too many for the pool's quota.
  await until(async () => autoSets().every((set) => set.has(flooder)), "line in the sets", 2);
  expect(await isKeptOut()).toBe(true);
});

test("it goes on calling, so the next patrol notes that it knocks, and a claim of its own is none", async () => {
  await until(async () => (await ban())?.knock !== undefined, "knock", 60);
  const noted = (await ban()) as Ban;
  expect(noted.knock?.calls).toBeGreaterThanOrEqual(20);
  expect(noted).toMatchObject({ claims: firstBan.claims, expiresAt: firstBan.expiresAt, strikes: 1 });
});

test.each([1, 2, 3])(
  "extension %i: the sweep adds the base time at the ban's end, without a strike",
  async (extension) => {
    const before = (await ban()) as Ban;
    await until(async () => ((await ban())?.extensions ?? 0) === extension, "extension", BAN_MINUTES + 5);
    const longer = (await ban()) as Ban;
    expect(scenario.clock.now()).toBeGreaterThanOrEqual(Date.parse(before.expiresAt));
    const length = Date.parse(longer.expiresAt) - Date.parse(before.expiresAt);
    expect(length / MINUTE).toBe(BAN_MINUTES);
    expect(longer).toMatchObject({ status: "active", strikes: 1, bannedAt: firstBan.bannedAt });
    expect(Object.keys(longer.claims)).toEqual(Object.keys(firstBan.claims));
    expect(await isKeptOut()).toBe(true);
  },
);

test("after three it is let go, though it still knocks, and its calls reach the pool", async () => {
  await until(async () => (await ban())?.status === "released", "release", BAN_MINUTES + 5);
  const released = (await ban()) as Ban;
  expect(released).toMatchObject({ strikes: 1, extensions: 3, releasedAt: released.expiresAt });
  expect(Date.parse(released.expiresAt)).toBeGreaterThanOrEqual(Date.parse(after(firstBan, 4)) - MINUTE);
  await until(async () => !(await isKeptOut()), "way in", 3);
});

test("the next run bans it again for what it did since, with another strike and for twice as long", async () => {
  await until(async () => (await ban())?.status === "active", "second ban", 75);
  const again = (await ban()) as Ban;
  expect(again.strikes).toBe(2);
  expect(again).not.toHaveProperty("extensions");
  const [claim] = Object.values(again.claims);
  expect((Date.parse(claim?.until ?? "") - Date.parse(claim?.at ?? "")) / MINUTE).toBe(2 * BAN_MINUTES);
  expect(await isKeptOut()).toBe(true);
});

test("the record tells all of it: banned, extended three times, released, banned", () => {
  stopFlood();
  const told = decisionsIn(scenario.events, functionsOf("one-source", scenario.assembly))
    .map(({ event }) => event)
    .filter((event) => /^ban\./.test(String(event)));
  expect(told).toEqual(["ban.applied", "ban.extended", "ban.extended", "ban.extended", "ban.released", "ban.applied"]);
});

test("nothing failed on the way, and no permission was missing", () => {
  expect(scenario.mishaps()).toEqual([]);
});
