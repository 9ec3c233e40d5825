/** Single-item reads and writes of the ledger table, as the adapters of this folder share them. */
import {
  type AttributeValue,
  BatchGetItemCommand,
  type BatchGetItemCommandOutput,
  ConditionalCheckFailedException,
  DynamoDBClient,
  type DynamoDBClientConfig,
  GetItemCommand,
  type KeysAndAttributes,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
} from "@aws-sdk/client-dynamodb";
import type * as z from "zod";

import { patience } from "./patience.ts";
import { retryable } from "./retryable.ts";

export type Item = Record<string, AttributeValue>;
export interface Key {
  readonly pk: string;
  readonly sk: string;
}

export interface Condition {
  readonly expression: string;
  readonly names?: Record<string, string>;
  readonly values?: Item;
}

export type LedgerTable = ReturnType<typeof ledgerTable>;

/** Every call is atomic by itself; nothing here needs a transaction. */
export function ledgerTable(table: string, config: DynamoDBClientConfig = {}) {
  const client = new DynamoDBClient({ ...patience, ...config });
  const send = retryable(table);
  return {
    name: table,
    client,
    async get(key: Key): Promise<Item | null> {
      const command = new GetItemCommand({ TableName: table, Key: keyOf(key), ConsistentRead: true });
      return (await send(() => client.send(command))).Item ?? null;
    },
    /** False if the condition did not hold. */
    async put(item: Item, condition?: Condition): Promise<boolean> {
      const command = new PutItemCommand({ TableName: table, Item: item, ...conditionInput(condition) });
      return send(() => held(client.send(command)));
    },
    query(input: Omit<QueryCommandInput, "TableName">): Promise<Item[]> {
      return send(() => queryAll(client, { ...input, TableName: table }));
    },
    getMany(keys: readonly Key[]): Promise<Item[]> {
      return send(() => batchGet(client, table, keys));
    },
  };
}

export interface ConditionInput {
  ConditionExpression?: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Item;
}

export function conditionInput(condition: Condition | undefined): ConditionInput {
  if (!condition) return {};
  return {
    ConditionExpression: condition.expression,
    ...(condition.names && { ExpressionAttributeNames: condition.names }),
    ...(condition.values && { ExpressionAttributeValues: condition.values }),
  };
}

/** The write goes through only onto the version before this one; version 1 only where nothing is yet. */
export function onVersion(version: number): Condition {
  if (version === 1) return { expression: "attribute_not_exists(pk)" };
  return { expression: "version = :before", values: { ":before": numeric(version - 1) } };
}

export function keyOf({ pk, sk }: Key): Item {
  return { pk: textual(pk), sk: textual(sk) };
}

export function textual(value: string): AttributeValue {
  return { S: value };
}

export function numeric(value: number): AttributeValue {
  return { N: String(value) };
}

/** The document in an item's `doc`, checked; an item that another version wrote in another shape is no surprise but an error. */
export function documentIn<T>(schema: z.ZodType<T>, item: Item): T {
  return schema.parse(JSON.parse(item["doc"]?.S ?? "null"));
}

/** True if the write went through, false if its condition did not hold. */
export async function held(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

async function queryAll(client: DynamoDBClient, input: QueryCommandInput): Promise<Item[]> {
  const items: Item[] = [];
  let from: Item | undefined;
  do {
    const page = await client.send(new QueryCommand({ ...input, ...(from && { ExclusiveStartKey: from }) }));
    items.push(...(page.Items ?? []));
    from = page.LastEvaluatedKey;
  } while (from);
  return items;
}

const BATCH = 100;

async function batchGet(client: DynamoDBClient, table: string, keys: readonly Key[]): Promise<Item[]> {
  const items: Item[] = [];
  for (let start = 0; start < keys.length; start += BATCH) {
    let rest: Record<string, KeysAndAttributes> | undefined = {
      [table]: { Keys: keys.slice(start, start + BATCH).map(keyOf), ConsistentRead: true },
    };
    // What a page has no room for comes back unprocessed.
    while (rest?.[table]?.Keys?.length) {
      const page: BatchGetItemCommandOutput = await client.send(new BatchGetItemCommand({ RequestItems: rest }));
      items.push(...(page.Responses?.[table] ?? []));
      rest = page.UnprocessedKeys;
    }
  }
  return items;
}
