/** The outbox in the ledger table: `pk` `OUTBOX`, `sk` the notice's id. What was sent is marked, and TTL collects it. */
import * as z from "zod";

import { DAY, type Instant, SECOND, toIso } from "../../domain/instant.ts";
import type { KeptNotice, Outbox, WaitingNotice } from "../ports.ts";
import { documentIn, type Item, keyOf, type LedgerTable, numeric, textual } from "./dynamodb-items.ts";

const WAITS_MS = 14 * DAY;
/** So long the same notice is not kept again. */
const SENT_MS = 2 * DAY;

const text = z.string();
const keptSchema = z.object({
  id: text,
  at: z.number(),
  notice: z.object({
    subject: text,
    text,
    chat: z.object({
      version: z.literal("1.0"),
      source: z.literal("custom"),
      content: z.object({ textType: z.literal("client-markdown"), title: text, description: text }),
      metadata: z.object({ threadId: text, summary: text }),
    }),
  }),
});

export function dynamoDbOutbox(table: LedgerTable): Outbox {
  return {
    async keep(kept) {
      await table.put(itemOf(kept), { expression: "attribute_not_exists(pk)" });
    },
    async waiting() {
      const items = await table.query({
        KeyConditionExpression: "pk = :outbox",
        FilterExpression: "attribute_not_exists(sentAt)",
        ExpressionAttributeValues: { ":outbox": textual("OUTBOX") },
        ConsistentRead: true,
      });
      return items.map(waitingIn).sort((a, b) => a.at - b.at);
    },
    take({ takenAt, ...kept }, at) {
      const item = { ...itemOf(kept), takenAt: numeric(at) };
      const unsent = "attribute_exists(pk) and attribute_not_exists(sentAt)";
      return table.put(
        item,
        takenAt === null
          ? { expression: `${unsent} and attribute_not_exists(takenAt)` }
          : { expression: `${unsent} and takenAt = :seen`, values: { ":seen": numeric(takenAt) } },
      );
    },
    async sent(id, at) {
      // Without its text: a mail may hold a link, and who has one can decide.
      await table.put({ ...outboxKey(id), sentAt: textual(toIso(at)), ttl: ttlOf(at + SENT_MS) });
    },
  };
}

function itemOf(kept: KeptNotice): Item {
  return { ...outboxKey(kept.id), doc: textual(JSON.stringify(kept)), ttl: ttlOf(kept.at + WAITS_MS) };
}

function waitingIn(item: Item): WaitingNotice {
  return { ...documentIn(keptSchema, item), takenAt: item["takenAt"] ? Number(item["takenAt"].N) : null };
}

function outboxKey(id: string) {
  return keyOf({ pk: "OUTBOX", sk: id });
}

function ttlOf(at: Instant) {
  return numeric(Math.floor(at / SECOND));
}
