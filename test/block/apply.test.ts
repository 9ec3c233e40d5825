import fc from "fast-check";
import { applyPlan } from "../../functions/block/apply.ts";
import { covers } from "../../functions/block/carve.ts";
import type { Exclusions } from "../../functions/block/guards.ts";
import type { Mode } from "../../functions/domain/ban.ts";
import { parseCidr } from "../../functions/domain/cidr.ts";
import { RetryableError } from "../../functions/domain/errors.ts";
import { HOUR, MINUTE, toIso } from "../../functions/domain/instant.ts";
import type { Plan } from "../../functions/domain/plan.ts";
import { aPlan, aPlannedBan, aRun, calm, exclusions, loneSource, NOON } from "./builders.ts";
import { aScene, type Scene } from "./scene.ts";

const crowd = (count: number) => Array.from({ length: count }, (_, n) => aPlannedBan({ source: loneSource(n) }));

function apply(scene: Scene, plan: Plan, over: { mode?: Mode; excluded?: Exclusions } = {}) {
  const { mode = "enforce", excluded = exclusions() } = over;
  return applyPlan(scene.ports, plan, { mode, policy: calm, exclusions: excluded, now: scene.now() });
}

test("a plan's bans are in the ledger, indexed by run and recorded", async () => {
  const scene = aScene();
  expect(await apply(scene, aPlan({ apply: crowd(3) }))).toMatchObject({ banned: 3, extended: 0, unchanged: 0 });
  expect(scene.ledger.stored.bans.get(loneSource(1))).toMatchObject({
    status: "active",
    claims: { "run-1": { origin: "auto", at: toIso(NOON), until: toIso(NOON + HOUR) } },
  });
  expect(await scene.ports.bans.sourcesOfRun("run-1")).toHaveLength(3);
  expect([...scene.ledger.stored.records.values()].map(({ event }) => event)).toEqual(Array(3).fill("ban.applied"));
});

test("the same plan twice writes the same claims, and tells of them as done", async () => {
  const scene = aScene();
  await apply(scene, aPlan({ apply: crowd(3) }));
  const before = structuredClone([...scene.ledger.stored.bans]);
  scene.pass(5 * MINUTE);
  expect(await apply(scene, aPlan({ apply: crowd(3) }))).toMatchObject({ banned: 3, unchanged: 0 });
  expect([...scene.ledger.stored.bans]).toEqual(before);
  expect(scene.ledger.stored.records.size).toBe(3);
});

test("another run extends, without a second strike", async () => {
  const scene = aScene();
  await apply(scene, aPlan({ apply: crowd(1) }));
  const later = aPlan({ run: aRun({ runId: "run-2" }), at: toIso(NOON + 30 * MINUTE), apply: crowd(1) });
  scene.pass(30 * MINUTE);
  expect(await apply(scene, later)).toMatchObject({ banned: 0, extended: 1 });
  expect(scene.ledger.stored.bans.get(loneSource(0))).toMatchObject({
    strikes: 1,
    expiresAt: toIso(NOON + 90 * MINUTE),
  });
});

test("a crash at any point is healed by the retry: each claim once, each with index and record", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(30), { maxLength: 5 }), async (crashes) => {
      let calls = 0;
      let crashAt = -1;
      const scene = aScene({
        fault: () => {
          calls += 1;
          if (calls === crashAt) throw new RetryableError("throttled");
        },
      });
      for (const offset of crashes) {
        crashAt = calls + 1 + offset;
        await apply(scene, aPlan({ apply: crowd(4) })).catch(() => {});
        scene.pass(10_000);
      }
      crashAt = -1;
      await apply(scene, aPlan({ apply: crowd(4) }));
      expect(await scene.ports.bans.sourcesOfRun("run-1")).toHaveLength(4);
      expect(scene.ledger.stored.records.size).toBe(4);
      for (const ban of scene.ledger.stored.bans.values())
        expect(ban).toMatchObject({ strikes: 1, version: 1, expiresAt: toIso(NOON + HOUR) });
    }),
  );
});

