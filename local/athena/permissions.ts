/** What a caller's role needs beside Athena's own actions: Athena reads the catalogue and S3 in the caller's name. */
import * as z from "zod";

import type { Permission } from "../ports.ts";
import type { GlueTable } from "./glue-table.ts";
import type { Query } from "./queries.ts";
import type { WorkGroup } from "./work-group.ts";

const requestSchema = z.looseObject({
  QueryString: z.string(),
  QueryExecutionContext: z.looseObject({ Database: z.string() }),
  WorkGroup: z.string(),
});

/**
 * The tables that a query names, their logs, and the place of its result. Nothing for a request that is none: Athena
 * refuses it by itself.
 */
export function queryNeeds(
  request: unknown,
  tables: readonly GlueTable[],
  workGroup: (name: string) => WorkGroup,
): Permission[] {
  const parsed = requestSchema.safeParse(request);
  if (!parsed.success) return [];
  const { QueryString, QueryExecutionContext, WorkGroup } = parsed.data;
  const { region, account, output } = workGroup(WorkGroup);
  const database = `arn:aws:glue:${region}:${account}:database/${QueryExecutionContext.Database}`;
  const named = tables.filter(({ name }) => new RegExp(`\\b${name}\\b`, "i").test(QueryString));
  const [, target] = /^\s*INSERT\s+INTO\s+(\w+)\s/i.exec(QueryString) ?? [];
  return [
    { action: "glue:GetDatabase", resource: database },
    ...named.filter(({ name }) => name === target).flatMap(insertNeeds),
    ...named.flatMap(({ arn, layout: { bucket, prefix } }) => [
      { action: "glue:GetTable", resource: arn },
      { action: "s3:ListBucket", resource: `arn:aws:s3:::${bucket}` },
      { action: "s3:GetObject", resource: `arn:aws:s3:::${bucket}/${prefix}object` },
    ]),
    { action: "s3:GetBucketLocation", resource: `arn:aws:s3:::${new URL(output).host}` },
    { action: "s3:PutObject", resource: `${resultsArn(output)}query.csv` },
  ];
}

/** An INSERT writes objects, and tells Glue of the partition, though a projected table does not ask Glue for any. */
function insertNeeds({ arn, layout: { bucket, prefix } }: GlueTable): Permission[] {
  return [
    { action: "glue:BatchCreatePartition", resource: arn },
    { action: "s3:PutObject", resource: `arn:aws:s3:::${bucket}/${prefix}object` },
  ];
}

/** GetQueryResults reads the result's object for the caller. */
export function resultNeeds({ id, workGroup }: Query): Permission[] {
  return [{ action: "s3:GetObject", resource: `${resultsArn(workGroup.output)}${id}.csv` }];
}

function resultsArn(output: string): string {
  return output.replace(/^s3:\/\//, "arn:aws:s3:::").replace(/\/?$/, "/");
}
