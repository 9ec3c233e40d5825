/** The record of decisions (`LOG#<day>`), the mode (`MODE`) and the hourly counter (`HOUR#<category>#<hour>`). */
import { UpdateItemCommand } from "@aws-sdk/client-dynamodb";

import { modeSchema } from "../../domain/ban.ts";
import { DAY, HOUR, type Instant, toIso } from "../../domain/instant.ts";
import type { ControlStore } from "../ports.ts";
import { type Item, keyOf, type LedgerTable, numeric, textual } from "./dynamodb-items.ts";
import { retryable } from "./retryable.ts";

const RECORD_KEPT_MS = 400 * DAY;

export function dynamoDbControl(table: LedgerTable): ControlStore {
  return {
    async record(decision) {
      const key = { pk: `LOG#${decision.at.slice(0, 10)}`, sk: `${decision.at}#${decision.event}#${decision.id}` };
      const ttl = numeric(Math.floor((Date.parse(decision.at) + RECORD_KEPT_MS) / 1000));
      const item = { ...keyOf(key), ttl, doc: textual(JSON.stringify(decision)) };
      await table.put(item, { expression: "attribute_not_exists(pk)" });
    },
    async mode() {
      const item = await table.get({ pk: "MODE", sk: "MODE" });
      return item && modeSchema.parse(item["mode"]?.S);
    },
    async setMode(mode, by, at) {
      const said = { mode: textual(mode), by: textual(by), at: textual(toIso(at)) };
      await table.put({ ...keyOf({ pk: "MODE", sk: "MODE" }), ...said });
    },
    async bansInHour(category, now, round) {
      const items = await Promise.all([now, now - HOUR].map((at) => table.get(hourKey(category, at))));
      return items.flatMap((item) => countsIn(item, now, round)).reduce((sum, count) => sum + count, 0);
    },
    async countBans(category, round, at, bans) {
      // One attribute a round, set and not added to: a retry counts once.
      const command = new UpdateItemCommand({
        TableName: table.name,
        Key: keyOf(hourKey(category, at)),
        UpdateExpression: "SET #round = :count, #ttl = :ttl",
        ExpressionAttributeNames: { "#round": `${ROUND}${round}`, "#ttl": "ttl" },
        ExpressionAttributeValues: {
          ":count": textual(`${at} ${bans}`),
          ":ttl": numeric(Math.floor((at + DAY) / 1000)),
        },
      });
      await retryable(table.name)(() => table.client.send(command));
    },
  };
}

const ROUND = "round:";

function hourKey(category: string, at: Instant) {
  return { pk: `HOUR#${category}#${toIso(at).slice(0, 13)}`, sk: "COUNT" };
}

function countsIn(item: Item | null, now: Instant, round: string): number[] {
  return Object.entries(item ?? {}).flatMap(([name, value]) => {
    if (!name.startsWith(ROUND) || name === `${ROUND}${round}`) return [];
    const [at = 0, bans = 0] = (value.S ?? "").split(" ").map(Number);
    return at > now - HOUR ? [bans] : [];
  });
}
