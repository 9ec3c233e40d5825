/** Each limit with an attack ten times over it: what protects does not fall, what is cut is the weak end, and it is told. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { applyPlan } from "../../functions/block/apply.ts";
import { appliedNotice } from "../../functions/block/notices.ts";
import { runPlan } from "../../functions/block/run-plan.ts";
import { claimLease } from "../../functions/detect/lease.ts";
import { toIso } from "../../functions/domain/instant.ts";
import { planSchema } from "../../functions/domain/plan.ts";
import type { ScoreResult } from "../../functions/domain/run.ts";
import { aBan, aClaim, aPlan, aRun, aVerdict, calm, exclusions, loneSource, NOON, sets } from "./builders.ts";
import { aScene } from "./scene.ts";

const PAYLOAD = 256 * 1024;
const settings = { POLICY: calm, IP_SETS: sets, EGRESS: [], INITIAL_MODE: "enforce" as const };
const bytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

/** Limits that are tried where they stand; the names are those of the tests. */
test.each([
  { limit: "bans an hour, in the plan", file: "plan", name: "an attack ten times over it still has its strongest 500" },
  {
    limit: "established users an hour",
    file: "lockout",
    name: "an attack ten times over it: all without users behind",
  },
  {
    limit: "lines of an IP set",
    file: "reconcile",
    name: "an attack ten times over the capacity still fills every line",
  },
  { limit: "what is decided in one form", file: "approval", name: "of ten times as many sources as a page shows" },
  { limit: "the time of a sweep", file: "sweep", name: "a crowd that one sweep cannot write down" },
  { limit: "accounts in a mail", file: "tell-accounts", name: "ten thousand accounts make a mail that can be read" },
  { limit: "rows of an evidence query", file: "../detect/judge-run", name: "a result as long as the query's limit" },
  { limit: "bytes that a query may scan", file: "../scenarios/scan-limit", name: "ten times over the scan limit" },
  {
    limit: "sources of an approval page",
    file: "../report/approval-page",
    name: "ten times as many sources as are shown",
  },
])("$limit: $file.test.ts tries ten times as much", ({ file, name }) => {
  const path = join(import.meta.dirname, `${file}.test.ts`);
  expect(existsSync(path) && readFileSync(path, "utf8")).toContain(name);
});

describe("an attack of ten times what an hour's limit admits, from verdicts to the sets", () => {
  async function aRoundOf(count: number, category = "UserAuthentication") {
    const scene = aScene();
    const documents = new Map<string, unknown>();
    const inputs: unknown[] = [];
    const ports = {
      ...scene.ports,
      evidence: {
        read: async (key: string) => documents.get(key) ?? null,
        write: async (key: string, document: unknown) => void documents.set(key, document),
      },
      executions: { start: async (_name: string, input: unknown) => void inputs.push(input) },
    };
    const verdicts = Array.from({ length: count }, (_, n) =>
      aVerdict({ source: loneSource(n), score: 70 + (n % 30), calls: 100 + n }),
    );
    documents.set("verdicts", { verdicts });
    const request: ScoreResult = {
      ...{ schema: 1, run: aRun({ category }), verdictsKey: "verdicts", missing: [] },
      counts: { ban: count, watch: 0, ignore: 0, calls: 1_000_000 },
    };
    const planned = await runPlan(ports, request, settings, "proposal-1");
    const plan = planSchema.parse(JSON.parse(JSON.stringify(documents.get(planned.planKey))));
    const stage = { mode: "enforce" as const, policy: calm, exclusions: exclusions(), now: scene.now() };
    const applied = await applyPlan(ports, plan, stage);
    await scene.reconcile(applied.bans);
    return { scene, verdicts, planned, plan, applied, inputs };
  }

  test("the strongest 500 stand in both doors' sets, and the other 4,500 are one proposal", async () => {
    const { scene, verdicts, planned, applied } = await aRoundOf(5_000);
    expect(applied.banned).toBe(500);
    const ranked = [...verdicts].sort((a, b) => b.score - a.score || b.calls - a.calls).map(({ source }) => source);
    for (const door of ["edge", "pool"] as const)
      expect([...scene.waf.all(door)].sort()).toEqual(ranked.slice(0, 500).sort());
    expect(planned).toMatchObject({ counts: { apply: 500, file: 4_500, refuse: 0 }, proposalId: "proposal-1" });
  });

  test("what goes between the states stays far below 256 KiB", async () => {
    const { planned, inputs } = await aRoundOf(20_000);
    expect(planned.counts).toMatchObject({ apply: 500, file: 19_500 });
    expect(bytes(planned)).toBeLessThan(PAYLOAD / 10);
    expect(inputs).toHaveLength(1);
    expect(bytes(inputs[0])).toBeLessThan(PAYLOAD / 10);
  }, 60_000);

  test("the notice can be read, and says how many there are", async () => {
    const { plan } = await aRoundOf(5_000);
    const counts = { banned: 500, extended: 0, unchanged: 0, overflow: 4_500 };
    const notice = appliedNotice(
      plan,
      { schema: 1, run: plan.run, counts, sourcesWritten: 500 },
      "https://runbook.example.org",
    );
    expect(bytes(notice)).toBeLessThan(PAYLOAD);
    expect(notice.subject).toContain("500");
    expect(notice.text).toMatch(/4,?500/);
  });

  test("a category that is over its limit takes nothing from another", async () => {
    const [one, other] = [await aRoundOf(5_000), await aRoundOf(5_000, "UserCreation")];
    expect([one.applied.banned, other.applied.banned]).toEqual([500, 500]);
  });
});

