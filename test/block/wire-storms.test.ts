/** Storms through the real adapters, dynalite and the local WAF; storms.test.ts has the larger ones in memory. */
import { ledgerTable } from "../../functions/block/aws/dynamodb-items.ts";
import type { IpSets } from "../../functions/domain/environment.ts";
import { startDynalite } from "../../local/dynamodb.ts";
import type { Listening } from "../../local/http.ts";
import { createLedgerTable } from "../contracts/ledger-table.ts";
import { defineReleaseStorm } from "../contracts/release-storm.ts";
import { sdkConfig } from "../local/builders.ts";
import { aBan, loneSource } from "./builders.ts";
import { aWireScene, type WireScene } from "./wire-scene.ts";

jest.setTimeout(240_000);

let server: Listening;
let tables = 0;
beforeAll(async () => {
  server = await startDynalite();
});
let scene: WireScene | undefined;
afterEach(() => scene?.stop());
afterAll(() => server.stop());

async function freshTable() {
  const config = sdkConfig(server.url);
  tables += 1;
  await createLedgerTable(`ledger-${tables}`, config);
  return ledgerTable(`ledger-${tables}`, config);
}

defineReleaseStorm("dynalite", 1_000, freshTable);

const deploymentSets = (name: string): IpSets => {
  const names = (door: string) => [1, 2, 3].map((n) => `${name}-${door}-${n}`);
  const scope = (region: string, door: string) => ({
    ...{ region, allow: { v4: [], v6: [] }, deny: { v4: [], v6: [] } },
    auto: { v4: names(door), v6: [`${name}-${door}-v6`] },
  });
  return { edge: scope("us-east-1", "edge"), pool: scope("eu-west-1", "pool") };
};

test("two deployments that share the account's one write a second both come through, and neither touches the other's sets", async () => {
  const [ours, theirs] = [deploymentSets("ours"), deploymentSets("theirs")];
  scene = await aWireScene([ours, theirs]);
  const [one, other] = [scene.deployment(ours, await freshTable()), scene.deployment(theirs, await freshTable())];
  const crowd = (first: number) => Array.from({ length: 30 }, (_, n) => aBan({ source: loneSource(first + n) }));
  for (const round of [0, 1, 2]) {
    await Promise.all(crowd(100 * round).map((ban) => one.ports.bans.putBan(ban)));
    await Promise.all(crowd(1_000 + 100 * round).map((ban) => other.ports.bans.putBan(ban)));
    await Promise.all([one.reconcile(), other.reconcile(), one.sweep(), other.sweep()]);
  }
  for (const [sets, first] of [
    [ours, 0],
    [theirs, 1_000],
  ] as const) {
    const all = [0, 100, 200].flatMap((round) => crowd(first + round)).map(({ source }) => source);
    for (const target of ["edge", "pool"] as const)
      expect([...scene.lines(sets, target)].sort()).toEqual([...all].sort());
  }
  // Each keeps to the rate by itself; both together do not, and what WAF refuses is done again.
  expect(Object.values(scene.refused).reduce((sum, calls) => sum + calls, 0)).toBeGreaterThan(0);
  process.stdout.write(`two deployments: ${JSON.stringify({ calls: scene.counts, refused: scene.refused })}\n`);
});
