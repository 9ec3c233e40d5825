import { ledgerTable } from "../../functions/block/aws/dynamodb-items.ts";
import { dynamoDbLeases } from "../../functions/detect/aws/dynamodb-leases.ts";
import { startDynalite } from "../../local/dynamodb.ts";
import type { Listening } from "../../local/http.ts";
import { defineLeaseContract } from "../contracts/leases.ts";
import { createLedgerTable } from "../contracts/ledger-table.ts";
import { sdkConfig } from "../local/builders.ts";

let server: Listening;
let tables = 0;

beforeAll(async () => {
  server = await startDynalite();
});
afterAll(() => server.stop());

defineLeaseContract("leases on dynalite", async () => {
  tables += 1;
  const [name, config] = [`leases-${tables}`, sdkConfig(server.url)];
  await createLedgerTable(name, config);
  return dynamoDbLeases(name, ledgerTable(name, config));
});
