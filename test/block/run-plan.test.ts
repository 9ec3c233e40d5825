import { runPlan } from "../../functions/block/run-plan.ts";
import { readSettings } from "../../functions/block/settings.ts";
import { HOUR, MINUTE, toIso } from "../../functions/domain/instant.ts";
import { planSchema } from "../../functions/domain/plan.ts";
import { policySchema } from "../../functions/domain/policy.ts";
import type { ScoreResult } from "../../functions/domain/run.ts";
import type { SourceVerdict } from "../../functions/domain/verdict.ts";
import { aBan, aRun, aVerdict, loneSource, NOON, sets } from "./builders.ts";
import { aScene } from "./scene.ts";

const settings = {
  POLICY: policySchema.parse({ guards: { hourlyBans: 3 } }),
  IP_SETS: sets,
  EGRESS: [],
  INITIAL_MODE: "enforce" as const,
};

function aRound() {
  const scene = aScene();
  const documents = new Map<string, unknown>();
  const started: string[] = [];
  const ports = {
    ...scene.ports,
    evidence: {
      read: async (key: string) => structuredClone(documents.get(key) ?? null),
      write: async (key: string, document: unknown) => void documents.set(key, structuredClone(document)),
    },
    executions: { start: async (name: string) => void started.push(name) },
  };
  const run = (verdicts: SourceVerdict[], over: Partial<ReturnType<typeof aRun>> = {}, found: object = {}) => {
    const request: ScoreResult = {
      schema: 1,
      run: aRun(over),
      verdictsKey: "verdicts",
      counts: { ban: verdicts.length, watch: 0, ignore: 0, calls: 5_000 },
      missing: ["no CloudTrail"],
    };
    documents.set("verdicts", { verdicts, ...found });
    return runPlan(ports, request, settings, "proposal-1");
  };
  return { scene, documents, started, run };
}
const crowd = (count: number, from = 0) =>
  Array.from({ length: count }, (_, n) => aVerdict({ source: loneSource(from + n), score: 99 - n }));

test("the plan is a document that Apply can read, and the result is small", async () => {
  const { documents, run } = aRound();
  const result = await run([aVerdict()]);
  expect(result).toEqual({
    ...{ schema: 1, run: aRun(), mode: "enforce", planKey: "runs/run-1/1/plan.json", proposalId: null },
    ...{ counts: { apply: 1, file: 0, refuse: 0, accounts: 0, tell: 0 }, missing: ["no CloudTrail"] },
  });
  expect(planSchema.parse(documents.get(result.planKey))).toMatchObject({ apply: [{ source: "198.51.100.7/32" }] });
});

test("beyond the hourly limit the strongest are applied and the rest is filed, with an execution that asks", async () => {
  const { documents, started, run } = aRound();
  const result = await run(crowd(30));
  expect(result).toMatchObject({ counts: { apply: 3, file: 27 }, proposalId: "proposal-1" });
  expect(started).toEqual(["proposal-1-v1"]);
  const plan = planSchema.parse(documents.get(result.planKey));
  expect(plan.apply.map(({ score }) => score)).toEqual([99, 98, 97]);
  expect(plan.relief).toEqual({ sources: 3, calls: 720, totalCalls: 5_000 });
});

test("the limit counts over rounds, a repeated round once, and an hour later not at all", async () => {
  const { scene, run } = aRound();
  await run(crowd(2));
  expect(await run(crowd(2))).toMatchObject({ counts: { apply: 2 } });
  scene.ledger.put(...crowd(2).map(({ source }) => aBan({ source })));
  expect(await run(crowd(2, 10), { round: 2 })).toMatchObject({ counts: { apply: 1, file: 1 } });
  expect(await run(crowd(2, 20), { round: 3, category: "UserToken" })).toMatchObject({ counts: { apply: 2 } });
  scene.pass(61 * MINUTE);
  expect(await run(crowd(2, 30), { round: 4 })).toMatchObject({ counts: { apply: 2 } });
});

test("the ledger's mode goes before the deployment's", async () => {
  const { scene, run } = aRound();
  await scene.ports.control.setMode("approve");
  expect(await run([aVerdict()])).toMatchObject({ mode: "approve", counts: { apply: 0, file: 1 } });
});

