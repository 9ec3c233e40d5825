/** A crowd whose bans end in one minute, through the real adapters. Times and call counts are printed; outcomes decide. */
import type { LedgerTable } from "../../functions/block/aws/dynamodb-items.ts";
import { forEachFew } from "../../functions/block/edit-ban.ts";
import type { IpSets } from "../../functions/domain/environment.ts";
import { HOUR, MINUTE, SECOND, toIso } from "../../functions/domain/instant.ts";
import { aBan, loneSource, NOON } from "../block/builders.ts";
import { aWireScene, type WireScene } from "../block/wire-scene.ts";

const scopeOf = (region: string, prefix: string, shards: number) => ({
  ...{ region, allow: { v4: [], v6: [] }, deny: { v4: [], v6: [] } },
  auto: { v4: Array.from({ length: shards }, (_, n) => `${prefix}-${n + 1}`), v6: [] },
});

export function defineReleaseStorm(what: string, count: number, freshTable: () => Promise<LedgerTable>): void {
  let scene: WireScene | undefined;
  afterEach(() => scene?.stop());

  test(`${what}: a sweep lets ${count} go at once, out of both doors' sets, within WAF's rates`, async () => {
    const shards = Math.ceil((count + 100) / 10_000);
    const sets: IpSets = { edge: scopeOf("us-east-1", "edge", shards), pool: scopeOf("eu-west-1", "pool", shards) };
    const account = await aWireScene([sets]);
    scene = account;
    const { ports, reconcile, sweep } = account.deployment(sets, await freshTable());
    const stays = (n: number) => n >= count;
    const crowd = Array.from({ length: count + 100 }, (_, n) => {
      const ban = { source: loneSource(n), expiresAt: toIso(NOON + (stays(n) ? 20 : 1) * HOUR) };
      return aBan({ ...ban, strikes: 1 });
    });
    await forEachFew(crowd, async (ban) => void (await ports.bans.putBan(ban)));
    const printed = async <T>(step: string, work: () => Promise<T>): Promise<T> => {
      const [begun, clock, before] = [performance.now(), account.clock.now(), { ...account.counts }];
      const end = await work();
      const calls = Object.entries(account.counts).map(([name, all]) => `${name} ${all - (before[name] ?? 0)}`);
      const seconds = (milliseconds: number) => `${Math.round(milliseconds / SECOND)} s`;
      const times = `${seconds(performance.now() - begun)} (${seconds(account.clock.now() - clock)} with WAF's pauses)`;
      process.stdout.write(`${what}, ${step}: ${times}; ${calls.join(", ")}\n`);
      return end;
    };

    const full = await printed(`${crowd.length} bans into empty sets`, reconcile);
    expect(full.map(({ lines }) => lines)).toEqual([crowd.length, crowd.length]);

    account.clock.leap(NOON + HOUR + MINUTE);
    let end = await printed("the first sweep", sweep);
    // However far writing down has come, nobody whose time is over is kept out any longer.
    const left = crowd.filter((_, n) => stays(n)).map(({ source }) => source);
    for (const target of ["edge", "pool"] as const)
      expect([...account.lines(sets, target)].sort()).toEqual([...left].sort());
    let { released } = end;
    for (let sweeps = 0; end.left > 0 && sweeps < 100; sweeps += 1) {
      end = await printed("the next sweep", sweep);
      released += end.released;
    }
    expect({ released, left: end.left }).toEqual({ released: count, left: 0 });
    expect(await ports.bans.bansDue(account.clock.now())).toEqual([]);
    expect(account.refused).toEqual({});
  });
}
