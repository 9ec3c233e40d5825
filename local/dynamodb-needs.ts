/** What IAM is asked for a call of DynamoDB: each table or index, and the partition keys that the call names. */
import * as z from "zod";

import { jsonBody, targetOf } from "./aws-wire.ts";
import type { AwsCall, Permission } from "./ports.ts";
import type { Resource } from "./template.ts";

const item = z.record(z.string(), z.unknown());
const oneTable = z.object({
  TableName: z.string(),
  IndexName: z.string().optional(),
  Key: item.optional(),
  Item: item.optional(),
});
const manyTables = z.object({ RequestItems: z.record(z.string(), z.object({ Keys: z.array(item) })) });

/** Queries and scans name no single key here: a condition on leading keys then holds only if it needs none. */
export function dynamoDbNeeds(call: AwsCall, tables: readonly Resource[]): Permission[] {
  const action = `dynamodb:${targetOf(call)}`;
  const body = jsonBody(call);
  const need = (name: string, items: readonly z.infer<typeof item>[], index?: string): Permission => {
    const table = tables.find((each) => each.name === name || each.arn === name);
    const arn = table?.arn ?? name;
    return {
      action,
      resource: index === undefined ? arn : `${arn}/index/${index}`,
      ...(items.length > 0 && { values: { "dynamodb:LeadingKeys": items.map((each) => leadingKey(each, table)) } }),
    };
  };
  const many = manyTables.safeParse(body);
  if (many.success) return Object.entries(many.data.RequestItems).map(([name, { Keys }]) => need(name, Keys));
  const one = oneTable.safeParse(body);
  if (!one.success) return [{ action, resource: null }];
  const { TableName, IndexName, Key, Item } = one.data;
  return [
    need(
      TableName,
      [Key, Item].filter((each) => each !== undefined),
      IndexName,
    ),
  ];
}

const keySchema = z.array(z.object({ AttributeName: z.string(), KeyType: z.string() }));
const value = z.record(z.string(), z.string());

function leadingKey(keys: z.infer<typeof item>, table: Resource | undefined): string {
  const schema = keySchema.safeParse(table?.properties["KeySchema"]);
  const name = schema.data?.find(({ KeyType }) => KeyType === "HASH")?.AttributeName ?? "";
  return Object.values(value.safeParse(keys[name]).data ?? {})[0] ?? "";
}
