import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import dynalite from "dynalite";

import { dynamoDbLeases } from "../../functions/detect/aws/dynamodb-leases.ts";
import { listen } from "../../local/http.ts";
import { defineLeaseContract } from "../contracts/leases.ts";
import { createLedgerTable } from "../contracts/ledger-table.ts";
import { sdkConfig } from "../local/builders.ts";

let server: Awaited<ReturnType<typeof listen>>;
let client: DynamoDBClient;
let tables = 0;

beforeAll(async () => {
  server = await listen(dynalite({ createTableMs: 0 }), 0);
  client = new DynamoDBClient(sdkConfig(server.url));
});
afterAll(async () => {
  client.destroy();
  await server.stop();
});

defineLeaseContract("leases on dynalite", async () => {
  tables += 1;
  await createLedgerTable(`leases-${tables}`, sdkConfig(server.url));
  return dynamoDbLeases(`leases-${tables}`, client);
});
