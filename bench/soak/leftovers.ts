/** What must not be there when a soak is over: each finding in words. */
import { type LedgerTable, ledgerTable } from "../../functions/block/aws/dynamodb-items.ts";
import { dynamoDbLedger } from "../../functions/block/aws/dynamodb-ledger.ts";
import { dynamoDbOutbox } from "../../functions/block/aws/dynamodb-outbox.ts";
import { dynamoDbSetStates } from "../../functions/block/aws/dynamodb-set-states.ts";
import { dynamoDbLeases } from "../../functions/detect/aws/dynamodb-leases.ts";
import { type Ban, type Target, targets } from "../../functions/domain/ban.ts";
import { overlaps, parseCidr } from "../../functions/domain/cidr.ts";
import type { IpSets } from "../../functions/domain/environment.ts";
import { MINUTE } from "../../functions/domain/instant.ts";
import type { World } from "../../local/world.ts";
import { clientConfig } from "./client-config.ts";

const LATE = 2 * MINUTE;

export async function leftoversIn(world: World): Promise<string[]> {
  const { names, clock, executions, deadLetters } = world;
  const table = ledgerTable(names.ledgerTable, clientConfig(world));
  const now = clock.now();
  const active = await dynamoDbLedger(table).activeBans();
  const overdue = active.filter(({ expiresAt }) => Date.parse(expiresAt) < now - LATE);
  const running = executions.all().filter(({ status }) => status === "RUNNING");
  const leases = await dynamoDbLeases(names.ledgerTable, table).readAll();
  const held = leases.filter(({ owner, expiresAt }) => owner !== null && expiresAt > now);
  const kept = await dynamoDbOutbox(table).waiting();
  const pending = await pendingWrites(world, table);
  return [
    ...overdue.map(({ source, expiresAt }) => `the ban of ${source} was over at ${expiresAt}`),
    ...running.map(({ name, machine }) => `the execution ${name} of ${machine.name} runs`),
    ...held.map(({ category, owner }) => `${owner} holds the lease of ${category}`),
    ...kept.map(({ id }) => `the notice ${id} was not sent`),
    ...pending,
    ...targets.flatMap((target) => differences(world, active, target)),
    ...deadLetters.list().map(({ from, errorCode }) => `dead letter of ${from}: ${errorCode}`),
  ];
}

/** Whether an execution runs at this moment. */
export function isBusy({ executions }: World): boolean {
  return executions.all().some(({ status }) => status === "RUNNING");
}

/** A write of a set that was never known to have ended. */
async function pendingWrites({ names }: World, table: LedgerTable): Promise<string[]> {
  const states = dynamoDbSetStates(table);
  const found: string[] = [];
  for (const target of targets)
    for (const name of autoSets(names.ipSets, target))
      if ((await states.getSetState(target, name))?.pendingSince)
        found.push(`a write of ${name} at the ${target} is pending`);
  return found;
}

/** The sets of a target hold whom the ledger bans there and nobody else. */
function differences({ ipSets, names }: World, bans: readonly Ban[], target: Target): string[] {
  const wanted = bans.filter(({ targets: at }) => at.includes(target)).map(({ source }) => source);
  const scope = target === "edge" ? "CLOUDFRONT" : "REGIONAL";
  const shardNames = autoSets(names.ipSets, target);
  const shards = ipSets.filter((set) => set.scope === scope && shardNames.includes(set.name));
  const absent = wanted.filter((source) => !shards.some((set) => set.has(source.split("/", 1)[0] ?? "")));
  const strangers = shards
    .flatMap(({ addresses }) => addresses)
    .filter((line) => !wanted.some((source) => meet(source, line)));
  return [
    ...absent.map((source) => `${source} is banned at the ${target} and in no set`),
    ...strangers.map((line) => `a set of the ${target} holds ${line}, whom nothing bans`),
  ];
}

function meet(one: string, other: string): boolean {
  const [a, b] = [parseCidr(one), parseCidr(other)];
  return a !== null && b !== null && overlaps(a, b);
}

function autoSets(sets: IpSets, target: Target): readonly string[] {
  const auto = sets[target]?.auto;
  return [...(auto?.v4 ?? []), ...(auto?.v6 ?? [])];
}
