/** Reconcile under crashes, races and strangers: whatever happens on the way, the sets end up as the ledger says. */
import fc from "fast-check";
import { isProjected } from "../../functions/block/projection.ts";
import type { Ban } from "../../functions/domain/ban.ts";
import { contains, formatCidr, mergeCidrs } from "../../functions/domain/cidr.ts";
import { HOUR, MINUTE, SECOND, toIso } from "../../functions/domain/instant.ts";
import { aBan, cidrs, exclusions, NOON } from "./builders.ts";
import { aScene, type Scene } from "./scene.ts";

const excluded = exclusions({ allow: ["198.51.100.16/28", "2001:db8:0:8::/64"], never: ["198.51.100.32/29"] });

/** A small world, so that neighbours, allow-listed and never-block addresses meet often. */
const source = fc.oneof(
  fc.nat(63).map((n) => `198.51.100.${n}/32`),
  fc.nat(15).map((n) => `2001:db8:0:${n.toString(16)}::/64`),
  fc.constantFrom("203.0.113.0/24", "198.51.100.0/30"),
);
const ban: fc.Arbitrary<Ban> = fc
  .record({
    source: source.map((text) => formatCidr(cidrs(text)[0] as never)),
    targets: fc.constantFrom<Ban["targets"][]>(["edge"], ["pool"], ["edge", "pool"]),
    status: fc.constantFrom<Ban["status"]>("active", "active", "active", "released"),
    minutes: fc.integer({ min: -10, max: 120 }),
    simulated: fc.constantFrom(false, false, false, true),
  })
  .map(({ minutes, ...over }) => aBan({ ...over, expiresAt: toIso(NOON + minutes * MINUTE) }));
const bans = fc.uniqueArray(ban, { selector: (one) => one.source, maxLength: 40 });

/** What the sets of a scope must cover, computed the slow and obvious way. */
function expected(scene: Scene, target: "edge" | "pool"): string[] {
  const active = [...scene.ledger.stored.bans.values()].filter((one) => isProjected(one, target, scene.now()));
  const units = cidrs(...active.map((one) => one.source)).flatMap((cidr) => {
    const width = cidr.family === 4 ? 32 : 64;
    const step = cidr.family === 4 ? 1n : 1n << 64n;
    return Array.from({ length: 2 ** (width - cidr.prefix) }, (_, index) => ({
      ...{ family: cidr.family, first: cidr.first + BigInt(index) * step, prefix: width },
    }));
  });
  const free = units.filter((unit) => !excluded.all.ranges.some((hole) => contains(hole, unit)));
  return mergeCidrs(free).map(formatCidr).sort();
}

function expectConverged(scene: Scene): void {
  for (const target of ["edge", "pool"] as const)
    expect(
      mergeCidrs(cidrs(...scene.waf.all(target)))
        .map(formatCidr)
        .sort(),
    ).toEqual(expected(scene, target));
}

test("the sets equal the projection for any ledger, and a second time nothing is written", async () => {
  await fc.assert(
    fc.asyncProperty(bans, async (ledger) => {
      const scene = aScene({ excluded });
      scene.ledger.put(...ledger);
      await scene.reconcile();
      expectConverged(scene);
      const writes = scene.waf.writes();
      await scene.reconcile();
      expect(scene.waf.writes()).toBe(writes);
    }),
  );
});

test("the sets equal the projection from any content that a stranger left in them", async () => {
  await fc.assert(
    fc.asyncProperty(bans, bans, fc.array(source, { maxLength: 15 }), async (before, after, foreign) => {
      const scene = aScene({ excluded });
      scene.ledger.put(...before);
      await scene.reconcile();
      scene.waf.edit("edge", "auto-v4-2", (lines) => [
        ...lines.slice(2),
        ...foreign.filter((text) => !text.includes(":")),
      ]);
      scene.waf.edit("pool", "pool-auto-v6-1", (lines) => [
        ...lines.slice(1),
        ...foreign.filter((text) => text.includes(":")),
      ]);
      const versions = scene.ledger.stored.bans;
      scene.ledger.put(...after.map((one) => ({ ...one, version: (versions.get(one.source)?.version ?? 0) + 1 })));
      await scene.reconcile();
      expectConverged(scene);
    }),
  );
});

