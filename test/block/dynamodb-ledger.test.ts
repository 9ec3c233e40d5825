import { dynamoDbControl } from "../../functions/block/aws/dynamodb-control.ts";
import { ledgerTable } from "../../functions/block/aws/dynamodb-items.ts";
import { dynamoDbLedger } from "../../functions/block/aws/dynamodb-ledger.ts";
import { dynamoDbOutbox } from "../../functions/block/aws/dynamodb-outbox.ts";
import { dynamoDbPolicy } from "../../functions/block/aws/dynamodb-policy.ts";
import { dynamoDbProposals } from "../../functions/block/aws/dynamodb-proposals.ts";
import { dynamoDbSetStates } from "../../functions/block/aws/dynamodb-set-states.ts";
import { RetryableError } from "../../functions/domain/errors.ts";
import { startDynalite } from "../../local/dynamodb.ts";
import type { Listening } from "../../local/http.ts";
import { defineLedgerContract } from "../contracts/ledger.ts";
import { createLedgerTable } from "../contracts/ledger-table.ts";

const credentials = { accessKeyId: "test", secretAccessKey: "test" };
let server: Listening;
let tables = 0;

beforeAll(async () => {
  server = await startDynalite();
});
afterAll(() => server.stop());

defineLedgerContract("the ledger on dynalite", async () => {
  const config = { endpoint: server.url, credentials, region: "us-east-1" };
  tables += 1;
  await createLedgerTable(`ledger-${tables}`, config);
  const table = ledgerTable(`ledger-${tables}`, config);
  return {
    bans: dynamoDbLedger(table),
    control: dynamoDbControl(table),
    policies: dynamoDbPolicy(table),
    proposals: dynamoDbProposals(table),
    setStates: dynamoDbSetStates(table),
    outbox: dynamoDbOutbox(table),
  };
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
  tables += 1;
  const config = { endpoint: server.url, credentials, region: "us-east-1" };
  await createLedgerTable(`ledger-${tables}`, config);
  const table = ledgerTable(`ledger-${tables}`, config);
  await table.put({ pk: { S: "POLICY" }, sk: { S: "POLICY" }, ...item });
  const policies = dynamoDbPolicy(table);
  const { version, text } = await policies.getPolicy();
  expect({ version, isText: typeof text }).toEqual({ version: 0, isText: "string" });
  expect(await policies.putPolicy({ version: version + 1, text: "{}" })).toBe(true);
  expect(await policies.getPolicy()).toEqual({ version: 1, text: "{}" });
});