test("one source that fails does not swallow the error of the round", async () => {
  const scene = aScene({
    fault: (call) => {
      if (call === "putBan") throw new RetryableError("throttled");
    },
  });
  await expect(apply(scene, aPlan({ apply: crowd(2) }))).rejects.toThrow(RetryableError);
});

test.each<Mode>(["paused", "approve"])("a hands-off plan is void once the mode is %s", async (mode) => {
  const scene = aScene();
  expect(await apply(scene, aPlan(), { mode })).toMatchObject({ banned: 0, unchanged: 1 });
  expect(scene.ledger.stored.bans.size).toBe(0);
});

test("a hands-off plan is void once its run was undone; so is what was approved before that, not what is approved after", async () => {
  const scene = aScene();
  await scene.ports.bans.markUndone("run-1", "ada", NOON);
  expect(await apply(scene, aPlan())).toMatchObject({ banned: 0 });
  const approved = { origin: "approved" as const, by: "ada" };
  expect(await apply(scene, aPlan(approved))).toMatchObject({ banned: 0, unchanged: 1 });
  const later = toIso(NOON + MINUTE);
  scene.pass(MINUTE);
  expect(await apply(scene, aPlan({ ...approved, at: later }))).toMatchObject({ banned: 1 });
});

test("in observe bans are simulated, and no set is touched", async () => {
  const scene = aScene();
  const applied = await apply(scene, aPlan(), { mode: "observe" });
  await scene.reconcile(applied.bans);
  expect([...scene.ledger.stored.bans.values()]).toMatchObject([{ simulated: true }]);
  expect(scene.waf.writes()).toBe(0);
});

test("an address that was allow-listed between plan and apply is not banned, and it is told", async () => {
  const scene = aScene();
  const excluded = exclusions({ allow: ["198.51.100.7/32"] });
  expect(await apply(scene, aPlan(), { excluded })).toMatchObject({ banned: 0, unchanged: 1 });
  expect(scene.told).toMatchObject([{ event: "guard.refused", why: "allow-listed 198.51.100.7/32" }]);
  expect([...scene.ledger.stored.records.values()]).toMatchObject([{ event: "guard.refused", runId: "run-1" }]);
});

test("plan, apply and reconcile converge: hundreds of sources stand in both doors' sets", async () => {
  const scene = aScene();
  const applied = await apply(scene, aPlan({ apply: crowd(400) }));
  await scene.reconcile(applied.bans);
  expect(scene.waf.all("edge")).toHaveLength(400);
  expect(scene.waf.all("pool")).toHaveLength(400);
});

test("no plan gets an allow-listed or never-block address into a set, in whatever order things happen", async () => {
  const excluded = exclusions({ allow: ["198.51.100.8/29"], never: ["198.51.100.32/30"] });
  const near = (n: number) => `198.51.100.${n}/32`;
  const step = fc.oneof(
    fc.record({ kind: fc.constant("apply" as const), sources: fc.array(fc.nat(63), { maxLength: 6 }), run: fc.nat(3) }),
    fc.record({ kind: fc.constant("stranger" as const), sources: fc.array(fc.nat(63), { maxLength: 3 }) }),
    fc.record({ kind: fc.constant("pass" as const), minutes: fc.nat(90) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const scene = aScene({ excluded });
      for (const one of steps) {
        if (one.kind === "pass") scene.pass(one.minutes * MINUTE);
        if (one.kind === "stranger")
          scene.waf.edit("edge", "auto-v4-1", (lines) => [...lines, ...one.sources.map(near)]);
        if (one.kind === "apply") {
          const bans = [...new Set(one.sources)].map((n) => aPlannedBan({ source: near(n) }));
          const plan = aPlan({ run: aRun({ runId: `run-${one.run}` }), at: toIso(scene.now()), apply: bans });
          await apply(scene, plan, { excluded });
        }
        await scene.sweep();
        for (const line of [...scene.waf.all("edge"), ...scene.waf.all("pool")]) {
          const cidr = parseCidr(line);
          expect(cidr && covers(excluded.all, cidr)).toBe(false);
        }
        for (const source of scene.ledger.stored.bans.keys()) {
          const cidr = parseCidr(source);
          expect(cidr && covers(excluded.all, cidr)).toBe(false);
        }
      }
    }),
    { numRuns: 60 },
  );
});
