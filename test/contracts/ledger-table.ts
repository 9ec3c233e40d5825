import { CreateTableCommand, DynamoDBClient, type DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";

/** Creates the ledger table with the keys and the index of the template. */
export async function createLedgerTable(name: string, config: DynamoDBClientConfig): Promise<void> {
  const client = new DynamoDBClient(config);
  const attribute = (AttributeName: string) => ({ AttributeName, AttributeType: "S" as const });
  const keys = (hash: string, range: string) => [
    { AttributeName: hash, KeyType: "HASH" as const },
    { AttributeName: range, KeyType: "RANGE" as const },
  ];
  await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: ["pk", "sk", "active", "expiresAt"].map(attribute),
      KeySchema: keys("pk", "sk"),
      GlobalSecondaryIndexes: [
        { IndexName: "active", KeySchema: keys("active", "expiresAt"), Projection: { ProjectionType: "ALL" } },
      ],
    }),
  );
  client.destroy();
}
