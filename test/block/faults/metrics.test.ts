/** What the functions measure of themselves is what happened. */
import { setMetrics } from "../../../functions/block/set-metrics.ts";
import { MINUTE, toIso } from "../../../functions/domain/instant.ts";
import { aPlan, aPlannedBan, aRun, NOON } from "../builders.ts";
import { type Deployment, startDeployment } from "./deployment.ts";
import { allowed, beginScene, due, fresh, held, known } from "./scene.ts";

let deployment: Deployment;
beforeAll(async () => {
  deployment = await startDeployment(NOON);
});
afterAll(() => deployment.stop());

/** The metrics of the last line that holds `name`. */
function measured(name: string): Readonly<Record<string, unknown>> {
  const line = deployment.told().findLast((told) => told[name] !== undefined);
  const names = line?._aws.CloudWatchMetrics[0].Metrics.map(({ Name }: { Name: string }) => Name) ?? [];
  expect(names).toContain(name);
  return line;
}

async function apply(origin: "auto" | "approved", ...sources: string[]): Promise<void> {
  const planned = sources.map((source) => aPlannedBan({ source, targets: ["edge"], minutes: 600 }));
  const plan = aPlan({ apply: planned, at: toIso(Date.now()), run: aRun({ runId: "run-1" }), origin });
  deployment.account().evidence.put("plan.json", plan);
  expect((await deployment.run("apply", { run: plan.run, planKey: "plan.json", origin })).error).toBeUndefined();
}

test("Apply counts bans made, made longer and refused, and what stands in the sets then", async () => {
  await beginScene(deployment);
  await apply("auto", fresh, known, held, allowed);
  expect(measured("BansMade")).toMatchObject({
    ...{ Deployment: "ledger", BansMade: 2, BansSimulated: 0, BansExtended: 1, BansRefused: 1 },
    // Who is over stands in no set any more, though no sweep has released it.
    ...{
      ActiveBans: 3,
      SetLines: 3,
      SetFillPercent: 0,
      BansWithoutRoom: 0,
      SetsMissing: 0,
      LockConflicts: 0,
      Drift: 0,
    },
  });
  expect(measured("ReconcileTime")["ReconcileTime"]).toEqual(expect.any(Number));
});

test("in mode observe bans are counted as simulated", async () => {
  await beginScene(deployment);
  await deployment.run("operator", { mode: "observe" });
  await apply("auto", fresh);
  expect(measured("BansMade")).toMatchObject({ BansMade: 0, BansSimulated: 1, BansExtended: 0, ActiveBans: 1 });
});

test("the sweep counts who was released and how late, lost locks, and what others did to the sets", async () => {
  await beginScene(deployment);
  // The first one looks up the ids of the sets.
  await deployment.run("sweep");
  await beginScene(deployment);
  deployment.pass(MINUTE);
  deployment.wire.arm(null);
  await deployment.run("sweep");
  expect(measured("SweepHeartbeat")).toMatchObject({
    ...{ SweepHeartbeat: 1, BansReleased: 1, BansExtended: 0, ActiveBans: 1, SetLines: 1, PolicyUnusable: 0 },
    ...{ LockConflicts: 0, Drift: 0 },
  });
  expect(measured("ReleaseBacklog")["ReleaseBacklog"]).toBeGreaterThanOrEqual(70);
  expect(measured("NoticesWaiting")).toMatchObject({ NoticesWaiting: 0 });

  const at = deployment.wire.calls().findIndex(({ operation }) => operation === "UpdateIPSet");
  await beginScene(deployment);
  deployment.wire.arm("conflict", at);
  await deployment.run("sweep");
  expect(measured("LockConflicts")).toMatchObject({ LockConflicts: 1, BansReleased: 1, SetLines: 1 });

  await beginScene(deployment);
  await deployment.begin([held, due, "203.0.113.77/32"]);
  await deployment.run("sweep");
  expect(measured("Drift")).toMatchObject({ Drift: 3, ActiveBans: 3, SetLines: 3 });
  // What is adopted answers what its source did before.
  expect(deployment.account().evidence.keys()).toContainEqual(expect.stringMatching(/^bans\/dt=.+manual/));
});

test.each([
  { by: "cli:ann", told: [90] },
  { by: "portcullis", told: [] },
])("how long a decision by $by was waited for is told as $told", async ({ by, told }) => {
  await beginScene(deployment);
  const plan = aPlan({ apply: [], origin: "approved", run: aRun({ runId: "run-1" }) });
  deployment.account().evidence.put("plan.json", plan);
  const answer = { schema: 1, decision: "rejected", planKey: "plan.json", by, waitedSeconds: 90 };
  expect((await deployment.run("notify", { run: plan.run, planKey: "plan.json", answer })).error).toBeUndefined();
  expect(deployment.told().flatMap(({ ApprovalWait = [] }) => ApprovalWait)).toEqual(told);
});

test("two doors are told together: the fuller set, each ban without room once, and all that was done to either", () => {
  const [edge, pool] = (["edge", "pool"] as const).map((target) => ({
    ...{ target, written: [], lines: 7, overflow: ["a", "b"], fillPercent: 30, missingSets: ["x"], conflicts: 2 },
    ...{ inForce: 9, adopted: ["f"], refused: [], releasedByHand: ["g", "h"], damaged: 4, bans: [] },
  }));
  if (!edge || !pool) throw new Error("two doors");
  expect(setMetrics([edge, { ...pool, fillPercent: 91, overflow: ["b", "c"], inForce: 3, lines: 1 }])).toEqual({
    ...{ ActiveBans: 9, SetLines: 8, SetFillPercent: 91, BansWithoutRoom: 3, LockConflicts: 4, Drift: 14 },
    SetsMissing: 2,
  });
});
