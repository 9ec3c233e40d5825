import { dynamoDbControl } from "../../functions/block/aws/dynamodb-control.ts";
import { type LedgerTable, ledgerTable } from "../../functions/block/aws/dynamodb-items.ts";
import { dynamoDbLedger } from "../../functions/block/aws/dynamodb-ledger.ts";
import { dynamoDbOutbox } from "../../functions/block/aws/dynamodb-outbox.ts";
import { dynamoDbPolicy } from "../../functions/block/aws/dynamodb-policy.ts";
import { dynamoDbProposals } from "../../functions/block/aws/dynamodb-proposals.ts";
import { dynamoDbSetStates } from "../../functions/block/aws/dynamodb-set-states.ts";
import { noticeOf } from "../../functions/block/notice-text.ts";
import { settle } from "../../functions/block/set-state.ts";
import { RetryableError } from "../../functions/domain/errors.ts";
import { HOUR, toIso } from "../../functions/domain/instant.ts";
import { startDynalite } from "../../local/dynamodb.ts";
import type { Listening } from "../../local/http.ts";
import { defineLedgerContract } from "../contracts/ledger.ts";
import { createLedgerTable } from "../contracts/ledger-table.ts";
import { aBan, loneSource, NOON } from "./builders.ts";

const credentials = { accessKeyId: "test", secretAccessKey: "test" };
let server: Listening;
let tables = 0;

beforeAll(async () => {
  server = await startDynalite();
});
afterAll(() => server.stop());

async function aTable(): Promise<LedgerTable> {
  const config = { endpoint: server.url, credentials, region: "us-east-1" };
  tables += 1;
  await createLedgerTable(`ledger-${tables}`, config);
  return ledgerTable(`ledger-${tables}`, config);
}

const storesOn = (table: LedgerTable) => ({
  bans: dynamoDbLedger(table),
  control: dynamoDbControl(table),
  policies: dynamoDbPolicy(table),
  proposals: dynamoDbProposals(table),
  setStates: dynamoDbSetStates(table),
  outbox: dynamoDbOutbox(table),
});

defineLedgerContract("the ledger on dynalite", async () => storesOn(await aTable()));

const hoursOf = (ttl: number, at: number) => (ttl * 1000 - at) / HOUR;

test("what is in force or waits has no end by TTL, and the rest is kept for as long as it counts", async () => {
  const table = await aTable();
  const { bans, control, setStates, outbox } = storesOn(table);
  await bans.putBan(aBan({ source: loneSource(1) }));
  await bans.putBan(aBan({ source: loneSource(2), status: "released" }));
  await bans.indexRun("run-1", loneSource(1));
  await bans.markUndone("run-1", "ada", NOON);
  await control.setMode("paused", "ada", NOON);
  await control.record({ event: "ban.applied", at: toIso(NOON), id: "x", by: "ada", why: "because" });
  await setStates.putSetState("edge", "set-1", settle(null, "id", new Map()));
  await outbox.keep({ id: "n", at: NOON, notice: noticeOf("a notice", ["text"], "run-1") });
  const ttlOf = async (pk: string, sk: string) => Number((await table.get({ pk, sk }))?.["ttl"]?.N ?? Number.NaN);
  expect(await ttlOf(`BAN#${loneSource(1)}`, "BAN")).toBeNaN();
  expect(hoursOf(await ttlOf(`BAN#${loneSource(2)}`, "BAN"), NOON + HOUR)).toBe(180 * 24);
  for (const [pk, sk] of [
    ["RUN#run-1", `BAN#${loneSource(1)}`],
    ["RUN#run-1", "UNDONE"],
    ["MODE", "MODE"],
    ["SET#edge#set-1", "SET"],
  ] as const) {
    expect(await table.get({ pk, sk })).not.toBeNull();
    expect(await ttlOf(pk, sk)).toBeNaN();
  }
  expect(hoursOf(await ttlOf(`LOG#${toIso(NOON).slice(0, 10)}`, `${toIso(NOON)}#ban.applied#x`), NOON)).toBe(400 * 24);
  expect(hoursOf(await ttlOf("OUTBOX", "n"), NOON)).toBe(14 * 24);
  await outbox.sent("n", NOON);
  expect(hoursOf(await ttlOf("OUTBOX", "n"), NOON)).toBe(48);
});

