/** Bans in the ledger table: `BAN#<source>`, indexed by run (`RUN#<runId>`) and, while active, by expiry. */
import { type Ban, banSchema } from "../../domain/ban.ts";
import { DAY, type Instant, toIso } from "../../domain/instant.ts";
import type { BanStore } from "../ports.ts";
import {
  documentIn,
  type Item,
  type Key,
  keyOf,
  type LedgerTable,
  numeric,
  onVersion,
  textual,
} from "./dynamodb-items.ts";

/** A released ban is remembered for strikes and people; then TTL collects it. */
const REMEMBERED_MS = 180 * DAY;
const ACTIVE = { index: "active", value: "ban" };

export function dynamoDbLedger(table: LedgerTable): BanStore {
  return {
    async getBan(source) {
      const item = await table.get(banKey(source));
      return item && banOf(item);
    },
    async getBans(sources) {
      const items = await table.getMany([...new Set(sources)].map(banKey));
      return new Map(items.map(banOf).map((ban) => [ban.source, ban]));
    },
    async activeBans() {
      return (await table.query(activeQuery())).map(banOf);
    },
    async bansDue(now) {
      return (await table.query(activeQuery(now))).map(banOf);
    },
    putBan: (ban) => table.put(itemOf(ban), onVersion(ban.version)),
    async indexRun(runId, source) {
      await table.put({ ...keyOf({ pk: `RUN#${runId}`, sk: `BAN#${source}` }), source: textual(source) });
    },
    async sourcesOfRun(runId) {
      const items = await table.query({
        KeyConditionExpression: "pk = :pk and begins_with(sk, :ban)",
        ExpressionAttributeValues: { ":pk": textual(`RUN#${runId}`), ":ban": textual("BAN#") },
        ConsistentRead: true,
      });
      return items.flatMap((item) => item["source"]?.S ?? []);
    },
    async markUndone(runId, by, at) {
      await table.put({ ...keyOf(undoneKey(runId)), by: textual(by), at: textual(toIso(at)) });
    },
    async undoneAt(runId) {
      const item = await table.get(undoneKey(runId));
      return item && Date.parse(item["at"]?.S ?? "");
    },
  };
}

function undoneKey(runId: string): Key {
  return { pk: `RUN#${runId}`, sk: "UNDONE" };
}

function banKey(source: string): Key {
  return { pk: `BAN#${source}`, sk: "BAN" };
}

/** The index is sparse: only an item that has `active` stands in it. */
function itemOf(ban: Ban): Item {
  const active = ban.status === "active";
  return {
    ...keyOf(banKey(ban.source)),
    ...(active && { active: textual(ACTIVE.value) }),
    expiresAt: textual(ban.expiresAt),
    version: numeric(ban.version),
    ...(!active && { ttl: numeric(Math.floor((Date.parse(ban.expiresAt) + REMEMBERED_MS) / 1000)) }),
    doc: textual(JSON.stringify(ban)),
  };
}

function banOf(item: Item): Ban {
  return documentIn(banSchema, item);
}

function activeQuery(dueAt?: Instant) {
  return {
    IndexName: ACTIVE.index,
    KeyConditionExpression: dueAt === undefined ? "active = :ban" : "active = :ban and expiresAt <= :now",
    ExpressionAttributeValues: {
      ":ban": textual(ACTIVE.value),
      ...(dueAt !== undefined && { ":now": textual(toIso(dueAt)) }),
    },
  };
}
