import { dynamoDbControl } from "../../functions/block/aws/dynamodb-control.ts";
import { ledgerTable } from "../../functions/block/aws/dynamodb-items.ts";
import { dynamoDbLedger } from "../../functions/block/aws/dynamodb-ledger.ts";
import { dynamoDbOutbox } from "../../functions/block/aws/dynamodb-outbox.ts";
import { dynamoDbPolicy } from "../../functions/block/aws/dynamodb-policy.ts";
import { dynamoDbProposals } from "../../functions/block/aws/dynamodb-proposals.ts";
import { dynamoDbSetStates } from "../../functions/block/aws/dynamodb-set-states.ts";
import { dynamoDbLeases } from "../../functions/detect/aws/dynamodb-leases.ts";
import { dynamoDbRollups } from "../../functions/detect/aws/dynamodb-rollups.ts";
import { defineLeaseContract } from "../contracts/leases.ts";
import { defineLedgerContract } from "../contracts/ledger.ts";
import { createLedgerTable } from "../contracts/ledger-table.ts";
import { defineReleaseStorm } from "../contracts/release-storm.ts";
import { defineRollupContract } from "../contracts/rollup-register.ts";
import { sdkConfig } from "../local/builders.ts";
import { describeWith, type Server, startDynamoDbLocal } from "./tools.ts";

/** A crowd of 50,000 takes five minutes here, in four sweeps of a minute and less; in memory storms.test.ts lets as many go each time. */
const STORM = Number(process.env.PORTCULLIS_STORM ?? 5_000);
jest.setTimeout(1_800_000);

describeWith("dynamodb-local", "on DynamoDB Local", () => {
  let server: Server;
  let tables = 0;
  beforeAll(async () => {
    server = await startDynamoDbLocal();
  });
  afterAll(() => server?.stop());

  async function freshTable() {
    tables += 1;
    const config = sdkConfig(server.url);
    await createLedgerTable(`ledger-${tables}`, config);
    return { name: `ledger-${tables}`, config };
  }

  defineLedgerContract("the ledger", async () => {
    const { name, config } = await freshTable();
    const table = ledgerTable(name, config);
    return {
      bans: dynamoDbLedger(table),
      control: dynamoDbControl(table),
      policies: dynamoDbPolicy(table),
      proposals: dynamoDbProposals(table),
      setStates: dynamoDbSetStates(table),
      outbox: dynamoDbOutbox(table),
    };
  });

  defineReleaseStorm("DynamoDB Local", STORM, async () => {
    const { name, config } = await freshTable();
    // A hundred megabytes of bans are many pages of a database that shares its processor with the test.
    return ledgerTable(name, { ...config, requestHandler: { requestTimeout: 120_000 } });
  });

  defineLeaseContract("the leases", async () => {
    const { name, config } = await freshTable();
    return dynamoDbLeases(name, ledgerTable(name, config));
  });

  defineRollupContract("the rollups' register", async () => {
    const { name, config } = await freshTable();
    return dynamoDbRollups(name, ledgerTable(name, config));
  });
});
