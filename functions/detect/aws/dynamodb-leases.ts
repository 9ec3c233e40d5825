/** Leases in the ledger table: `pk` `LEASE#<category>`, `sk` `LEASE`, one conditional put a change. */
import * as z from "zod";

import { type Item, type Key, keyOf, ledgerTable, onVersion } from "../../block/aws/dynamodb-items.ts";
import { ALL_CATEGORIES, publicCategories } from "../../domain/deployment.ts";
import { runEndings } from "../../domain/run.ts";
import type { AllLeases, Lease, Leases } from "../lease.ts";

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

export function dynamoDbLeases(table: string, ledger = ledgerTable(table)): Leases & AllLeases {
  return {
    async read(category) {
      const item = await ledger.get(keysOf(category));
      return item && leaseOf(item);
    },
    async readAll() {
      const items = await ledger.getMany([...Object.keys(publicCategories), ALL_CATEGORIES].map(keysOf));
      return items.map(leaseOf);
    },
    write: (lease) => ledger.put(itemOf(lease), onVersion(lease.version)),
  };
}

function keysOf(category: string): Key {
  return { pk: `LEASE#${category}`, sk: "LEASE" };
}

function itemOf(lease: Lease): Item {
  return {
    ...keyOf(keysOf(lease.category)),
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

function leaseOf(item: Item): Lease {
  const { owner, leasedUntil, lastEnd, ...lease } = itemSchema.parse(item);
  return { ...lease, owner: owner ?? null, expiresAt: leasedUntil, ...(lastEnd && { lastEnd }) };
}