class Crash extends Error {}

test("a crash at any point loses no ban, invents none, and takes no line of ours for a stranger's", async () => {
  await fc.assert(
    fc.asyncProperty(bans, bans, fc.array(fc.nat(60), { maxLength: 4 }), async (before, after, crashes) => {
      let calls = 0;
      let crashAt = Number.POSITIVE_INFINITY;
      const scene = aScene({
        excluded,
        fault: () => {
          calls += 1;
          if (calls === crashAt) throw new Crash();
        },
      });
      const ledgerOf = (list: Ban[]) => new Map(list.map((one) => [one.source, one]));
      scene.ledger.put(...before);
      await scene.reconcile();
      const merged = [...ledgerOf([...before, ...after.map((one) => ({ ...one, version: 2 }))]).values()];
      scene.ledger.put(...merged);
      for (const offset of crashes) {
        crashAt = calls + 1 + offset;
        await scene.reconcile().catch((error) => {
          if (!(error instanceof Crash)) throw error;
        });
        scene.pass(20 * SECOND);
      }
      crashAt = Number.POSITIVE_INFINITY;
      await scene.reconcile();
      expectConverged(scene);
      expect([...scene.ledger.stored.bans.values()]).toEqual(merged);
      expect(scene.told.filter(({ event }) => event === "ban.adopted" || event === "set.damaged")).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

test("reconciles that run at the same time end at the projection, without drift seen", async () => {
  await fc.assert(
    fc.asyncProperty(bans, bans, fc.scheduler(), async (before, after, scheduler) => {
      let concurrent = false;
      const scene = aScene({
        excluded,
        fault: () => (concurrent ? scheduler.schedule(Promise.resolve()) : undefined),
      });
      scene.ledger.put(...before);
      await scene.reconcile();
      concurrent = true;
      const fresh = after.map((one) => ({ ...one, version: 2 }));
      // One run knows of new bans that it has just written; two others work on what they read.
      scene.ledger.put(...fresh);
      const runs = Promise.allSettled([scene.reconcile(fresh), scene.reconcile(), scene.sweep()]);
      await scheduler.waitFor(runs);
      concurrent = false;
      scene.pass(MINUTE);
      await scene.sweep();
      expectConverged(scene);
      expect(scene.told.filter(({ event }) => event === "ban.adopted" || event === "set.damaged")).toEqual([]);
      expect(scene.told.filter(({ why }) => why.includes("by hand"))).toEqual([]);
    }),
    { numRuns: 150 },
  );
});

test("fifty reconciles at once all end well, and cost little more than one", async () => {
  const scene = aScene({ excluded, fault: () => new Promise((resolve) => setImmediate(resolve)) });
  scene.ledger.put(...Array.from({ length: 40 }, (_, n) => aBan({ source: `198.51.100.${n + 64}/32` })));
  await Promise.all(Array.from({ length: 50 }, () => scene.reconcile()));
  expectConverged(scene);
  expect(scene.waf.writes()).toBeLessThan(10);
});

test("after any pause one sweep releases all that is due and nothing else; a second finds nothing", async () => {
  await fc.assert(
    fc.asyncProperty(bans, fc.integer({ min: 0, max: 3 * HOUR }), async (ledger, pause) => {
      const scene = aScene({ excluded });
      scene.ledger.put(...ledger);
      await scene.reconcile();
      scene.pass(pause);
      const due = ledger.filter((one) => one.status === "active" && Date.parse(one.expiresAt) <= scene.now());
      expect((await scene.sweep()).released).toBe(due.length);
      expectConverged(scene);
      const stored = structuredClone([...scene.ledger.stored.bans.values()]);
      const writes = scene.waf.writes();
      expect((await scene.sweep()).released).toBe(0);
      expect(scene.waf.writes()).toBe(writes);
      expect([...scene.ledger.stored.bans.values()]).toEqual(stored);
    }),
  );
});
