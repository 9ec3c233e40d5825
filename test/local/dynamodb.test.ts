import { DynamoDBClient, GetItemCommand, PutItemCommand, QueryCommand, ScanCommand } from "@aws-sdk/client-dynamodb";

import { type AwsServer, startAwsServer } from "../../local/aws-server.ts";
import { iteratorClasses } from "../../local/dynalite-iterators.ts";
import { createDynamoDb, type DynamoDb, startDynalite } from "../../local/dynamodb.ts";
import { createLedgerTable } from "../contracts/ledger-table.ts";
import { anAssembly } from "./assembly-builder.ts";
import { anAwsCall, plainClock, sdkConfig } from "./builders.ts";

const TableName = "portcullis-ledger";
let database: DynamoDb;
let server: AwsServer;
let client: DynamoDBClient;

beforeAll(async () => {
  const key = (name: string, KeyType: string) => ({ AttributeName: name, KeyType });
  const assembly = anAssembly({
    resources: {
      Ledger: {
        Type: "AWS::DynamoDB::Table",
        Properties: {
          TableName,
          BillingMode: "PAY_PER_REQUEST",
          KeySchema: [key("pk", "HASH"), key("sk", "RANGE")],
          AttributeDefinitions: ["pk", "sk", "active", "expiresAt"].map((name) => ({
            AttributeName: name,
            AttributeType: "S",
          })),
          GlobalSecondaryIndexes: [
            {
              IndexName: "active",
              KeySchema: [key("active", "HASH"), key("expiresAt", "RANGE")],
              Projection: { ProjectionType: "ALL" },
            },
          ],
          TimeToLiveSpecification: { AttributeName: "ttl", Enabled: true },
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        },
      },
    },
  });
  database = await createDynamoDb({ assembly });
  server = await startAwsServer({ clock: plainClock, services: { dynamodb: database.service } });
  client = new DynamoDBClient(sdkConfig(server.url));
});
afterAll(async () => {
  await server.stop();
  await database.stop();
});

const item = (pk: string, more: Record<string, { S: string }> = {}) => ({ pk: { S: pk }, sk: { S: "BAN" }, ...more });

test("what read the store is closed, else each read would keep the store of its time", async () => {
  const closes = iteratorClasses().map(({ prototype }) => jest.spyOn(prototype, "close"));
  for (let nth = 0; nth < 3; nth += 1) await client.send(new ScanCommand({ TableName, Limit: 1 }));
  expect(closes.map(({ mock }) => mock.calls.length)).toEqual([0, 3]);
  for (const close of closes) close.mockRestore();
});

test("the template's table takes items, its index finds those that carry the attribute", async () => {
  await client.send(
    new PutItemCommand({ TableName, Item: item("a", { active: { S: "ban" }, expiresAt: { S: "2026" } }) }),
  );
  await client.send(new PutItemCommand({ TableName, Item: item("b") }));
  const { Items } = await client.send(
    new QueryCommand({
      TableName,
      IndexName: "active",
      KeyConditionExpression: "active = :ban",
      ExpressionAttributeValues: { ":ban": { S: "ban" } },
    }),
  );
  expect(Items?.map((found) => found.pk)).toEqual([{ S: "a" }]);
});

test("a condition that fails arrives under its name", async () => {
  const put = () =>
    client.send(new PutItemCommand({ TableName, Item: item("c"), ConditionExpression: "attribute_not_exists(pk)" }));
  await put();
  await expect(put()).rejects.toMatchObject({ name: "ConditionalCheckFailedException" });
});

test("a table is in its Region only", async () => {
  const elsewhere = new DynamoDBClient({ ...sdkConfig(server.url), region: "eu-west-1" });
  const get = new GetItemCommand({ TableName, Key: item("a") });
  await expect(elsewhere.send(get)).rejects.toMatchObject({ name: "ResourceNotFoundException" });
});

test("IAM sees the table, and the index where one is queried", () => {
  const needs = (operation: string, input: unknown) =>
    database.service.needs?.(
      anAwsCall({
        service: "dynamodb",
        headers: { "x-amz-target": `DynamoDB_20120810.${operation}` },
        body: Buffer.from(JSON.stringify(input)),
      }),
    );
  const table = "arn:aws:dynamodb:us-east-1:111122223333:table/portcullis-ledger";
  expect(needs("GetItem", { TableName })).toEqual([{ action: "dynamodb:GetItem", resource: table }]);
  expect(needs("Query", { TableName, IndexName: "active" })).toEqual([
    { action: "dynamodb:Query", resource: `${table}/index/active` },
  ]);
});

// Each round it is stopped some turns of the event loop later.
test("who stops it while it works hears of nothing that it throws", async () => {
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  for (let turns = 0; turns < 30; turns += 4) {
    const dynalite = await startDynalite();
    await createLedgerTable(TableName, sdkConfig(dynalite.url));
    const other = new DynamoDBClient(sdkConfig(dynalite.url));
    const get = () => other.send(new GetItemCommand({ TableName, Key: item("a") }));
    const ends = Promise.allSettled(Array.from({ length: 20 }, get));
    for (let passed = 0; passed < turns; passed += 1) await turn();
    await dynalite.stop();
    await ends;
    other.destroy();
  }
});
