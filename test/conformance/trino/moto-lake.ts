/** moto's Glue and S3 with the tables and the objects of a deployment, for Trino to read. */
import { gunzipSync, gzipSync } from "node:zlib";

import * as z from "zod";

import type { ObjectStore } from "../../../local/s3.ts";
import type { Assembly, Resource } from "../../../local/template.ts";
import { bucketsOf } from "./lake.ts";

const tableSchema = z.object({
  DatabaseName: z.string(),
  TableInput: z.looseObject({
    Name: z.string(),
    StorageDescriptor: z.looseObject({ InputFormat: z.string(), Location: z.string() }),
  }),
});
type Table = z.infer<typeof tableSchema>;

const TRAIL_INPUT = "com.amazon.emr.cloudtrail.CloudTrailInputFormat";

/** The template's tables in moto, as it has them but for one format; gives their database. */
export async function createTables(assembly: Assembly, moto: string): Promise<string> {
  const tables = tablesOf(assembly);
  const databases = [...new Set(tables.map(({ DatabaseName }) => DatabaseName))];
  for (const Name of databases) await glue(moto, "CreateDatabase", { DatabaseInput: { Name } });
  for (const { DatabaseName, TableInput } of tables)
    await glue(moto, "CreateTable", { DatabaseName, TableInput: readableByTrino(TableInput) });
  for (const bucket of bucketsOf(assembly)) await s3(moto, bucket);
  if (databases.length !== 1) throw new Error(`one database is expected, not ${databases}`);
  return databases[0] ?? "";
}

function tablesOf(assembly: Assembly): Table[] {
  return assembly.ofType("AWS::Glue::Table").map(({ properties }: Resource) => tableSchema.parse(properties));
}

/**
 * CloudTrail's format is Amazon's own and Trino does not know it: columns, partitions and location stay, the
 * records come one a line (see `trailLines`).
 */
function readableByTrino(input: Table["TableInput"]): Table["TableInput"] {
  const { StorageDescriptor } = input;
  if (StorageDescriptor.InputFormat !== TRAIL_INPUT) return input;
  return {
    ...input,
    StorageDescriptor: {
      ...StorageDescriptor,
      InputFormat: "org.apache.hadoop.mapred.TextInputFormat",
      SerdeInfo: { SerializationLibrary: "org.openx.data.jsonserde.JsonSerDe", Parameters: {} },
    },
  };
}

/** Copies the objects that moto does not have yet, and notes their sizes there by `bucket/key`. */
export async function copyObjects(
  { assembly, store, moto }: { assembly: Assembly; store: ObjectStore; moto: string },
  copied: Map<string, number>,
): Promise<void> {
  const trails = tablesOf(assembly)
    .map(({ TableInput }) => TableInput.StorageDescriptor)
    .filter(({ InputFormat }) => InputFormat === TRAIL_INPUT);
  for (const bucket of bucketsOf(assembly))
    for (const { key } of store.list(bucket)) {
      const path = `${bucket}/${key}`;
      if (copied.has(path)) continue;
      const isTrail = trails.some(({ Location }) => `s3://${path}`.startsWith(Location));
      const stored = store.get(bucket, key) ?? Buffer.alloc(0);
      const body = isTrail ? trailLines(stored) : stored;
      await s3(moto, path, body);
      copied.set(path, body.length);
    }
}

function trailLines(body: Buffer): Buffer {
  const { Records } = z.object({ Records: z.array(z.unknown()) }).parse(JSON.parse(gunzipSync(body).toString()));
  return gzipSync(Records.map((record) => `${JSON.stringify(record)}\n`).join(""));
}

async function s3(moto: string, path: string, body?: Buffer): Promise<void> {
  await checked(
    await fetch(`${moto}/${path}`, { method: "PUT", ...(body ? { body: new Uint8Array(body) } : {}) }),
    path,
  );
}

/** moto tells services apart by the scope of a signature, which it does not verify. */
async function glue(moto: string, operation: string, input: unknown): Promise<void> {
  const scope = "Credential=test/20260301/us-east-1/glue/aws4_request";
  const headers = {
    authorization: `AWS4-HMAC-SHA256 ${scope}, SignedHeaders=host, Signature=0`,
    "x-amz-target": `AWSGlue.${operation}`,
    "content-type": "application/x-amz-json-1.1",
  };
  await checked(await fetch(moto, { method: "POST", headers, body: JSON.stringify(input) }), operation);
}

async function checked(response: Response, what: string): Promise<void> {
  const text = await response.text();
  if (!response.ok) throw new Error(`moto: ${what}: HTTP ${response.status} ${text}`);
}
