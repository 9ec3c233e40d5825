/** What a soak uses of the machine and of the account, sampled as it goes. */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type AttributeValue, DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";

import type { Instant } from "../../functions/domain/instant.ts";
import type { World } from "../../local/world.ts";
import { clientConfig } from "./client-config.ts";

export interface Sample {
  readonly at: Instant;
  /** Calls of people and attackers so far. */
  readonly calls: number;
  readonly heapMb: number;
  /** What AWS keeps as well, for weeks: histories of executions and mails, as text. */
  readonly historyMb: number;
  readonly rssMb: number;
  /** Objects of S3, logs above all. */
  readonly s3Mb: number;
  readonly temporaryFiles: number;
  readonly items: number;
  /** Items of the ledger's table that DynamoDB will never drop by itself. */
  readonly lastingItems: number;
  readonly sockets: number;
}

export interface Folders {
  readonly world: string;
  readonly temporary: string;
}

setFlagsFromString("--expose-gc");
const collect: () => void = runInNewContext("gc");

export async function takeSample(world: World, calls: number, folders: Folders): Promise<Sample> {
  const items = await allItems(world);
  collect();
  const { heapUsed, rss } = process.memoryUsage();
  return {
    ...{ at: world.clock.now(), calls, heapMb: megabytes(heapUsed), rssMb: megabytes(rss) },
    historyMb: megabytes(historyBytes(world)),
    s3Mb: megabytes(bytesBelow(folders.world)),
    temporaryFiles: readdirSync(folders.temporary).length,
    items: items.length,
    lastingItems: items.filter((item) => item["ttl"] === undefined).length,
    sockets: process.getActiveResourcesInfo().filter((kind) => kind === "TCPSocketWrap").length,
  };
}

function historyBytes({ executions, sns }: World): number {
  const kept = executions.all().map(({ input, output, history }) => JSON.stringify([input, output, history]).length);
  return kept.reduce((sum, length) => sum + length, JSON.stringify(sns.messages).length);
}

async function allItems(world: World): Promise<Record<string, AttributeValue>[]> {
  const client = new DynamoDBClient(clientConfig(world));
  const items: Record<string, AttributeValue>[] = [];
  let from: Record<string, AttributeValue> | undefined;
  do {
    const command = new ScanCommand({ TableName: world.names.ledgerTable, ...(from && { ExclusiveStartKey: from }) });
    const page = await client.send(command);
    items.push(...(page.Items ?? []));
    from = page.LastEvaluatedKey;
  } while (from);
  client.destroy();
  return items;
}

const megabytes = (bytes: number) => Math.round(bytes / 1e5) / 10;

function bytesBelow(folder: string): number {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce(
      (sum, entry) => sum + (statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0),
      0,
    );
}

/** Child processes, servers, threads and timers of this process, by kind. */
export function openHandles(): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}
