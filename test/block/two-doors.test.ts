/** The edge and the pool have a web ACL each. Whatever happens at one door, the other is kept shut. */

import type { Target } from "../../functions/domain/ban.ts";
import { ConflictError, RetryableError } from "../../functions/domain/errors.ts";
import { HOUR, MINUTE, SECOND, toIso } from "../../functions/domain/instant.ts";
import { aBan, loneSource, NOON, sets } from "./builders.ts";
import { aScene } from "./scene.ts";

const doors: readonly { failing: Target; other: Target }[] = [
  { failing: "edge", other: "pool" },
  { failing: "pool", other: "edge" },
];
const [A, B, C] = [loneSource(1), loneSource(2), loneSource(3)];
const faults = [
  { fault: "is refused for good", error: () => new Error("AccessDeniedException") },
  { fault: "is throttled", error: () => new RetryableError("ThrottlingException") },
  { fault: "always loses its lock", error: () => new ConflictError("WAFOptimisticLockException") },
] as const;

/** `write`, `read` or both fail at one door while `broken` says so. */
function aSceneWithDoor(failing: Target, calls: readonly ("read" | "write")[], error: () => Error) {
  const scene = aScene();
  const { read, write } = scene.waf.ipSets;
  const state = { broken: true };
  const fails = (target: Target, call: "read" | "write") => state.broken && target === failing && calls.includes(call);
  scene.ports.ipSets.read = async (target, name) => {
    if (fails(target, "read")) throw error();
    return read(target, name);
  };
  scene.ports.ipSets.write = async (target, name, set) => {
    if (fails(target, "write")) throw error();
    await write(target, name, set);
  };
  return { scene, state };
}

describe.each(doors)("while the $failing door fails, the $other door", ({ failing, other }) => {
  test.each([
    ...faults.map((each) => ({ ...each, calls: ["write"] as const })),
    ...faults.slice(0, 2).map((each) => ({ ...each, calls: ["read"] as const })),
  ])("is kept as the ledger says, though a $calls $fault; afterwards both are", async ({ calls, error }) => {
    const { scene, state } = aSceneWithDoor(failing, calls, error);
    scene.ledger.put(aBan({ source: A }), aBan({ source: B, expiresAt: toIso(NOON + 10 * MINUTE) }));
    await expect(scene.reconcile()).rejects.toThrow();
    expect([...scene.waf.all(other)].sort()).toEqual([A, B].sort());
    expect(scene.waf.all(failing)).toEqual([]);

    scene.ledger.put(aBan({ source: C }));
    scene.at(NOON + 11 * MINUTE);
    await expect(scene.sweep()).rejects.toThrow();
    expect([...scene.waf.all(other)].sort()).toEqual([A, C].sort());

    state.broken = false;
    await scene.sweep();
    for (const door of [failing, other]) expect([...scene.waf.all(door)].sort()).toEqual([A, C].sort());
    expect(scene.told.filter(({ event }) => event === "ban.adopted" || event === "set.damaged")).toEqual([]);
  });

  test("loses nothing when every set of the other is deleted, and the other is filled again", async () => {
    const scene = aScene();
    scene.ledger.put(...Array.from({ length: 30 }, (_, n) => aBan({ source: loneSource(n) })));
    await scene.reconcile();
    const names = Object.values(sets[failing]?.auto ?? {}).flat();
    for (const name of names) scene.waf.remove(failing, name);
    const reports = await scene.reconcile();
    expect(reports.find(({ target }) => target === failing)?.missingSets).toEqual(names);
    expect(scene.waf.all(other)).toHaveLength(30);
    for (const name of names) scene.waf.recreate(failing, name);
    await scene.reconcile();
    expect(scene.waf.all(failing)).toHaveLength(30);
  });

  test("writes nothing when the other is emptied by hand", async () => {
    const scene = aScene();
    scene.ledger.put(...Array.from({ length: 30 }, (_, n) => aBan({ source: loneSource(n) })));
    await scene.reconcile();
    for (const name of Object.values(sets[failing]?.auto ?? {}).flat()) scene.waf.edit(failing, name, () => []);
    const reports = await scene.reconcile();
    expect(reports.find(({ target }) => target === other)).toMatchObject({ written: [], damaged: 0 });
    expect(reports.find(({ target }) => target === failing)).toMatchObject({ damaged: 30, releasedByHand: [] });
    for (const door of [failing, other]) expect(scene.waf.all(door)).toHaveLength(30);
  });

  test.each([9_999, 10_000, 10_001, 100_000])(
    "takes %i sources that its sets have room for, however few the other has",
    async (count) => {
      const many = Array.from({ length: 11 }, (_, n) => `wide-v4-${n + 1}`);
      const scope = (target: Target, names: string[]) => {
        const door = sets[target] ?? sets.edge;
        return { ...door, auto: { v4: names.map((name) => `${target}-auto-${name}`), v6: door.auto.v6 } };
      };
      const narrow = scope(failing, ["only"]);
      const wide = scope(other, many);
      const scene = aScene({ sets: failing === "edge" ? { edge: narrow, pool: wide } : { edge: wide, pool: narrow } });
      scene.ledger.put(...Array.from({ length: count }, (_, n) => aBan({ source: loneSource(n) })));
      const reports = await scene.reconcile();
      const overflow = (door: Target) => reports.find(({ target }) => target === door)?.overflow.length;
      expect([overflow(failing), overflow(other)]).toEqual([Math.max(0, count - 10_000), 0]);
      expect(scene.waf.all(other)).toHaveLength(count);
      expect(scene.waf.all(failing)).toHaveLength(Math.min(count, 10_000));
    },
    60_000,
  );

  test("is written while another tool never stops writing to the other", async () => {
    const scene = aScene({
      fault: (call, phase) => {
        if (call !== "UpdateIPSet" || phase !== "before") return;
        const [name = ""] = sets[failing]?.auto.v4 ?? [];
        scene.waf.edit(failing, name, (lines) => lines);
      },
    });
    scene.ledger.put(aBan({ source: A }));
    await scene.reconcile().catch(() => {});
    expect(scene.waf.all(other)).toEqual([A]);
    expect(scene.now() - NOON).toBeLessThan(HOUR / 30 - SECOND);
  });
});