test("of ten times the capacity of all sets the highest scores are kept out, and the rest is named", async () => {
  const small = { edge: { ...sets.edge, auto: { v4: ["auto-v4-1", "auto-v4-2"], v6: [] } }, pool: null };
  const scene = aScene({ sets: small, capacity: 1_000 });
  const scored = (n: number) => aBan({ source: loneSource(n), claims: { r: aClaim({ score: n % 100 }) } });
  scene.ledger.put(...Array.from({ length: 20_000 }, (_, n) => scored(n)));
  const [edge] = await scene.reconcile();
  expect(edge).toMatchObject({ lines: 2_000, fillPercent: 100 });
  expect(edge?.overflow).toHaveLength(18_000);
  const scoreOf = (source: string) => Object.values(scene.ledger.stored.bans.get(source)?.claims ?? {})[0]?.score ?? 0;
  const kept = Math.min(...scene.waf.all("edge").map(scoreOf));
  expect(Math.max(...(edge?.overflow ?? []).map(scoreOf))).toBeLessThanOrEqual(kept);
});

test("of ten times as many alarms as a lease records the newest stay, and its run goes on", () => {
  let lease = claimLease(null, {
    category: "UserAuthentication",
    owner: "run-1",
    now: NOON,
    expiresAt: NOON + 1,
    alarm: null,
  }).lease;
  for (let n = 0; n < 200; n += 1) {
    const alarm = { name: `alarm-${n}`, region: "eu-west-1", at: NOON + n };
    const claim = { category: "UserAuthentication", owner: `run-${n + 2}`, now: NOON, expiresAt: NOON + 1, alarm };
    const joined = claimLease(lease, claim);
    expect(joined.outcome).toBe("joined");
    lease = joined.lease;
  }
  expect(lease).toMatchObject({ owner: "run-1", fence: 1 });
  expect(lease.alarms.map(({ name }) => name)).toEqual(Array.from({ length: 20 }, (_, n) => `alarm-${180 + n}`));
});

test("a source that ten times as many runs claim as are remembered stays an item of a few kilobytes", async () => {
  const scene = aScene();
  for (let run = 0; run < 200; run += 1) {
    scene.pass(61 * 60_000);
    const plan = aPlan({ run: aRun({ runId: `run-${run}` }), at: toIso(scene.now()) });
    const stage = { mode: "enforce" as const, policy: calm, exclusions: exclusions(), now: scene.now() };
    await applyPlan(scene.ports, plan, stage);
    await scene.sweep();
  }
  for (const ban of scene.ledger.stored.bans.values()) expect(bytes(ban)).toBeLessThan(40 * 1024);
});