test("the record is append-only: who writes the same decision again changes nothing of it", async () => {
  const table = await aTable();
  const { control } = storesOn(table);
  const record = { event: "ban.applied" as const, at: toIso(NOON), id: "x", by: "ada", why: "because" };
  await control.record(record);
  await control.record({ ...record, why: "something else" });
  const item = await table.get({ pk: `LOG#${toIso(NOON).slice(0, 10)}`, sk: `${toIso(NOON)}#ban.applied#x` });
  expect(JSON.parse(item?.["doc"]?.S ?? "")).toEqual(record);
});

test("every read but the index's is consistent", async () => {
  const table = await aTable();
  const { bans, control, policies, proposals, setStates, outbox } = storesOn(table);
  const eventual: string[] = [];
  table.client.middlewareStack.add(
    (next, { commandName = "" }) =>
      async (args) => {
        const { ConsistentRead, RequestItems = {}, IndexName } = Object(args.input);
        const flags = commandName.startsWith("BatchGet")
          ? Object.values(RequestItems).map((one) => Object(one).ConsistentRead)
          : [ConsistentRead];
        if (/^(Get|BatchGet|Query)/.test(commandName) && flags.some((flag) => flag !== true))
          eventual.push(`${commandName} ${IndexName ?? "of the table"}`);
        return next(args);
      },
    { step: "initialize" },
  );
  await bans.getBan(loneSource(1));
  await bans.getBans([loneSource(1), loneSource(2)]);
  await bans.sourcesOfRun("run-1");
  await bans.undoneAt("run-1");
  await control.mode();
  await control.bansInHour("UserToken", NOON, "");
  await control.lockoutCount();
  await policies.getPolicy();
  await proposals.get("id");
  await proposals.latest("UserToken");
  await proposals.categories();
  await setStates.getSetState("edge", "set-1");
  await outbox.waiting();
  expect(eventual).toEqual([]);
  await bans.activeBans();
  await bans.bansDue(NOON);
  expect(eventual).toEqual(["QueryCommand active", "QueryCommand active"]);
});

test("a database that cannot be reached is worth another try", async () => {
  const nowhere = ledgerTable("ledger", {
    endpoint: "http://127.0.0.1:9",
    credentials,
    region: "us-east-1",
    maxAttempts: 1,
  });
  await expect(dynamoDbLedger(nowhere).getBan("198.51.100.7/32")).rejects.toThrow(RetryableError);
});

test("a table that does not exist is a fault of the deployment and is not tried again", async () => {
  const missing = ledgerTable("no-such-table", { endpoint: server.url, credentials, region: "us-east-1" });
  await expect(dynamoDbLedger(missing).getBan("198.51.100.7/32")).rejects.not.toThrow(RetryableError);
});

test.each([
  { case: "no document", item: {} },
  { case: "a version that is no number", item: { version: { S: "one" }, doc: { S: "{}" } } },
])("what somebody left in the policy's place, with $case, is text and can be set over", async ({ item }) => {
  const table = await aTable();
  await table.put({ pk: { S: "POLICY" }, sk: { S: "POLICY" }, ...item });
  const policies = dynamoDbPolicy(table);
  const { version, text } = await policies.getPolicy();
  expect({ version, isText: typeof text }).toEqual({ version: 0, isText: "string" });
  expect(await policies.putPolicy({ version: version + 1, text: "{}" })).toBe(true);
  expect(await policies.getPolicy()).toEqual({ version: 1, text: "{}" });
});
