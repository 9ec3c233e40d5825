/** The account that every case begins with, and what must hold in it whatever fails. */
import { coverageOf, covers, overlapping } from "../../../functions/block/carve.ts";
import { exclusionsOf } from "../../../functions/block/guards.ts";
import { projectLedger } from "../../../functions/block/projection.ts";
import { settle } from "../../../functions/block/set-state.ts";
import type { Ban } from "../../../functions/domain/ban.ts";
import { formatCidr } from "../../../functions/domain/cidr.ts";
import { DAY, HOUR, MINUTE, SECOND, toIso } from "../../../functions/domain/instant.ts";
import { neverBlockRanges } from "../../../functions/domain/never-block.ts";
import { aBan, aClaim, cidrs } from "../builders.ts";
import type { Deployment } from "./deployment.ts";
import { humanSets } from "./environment.ts";

/** `held` stays banned throughout, `due` is over, `known` was banned before, `allowed` stands on the allow list. */
export const held = "198.51.100.7/32";
export const due = "198.51.100.9/32";
export const known = "198.51.100.11/32";
export const fresh = "198.51.100.8/32";
export const allowed = "198.51.100.70/32";
/** A person is to be asked about it: somebody got in there. */
export const doubtful = "198.51.100.12/32";

const [autoV4, autoV6] = ["auto-v4-1", "auto-v6-1"] as const;

export async function beginScene(deployment: Deployment, more: Parameters<Deployment["begin"]>[1] = {}): Promise<void> {
  // What handlers keep (prefix lists, the key of links, when they last wrote) is over by then.
  deployment.pass(2 * HOUR);
  await deployment.begin([held, due], more);
  const { ledger } = deployment;
  const now = Date.now();
  const ban = (source: string, until: number, over: Partial<Ban> = {}) =>
    aBan({
      ...{ source, targets: ["edge"], expiresAt: toIso(until), bannedAt: toIso(now - HOUR) },
      lastStrikeAt: toIso(now - HOUR),
      claims: { "run-0": aClaim({ until: toIso(until), at: toIso(now - HOUR) }) },
      ...over,
    });
  const listing = new Map([held, due].map((line) => [line, [line]]));
  const yesterday = { status: "released", releasedAt: toIso(now - DAY) } as const;
  await deployment.timed(async () => {
    await ledger.bans.putBan(ban(held, now + 6 * HOUR));
    await ledger.bans.putBan(ban(due, now - 10 * SECOND));
    await ledger.bans.putBan(ban(known, now - DAY, yesterday));
    await ledger.setStates.putSetState("edge", autoV4, settle(null, `id-of-${autoV4}`, listing));
    await ledger.setStates.putSetState("edge", autoV6, settle(null, `id-of-${autoV6}`, new Map()));
  });
}

export interface Seen {
  readonly lines: readonly string[];
  readonly bans: ReadonlyMap<string, Ban>;
}

/** What stands in the machine-owned sets and in the ledger; people's sets are looked at on the way. */
export async function look({ ledger, account, timed }: Deployment): Promise<Seen> {
  const linesOf = (wanted: string) => account().ipSets.find(({ name }) => name === wanted)?.addresses ?? [];
  for (const [name, addresses] of Object.entries(humanSets)) expect(linesOf(name)).toEqual(addresses);
  const lines = cidrs(...linesOf(autoV4), ...linesOf(autoV6)).map(formatCidr);
  const bans = await timed(() => ledger.bans.getBans([held, due, known, fresh, allowed, doubtful]));
  return { lines: lines.sort(), bans };
}

const exclusions = exclusionsOf({ allow: cidrs(...humanSets["allow-v4"]), never: neverBlockRanges() });

/** Holds at every instant, also right after a crash. `asked` are the sources that somebody wanted banned. */
export async function expectSound(deployment: Deployment, asked: readonly string[]): Promise<Seen> {
  const seen = await look(deployment);
  const present = coverageOf(cidrs(...seen.lines));
  for (const cidr of cidrs(held)) expect(covers(present, cidr)).toBe(true);
  for (const line of cidrs(...seen.lines)) expect(overlapping(exclusions.all, line)).toEqual([]);
  const known = coverageOf(cidrs(held, due, ...asked));
  for (const line of cidrs(...seen.lines)) expect(covers(known, line)).toBe(true);
  expect(seen.bans.get(held)).toMatchObject({ status: "active", strikes: 1 });
  expect(seen.bans.has(allowed)).toBe(false);
  const drift = ["ban.adopted", "set.damaged"];
  expect(deployment.told().filter(({ event, why = "" }) => drift.includes(event) || why.includes("by hand"))).toEqual(
    [],
  );
  return seen;
}

/** Holds once a sweep has come through: the sets are the ledger's projection, and what was over is gone. */
export async function expectConverged(deployment: Deployment, asked: readonly string[]): Promise<Seen> {
  const seen = await expectSound(deployment, asked);
  const wanted = projectLedger([...seen.bans.values()], "edge", Date.now(), exclusions.all);
  expect(seen.lines).toEqual(wanted.map(({ text }) => text).sort());
  for (const ban of seen.bans.values())
    if (Date.parse(ban.expiresAt) < Date.now() - MINUTE) expect(ban.status).toBe("released");
  return seen;
}

/** Long after every ban's end a single sweep leaves nothing, and remembers how often each was banned. */
export async function expectAllOver(deployment: Deployment, asked: readonly string[]): Promise<void> {
  const before = await look(deployment);
  deployment.pass(10 * DAY);
  expect((await deployment.run("sweep")).error).toBeUndefined();
  const seen = await look(deployment);
  expect(seen.lines).toEqual([]);
  // No write of unknown end is left: what is known of the sets is what is in them.
  const state = await deployment.timed(() => deployment.ledger.setStates.getSetState("edge", autoV4));
  expect(state).toMatchObject({ pendingSince: null, intent: new Map(), written: new Map() });
  for (const source of [held, due, ...asked]) {
    const ban = seen.bans.get(source);
    if (ban) expect(ban).toMatchObject({ status: "released", strikes: before.bans.get(source)?.strikes });
  }
}
