/** Leases in the ledger table: `pk` `LEASE#<category>`, `sk` `LEASE`, one conditional put a change. */
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from "@aws-sdk/client-dynamodb";
import * as z from "zod";

import { patience } from "../../block/aws/patience.ts";
import { retryable } from "../../block/aws/retryable.ts";
import { runEndings } from "../../domain/run.ts";
import type { Lease, Leases } from "../lease.ts";

const text = z.object({ S: z.string() }).transform(({ S }) => S);
const number = z.object({ N: z.string() }).transform(({ N }) => Number(N));

const endSchema = z
  .object({
    ...{ owner: z.string(), fence: z.number(), reason: z.string() },
    ending: z.enum(runEndings).exactOptional(),
    burning: z.array(z.string()).exactOptional(),
  })
  .readonly();

const itemSchema = z.object({
  category: text,
  owner: text.optional(),
  fence: number,
  leasedUntil: number,
  version: number,
  alarms: z
    .object({ L: z.array(z.object({ M: z.object({ name: text, region: text, at: number }) })) })
    .transform(({ L }) => L.map(({ M }) => M)),
  lastEnd: text.transform((json) => endSchema.parse(JSON.parse(json))).optional(),
});

export function dynamoDbLeases(table: string, client = new DynamoDBClient(patience)): Leases {
  const send = retryable(table);
  return {
    async read(category) {
      const command = new GetItemCommand({ TableName: table, Key: keyOf(category), ConsistentRead: true });
      const { Item } = await send(() => client.send(command));
      return Item ? leaseOf(Item) : null;
    },
    async write(lease) {
      const first = lease.version === 1;
      try {
        const command = new PutItemCommand({
          TableName: table,
          Item: itemOf(lease),
          ConditionExpression: first ? "attribute_not_exists(pk)" : "version = :before",
          ...(first ? {} : { ExpressionAttributeValues: { ":before": { N: String(lease.version - 1) } } }),
        });
        await send(() => client.send(command));
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
    // Not `expiresAt`: that is a key of the index `active`, which takes text only, in items of any kind.
    leasedUntil: { N: String(lease.expiresAt) },
    version: { N: String(lease.version) },
    alarms: {
      L: lease.alarms.map(({ name, region, at }) => ({
        M: { name: { S: name }, region: { S: region }, at: { N: String(at) } },
      })),
    },
    ...(lease.lastEnd && { lastEnd: { S: JSON.stringify(lease.lastEnd) } }),
  };
}

function leaseOf(item: Record<string, AttributeValue>): Lease {
  const { owner, leasedUntil, lastEnd, ...lease } = itemSchema.parse(item);
  return { ...lease, owner: owner ?? null, expiresAt: leasedUntil, ...(lastEnd && { lastEnd }) };
}