test("bans simulated in observe take no room from those after the switch to enforce", async () => {
  const { scene, run } = aRound();
  await scene.ports.control.setMode("observe");
  expect(await run(crowd(30))).toMatchObject({ counts: { apply: 3, file: 27 } });
  expect(await run(crowd(3, 40), { round: 2 })).toMatchObject({ counts: { apply: 0, file: 3 } });
  await scene.ports.control.setMode("enforce");
  expect(await run(crowd(30), { round: 3 })).toMatchObject({ counts: { apply: 3, file: 27 } });
});

test("a refusal is recorded once a run and source, however many rounds find it", async () => {
  const { scene, run } = aRound();
  const verdicts = [aVerdict({ source: "10.1.2.3/32" }), aVerdict({ handsOff: false, needsPerson: ["no-baseline"] })];
  scene.ledger.put(aBan());
  for (const round of [1, 2, 3]) {
    await run(verdicts, { round });
    scene.pass(2 * MINUTE);
  }
  await run(verdicts, { runId: "run-2", startedAt: toIso(NOON + HOUR) });
  expect([...scene.ledger.stored.records.values()]).toMatchObject([
    {
      event: "guard.refused",
      source: "10.1.2.3/32",
      runId: "run-1",
      why: "never-block 10.0.0.0/8",
      facts: { score: 93 },
    },
    { event: "guard.refused", source: "10.1.2.3/32", runId: "run-2" },
  ]);
  expect(scene.told.filter(({ event }) => event === "guard.refused")).toHaveLength(4);
});

test("what still knocks is noted on bans in force, in any mode, and nowhere else", async () => {
  const { scene, run } = aRound();
  const [banned = "", stranger = "", simulated = ""] = crowd(3).map(({ source }) => source);
  scene.ledger.put(aBan({ source: banned }), aBan({ source: simulated, simulated: true }));
  await scene.ports.control.setMode("approve");
  const at = toIso(NOON + 20 * MINUTE);
  const knocks = [banned, stranger, simulated].map((source) => ({ source, at, calls: 700 }));
  await run([], {}, { knocks });
  await run([], {}, { knocks });
  expect(scene.ledger.stored.bans.get(banned)).toMatchObject({ knock: { at, calls: 700 }, version: 2 });
  expect(scene.ledger.stored.bans.get(simulated)).toEqual(aBan({ source: simulated, simulated: true }));
  expect(scene.ledger.stored.bans.has(stranger)).toBe(false);
});

test("a deployment without a web ACL on the pool bans at the edge only", async () => {
  const { documents, scene } = aRound();
  documents.set("verdicts", { verdicts: [aVerdict()] });
  const ports = {
    ...scene.ports,
    evidence: {
      read: async (key: string) => documents.get(key) ?? null,
      write: async (key: string, document: unknown) => void documents.set(key, document),
    },
    executions: { start: async () => {} },
  };
  const request = {
    ...{ schema: 1 as const, run: aRun(), verdictsKey: "verdicts", missing: [] },
    counts: { ban: 1, watch: 0, ignore: 0, calls: 1 },
  };
  const { planKey } = await runPlan(ports, request, { ...settings, IP_SETS: { ...sets, pool: null } }, "p");
  expect(planSchema.parse(documents.get(planKey)).apply[0]?.targets).toEqual(["edge"]);
});

test("verdicts that cannot be read stop the round: no evidence is no plan", async () => {
  const { documents, run } = aRound();
  await expect(run([{ ...aVerdict(), score: 101 }])).rejects.toThrow("cannot be read");
  expect(documents.has("runs/run-1/1/plan.json")).toBe(false);
});

test("an environment's problems are told at once, and its values never", () => {
  const environment = { POLICY: '{"ban": {"jitter": 7}}', IP_SETS: "secret-thing", EGRESS: "[1]", INITIAL_MODE: "war" };
  const problems = () => readSettings(environment);
  expect(problems).toThrow(/POLICY[\s\S]*IP_SETS[\s\S]*EGRESS[\s\S]*INITIAL_MODE/);
  expect(problems).not.toThrow(/secret-thing/);
});

test("an empty policy is the default one", () => {
  const environment = { POLICY: "{}", IP_SETS: JSON.stringify(sets), EGRESS: "[]", INITIAL_MODE: "observe" };
  expect(readSettings(environment)).toMatchObject({
    POLICY: { ban: { handsOffMinutes: 60 } },
    INITIAL_MODE: "observe",
  });
});
