/** The record of decisions (`LOG#<day>`), the mode (`MODE`) and the hourly counters (`HOUR#<category>#<hour>`, `LOCKOUTS`). */
import { UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import * as z from "zod";

import { modeSchema } from "../../domain/ban.ts";
import { DAY, HOUR, type Instant, toIso } from "../../domain/instant.ts";
import type { ControlStore } from "../ports.ts";
import { documentIn, type Item, keyOf, type LedgerTable, numeric, onVersion, textual } from "./dynamodb-items.ts";
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
    bansInHour: (category, now, round) => sumOfHour(table, `HOUR#${category}`, now, round),
    countBans: (category, round, at, bans) => countInHour(table, `HOUR#${category}`, at, [round, bans]),
    async lockoutCount() {
      const item = await table.get(LOCKOUTS);
      return item ? documentIn(lockoutSchema, item) : { decisions: {}, version: 0 };
    },
    async putLockoutCount(count) {
      const doc = textual(JSON.stringify(count));
      const item = { ...keyOf(LOCKOUTS), version: numeric(count.version), doc };
      return table.put(item, onVersion(count.version));
    },
  };
}

const LOCKOUTS = { pk: "LOCKOUTS", sk: "COUNT" };
const lockoutSchema = z.strictObject({
  decisions: z.record(z.string(), z.strictObject({ at: z.number(), users: z.number().int() })),
  version: z.number().int(),
});
const ROUND = "round:";

/** A rolling hour lies in two items, one of each clock hour. */
async function sumOfHour(table: LedgerTable, counter: string, now: Instant, except: string): Promise<number> {
  const items = await Promise.all([now, now - HOUR].map((at) => table.get(hourKey(counter, at))));
  return items.flatMap((item) => countsIn(item, now, except)).reduce((sum, count) => sum + count, 0);
}

/** One attribute a round, set and not added to: a retry counts once. */
async function countInHour(
  table: LedgerTable,
  counter: string,
  at: Instant,
  [round, count]: readonly [string, number],
): Promise<void> {
  const command = new UpdateItemCommand({
    TableName: table.name,
    Key: keyOf(hourKey(counter, at)),
    UpdateExpression: "SET #round = :count, #ttl = :ttl",
    ExpressionAttributeNames: { "#round": `${ROUND}${round}`, "#ttl": "ttl" },
    ExpressionAttributeValues: {
      ":count": textual(`${at} ${count}`),
      ":ttl": numeric(Math.floor((at + DAY) / 1000)),
    },
  });
  await retryable(table.name)(() => table.client.send(command));
}

function hourKey(counter: string, at: Instant) {
  return { pk: `${counter}#${toIso(at).slice(0, 13)}`, sk: "COUNT" };
}

function countsIn(item: Item | null, now: Instant, round: string): number[] {
  return Object.entries(item ?? {}).flatMap(([name, value]) => {
    if (!name.startsWith(ROUND) || name === `${ROUND}${round}`) return [];
    const [at = 0, count = 0] = (value.S ?? "").split(" ").map(Number);
    return at > now - HOUR ? [count] : [];
  });
}
