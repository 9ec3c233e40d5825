/**
 * Sees what comes of it all: whom the ledger bans and whether rightly, when an attack met its first ban, when a ban that was over left
 * the IP sets. Reads the ledger whenever a set was written, and each minute in which a ban ought to be over.
 */
import { ledgerTable } from "../../functions/block/aws/dynamodb-items.ts";
import { dynamoDbLedger } from "../../functions/block/aws/dynamodb-ledger.ts";
import type { Ban } from "../../functions/domain/ban.ts";
import { type Instant, MINUTE } from "../../functions/domain/instant.ts";
import type { World, WorldEvent } from "../../local/world.ts";
import { clientConfig } from "./client-config.ts";
import type { Truths } from "./truths.ts";

export interface SeenBan {
  readonly source: string;
  readonly at: Instant;
  readonly of: "attack" | "by-hand" | "benign";
  readonly origin: string;
  /** In words, as the ledger gives them. */
  readonly reasons: readonly string[];
  /** When it ought to have ended, as the ledger said last. */
  expiresAt: Instant;
  /** When no set held it any more. */
  leftAt: Instant | null;
}

export interface Witness {
  readonly bans: readonly SeenBan[];
  /** When the first source of an attack stood in the sets. */
  readonly blockedAt: ReadonlyMap<string, Instant>;
  look(): Promise<void>;
}

export function createWitness(world: World, truths: Truths): Witness {
  const { clock, names, ipSets } = world;
  const ledger = dynamoDbLedger(ledgerTable(names.ledgerTable, clientConfig(world)));
  const shards = new Set(
    Object.values(names.ipSets).flatMap((sets) => (sets ? [...sets.auto.v4, ...sets.auto.v6] : [])),
  );
  const bans: SeenBan[] = [];
  const open = new Map<string, SeenBan>();
  const blockedAt = new Map<string, Instant>();
  const isHeld = (source: string) => {
    const address = source.split("/", 1)[0] ?? "";
    return ipSets.some((set) => shards.has(set.name) && set.has(address));
  };

  function note(ban: Ban): void {
    const known = open.get(ban.source);
    if (known) known.expiresAt = Date.parse(ban.expiresAt);
    else if (isHeld(ban.source)) begin(ban);
  }

  function begin(ban: Ban): void {
    const claims = Object.values(ban.claims);
    const origin = [...new Set(claims.map((claim) => claim.origin))].join("+");
    const reasons = claims.flatMap((claim) => claim.reasons.map(({ detection, text }) => `${detection}: ${text}`));
    const { label, attacks } = truths.of(ban.source);
    const expiresAt = Date.parse(ban.expiresAt);
    const seen: SeenBan = { source: ban.source, at: clock.now(), of: label, origin, reasons, expiresAt, leftAt: null };
    open.set(ban.source, seen);
    bans.push(seen);
    for (const attack of attacks) if (!blockedAt.has(attack)) blockedAt.set(attack, clock.now());
  }

  function close(): void {
    for (const [source, ban] of open) {
      if (isHeld(source)) continue;
      ban.leftAt = clock.now();
      open.delete(source);
    }
  }

  async function look(): Promise<void> {
    for (const ban of await ledger.activeBans()) note(ban);
    close();
  }

  function tick(): Promise<void> | void {
    clock.at(clock.now() + MINUTE, tick);
    const isDue = [...open.values()].some(({ expiresAt }) => expiresAt <= clock.now());
    return isDue ? look() : undefined;
  }
  clock.at(clock.now() + MINUTE / 2, tick);
  world.on((event) => {
    if (isSetWritten(event)) void clock.during(look);
  });
  return { bans, blockedAt, look };
}

function isSetWritten(event: WorldEvent): boolean {
  if (event.kind !== "api" || event.answer.status !== 200) return false;
  return event.call.headers["x-amz-target"]?.endsWith(".UpdateIPSet") ?? false;
}
