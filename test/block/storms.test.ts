/** Sizes far beyond a usual night. Times and call counts are printed; only outcomes decide. */
import { applyPlan } from "../../functions/block/apply.ts";
import type { IpSets } from "../../functions/domain/environment.ts";
import { ConflictError } from "../../functions/domain/errors.ts";
import { HOUR, MINUTE, toIso } from "../../functions/domain/instant.ts";
import { aBan, aClaim, aPlan, aPlannedBan, aRun, calm, exclusions, loneSource, NOON, sets } from "./builders.ts";
import type { Fault } from "./memory-ledger.ts";
import { aScene } from "./scene.ts";

const manyShards: IpSets = {
  edge: { ...sets.edge, auto: { v4: Array.from({ length: 12 }, (_, n) => `auto-v4-${n + 1}`), v6: ["auto-v6-1"] } },
  pool: null,
};

/** Counts calls by name; each one yields, so that what runs at once really interleaves. */
function counting(next: Fault = () => {}) {
  const counts: Record<string, number> = {};
  const fault: Fault = async (call, phase) => {
    if (phase === "before") counts[call] = (counts[call] ?? 0) + 1;
    await next(call, phase);
  };
  return { counts, fault };
}

async function printed<T>(what: string, counts: Record<string, number>, work: () => Promise<T>): Promise<T> {
  const before = { ...counts };
  const started = performance.now();
  const end = await work();
  const calls = Object.entries(counts).flatMap(([name, count]) =>
    count > (before[name] ?? 0) ? [`${name} ${count - (before[name] ?? 0)}`] : [],
  );
  process.stdout.write(`${what}: ${Math.round(performance.now() - started)} ms; ${calls.join(", ")}\n`);
  return end;
}

function crowd(count: number, endOf: (n: number) => number) {
  return Array.from({ length: count }, (_, n) => {
    const expiresAt = toIso(endOf(n));
    return aBan({ source: loneSource(n), expiresAt, claims: { "run-1": aClaim({ until: expiresAt }) } });
  });
}

test("100,000 active bans are brought into the sets, and a sweep that releases half of them at once is through", async () => {
  const { counts, fault } = counting();
  const scene = aScene({ sets: manyShards, fault });
  scene.ledger.put(...crowd(100_000, (n) => (n % 2 === 0 ? NOON + HOUR : NOON + 3 * HOUR)));
  await printed("100,000 bans into empty sets", counts, () => scene.reconcile());
  expect(scene.waf.all("edge")).toHaveLength(100_000);
  await printed("the same again", counts, () => scene.reconcile());
  scene.pass(2 * HOUR);
  const swept = await printed("a sweep that releases 50,000", counts, () => scene.sweep());
  expect(swept.released).toBe(50_000);
  expect(new Set(scene.waf.all("edge"))).toEqual(
    new Set(Array.from({ length: 50_000 }, (_, n) => loneSource(2 * n + 1))),
  );
}, 120_000);

test("one more source beside 40,000 writes one set", async () => {
  const { counts, fault } = counting();
  const scene = aScene({ sets: manyShards, fault });
  scene.ledger.put(...crowd(40_000, () => NOON + HOUR));
  await scene.reconcile();
  scene.ledger.put(aBan({ source: loneSource(40_000) }));
  const writes = scene.waf.writes();
  await printed("one source beside 40,000", counts, () => scene.reconcile());
  expect(scene.waf.writes() - writes).toBe(1);
}, 60_000);

test("two hundred reconciles at once end well, and write little more than one", async () => {
  const { counts, fault } = counting(() => new Promise((resolve) => setImmediate(resolve)));
  const scene = aScene({ fault });
  scene.ledger.put(...crowd(40, () => NOON + HOUR));
  await printed("200 reconciles at once", counts, () =>
    Promise.all(Array.from({ length: 200 }, () => scene.reconcile())),
  );
  expect(scene.waf.all("edge")).toHaveLength(40);
  expect(scene.waf.writes()).toBeLessThan(10);
}, 60_000);

test("a lock that is lost on each of the first twenty tries is won on the next", async () => {
  let lost = 0;
  const { counts, fault } = counting((call, phase) => {
    if (call !== "UpdateIPSet" || phase !== "before" || lost === 20) return;
    lost += 1;
    throw new ConflictError("WAFOptimisticLockException");
  });
  const scene = aScene({ sets: manyShards, fault });
  scene.ledger.put(...crowd(40, () => NOON + HOUR));
  const [report] = await printed("twenty lost locks", counts, () => scene.reconcile());
  expect(report).toMatchObject({ conflicts: 20, lines: 40 });
});

test("fifty runs that ban the same crowd at once give each source one strike and fifty claims", async () => {
  const { counts, fault } = counting(() => new Promise((resolve) => setImmediate(resolve)));
  const scene = aScene({ fault });
  const apply = Array.from({ length: 4 }, (_, n) => aPlannedBan({ source: loneSource(n) }));
  const one = async (run: number) => {
    const plan = aPlan({ run: aRun({ runId: `run-${run}` }), at: toIso(NOON), apply });
    const stage = { mode: "enforce" as const, policy: calm, exclusions: exclusions(), now: scene.now() };
    // A run that loses every race is tried again, as the state machine would.
    for (let attempt = 0; attempt < 5; attempt += 1)
      try {
        return await scene.reconcile((await applyPlan(scene.ports, plan, stage)).bans);
      } catch (error) {
        if (attempt === 4 || !(error instanceof Error && error.name === "RetryableError")) throw error;
        scene.pass(MINUTE / 10);
      }
  };
  await printed("50 runs at once", counts, () => Promise.all(Array.from({ length: 50 }, (_, run) => one(run))));
  for (const ban of scene.ledger.stored.bans.values()) {
    expect(ban).toMatchObject({ status: "active", strikes: 1 });
    expect(Object.keys(ban.claims)).toHaveLength(50);
  }
  expect(scene.waf.all("pool").sort()).toEqual(apply.map(({ source }) => source).sort());
}, 60_000);
