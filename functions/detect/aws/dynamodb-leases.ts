/** Leases in the ledger table: `pk` `LEASE#<category>`, `sk` `LEASE`, one conditional put a change. */
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from "@aws-sdk/client-dynamodb";
import * as z from "zod";

import type { Lease, Leases } from "../lease.ts";

const text = z.object({ S: z.string() }).transform(({ S }) => S);
const number = z.object({ N: z.string() }).transform(({ N }) => Number(N));

const itemSchema = z.object({
  category: text,
  owner: text.optional(),
  fence: number,
  expiresAt: number,
  version: number,
  alarms: z
    .object({ L: z.array(z.object({ M: z.object({ name: text, region: text, at: number }) })) })
    .transform(({ L }) => L.map(({ M }) => M)),
});

export function dynamoDbLeases(table: string, client = new DynamoDBClient({})): Leases {
  return {
    async read(category) {
      const { Item } = await client.send(
        new GetItemCommand({ TableName: table, Key: keyOf(category), ConsistentRead: true }),
      );
      return Item ? leaseOf(Item) : null;
    },
    async write(lease) {
      const first = lease.version === 1;
      try {
        await client.send(
          new PutItemCommand({
            TableName: table,
            Item: itemOf(lease),
            ConditionExpression: first ? "attribute_not_exists(pk)" : "version = :before",
            ...(first ? {} : { ExpressionAttributeValues: { ":before": { N: String(lease.version - 1) } } }),
          }),
        );
        return true;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return false;
        throw error;
      }
    },
  };
}

function keyOf(category: string): Record<string, AttributeValue> {
  return { pk: { S: `LEASE#${category}` }, sk: { S: "LEASE" } };
}

function itemOf(lease: Lease): Record<string, AttributeValue> {
  return {
    ...keyOf(lease.category),
    category: { S: lease.category },
    ...(lease.owner === null ? {} : { owner: { S: lease.owner } }),
    fence: { N: String(lease.fence) },
    expiresAt: { N: String(lease.expiresAt) },
    version: { N: String(lease.version) },
    alarms: {
      L: lease.alarms.map(({ name, region, at }) => ({
        M: { name: { S: name }, region: { S: region }, at: { N: String(at) } },
      })),
    },
  };
}

function leaseOf(item: Record<string, AttributeValue>): Lease {
  const { owner, ...lease } = itemSchema.parse(item);
  return { ...lease, owner: owner ?? null };
}
