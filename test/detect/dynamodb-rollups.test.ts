import { ledgerTable } from "../../functions/block/aws/dynamodb-items.ts";
import { dynamoDbRollups } from "../../functions/detect/aws/dynamodb-rollups.ts";
import { startDynalite } from "../../local/dynamodb.ts";
import type { Listening } from "../../local/http.ts";
import { createLedgerTable } from "../contracts/ledger-table.ts";
import { defineRollupContract } from "../contracts/rollup-register.ts";
import { sdkConfig } from "../local/builders.ts";

let server: Listening;
let tables = 0;

beforeAll(async () => {
  server = await startDynalite();
});
afterAll(() => server.stop());

defineRollupContract("the rollups' register on dynalite", async () => {
  tables += 1;
  const name = `rollups-${tables}`;
  await createLedgerTable(name, sdkConfig(server.url));
  return dynamoDbRollups(name, ledgerTable(name, sdkConfig(server.url)));
});
