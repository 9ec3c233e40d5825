import { MINUTE, SECOND, toIso } from "../../../functions/domain/instant.ts";
import type { Plan } from "../../../functions/domain/plan.ts";
import { aPlan, aPlannedBan, aRun, NOON } from "../builders.ts";
import { type Deployment, startDeployment } from "./deployment.ts";
import { failEveryCall, isTriedAgain } from "./every-fault.ts";
import { allowed, beginScene, expectAllOver, expectConverged, expectSound, fresh, known } from "./scene.ts";

const asked = [fresh, known];
let deployment: Deployment;
beforeAll(async () => {
  deployment = await startDeployment(NOON);
});
afterAll(() => deployment.stop());

function planOf(runId: string): Plan {
  const apply = [...asked, allowed].map((source) => aPlannedBan({ source, targets: ["edge"], minutes: 60 }));
  return aPlan({ apply, at: toIso(Date.now()), run: aRun({ runId }) });
}

function aRequest(runId: string) {
  const plan = planOf(runId);
  const planKey = `runs/${runId}/1/plan.json`;
  deployment.account().evidence.put(planKey, plan);
  return { run: plan.run, planKey, origin: "auto" };
}

test.each([
  { plan: "auto", machine: "approved" },
  { plan: "approved", machine: "auto" },
])("a plan that says $plan is not applied by the machine for $machine", async ({ plan, machine }) => {
  await beginScene(deployment);
  const request = aRequest("run-1");
  deployment.account().evidence.put(request.planKey, { ...planOf("run-1"), origin: plan });
  expect(await deployment.run("apply", { ...request, origin: machine })).toMatchObject({
    error: "InvalidInputError",
    message: expect.stringContaining(`it says ${plan}, the machine ${machine}`),
  });
  expect((await expectSound(deployment, [])).bans.has(fresh)).toBe(false);
});

test("whatever fails in Apply, no ban is lost, invented or counted twice", async () => {
  await failEveryCall(deployment, {
    name: "apply",
    handler: "apply",
    async begin() {
      await beginScene(deployment);
      return aRequest("run-1");
    },
    async settle(end, event) {
      await expectSound(deployment, asked);
      deployment.pass(5 * SECOND);
      if (end.end.error === undefined) await expectBanned("run-1");
      else if (isTriedAgain(end)) {
        expect((await deployment.run("apply", event)).error).toBeUndefined();
        await expectBanned("run-1");
      } else {
        expect((await deployment.run("sweep")).error).toBeUndefined();
        await expectConverged(deployment, asked);
        deployment.pass(MINUTE);
        expect((await deployment.run("apply", aRequest("run-2"))).error).toBeUndefined();
        await expectBanned("run-2");
      }
      deployment.pass(MINUTE);
      expect((await deployment.run("sweep")).error).toBeUndefined();
      await expectConverged(deployment, asked);
      await expectAllOver(deployment, asked);
    },
  });
}, 600_000);

/** The row by which queries know that what led to the bans has had its answer. */
const isAnswerOf = (runId: string) => (key: string) => key.startsWith("bans/dt=") && key.includes(runId);

async function expectBanned(runId: string): Promise<void> {
  const { bans, lines } = await expectSound(deployment, asked);
  for (const [source, strikes] of [
    [fresh, 1],
    [known, 2],
  ] as const)
    expect(bans.get(source)).toMatchObject({
      ...{ source, status: "active", strikes, simulated: false },
      claims: { [runId]: { origin: "auto", score: 93 } },
    });
  expect(lines).toEqual(expect.arrayContaining([known]));
  expect(deployment.account().evidence.keys().filter(isAnswerOf(runId))).toHaveLength(1);
  const { bans: index } = deployment.ledger;
  for (const ban of bans.values())
    for (const run of Object.keys(ban.claims).filter((key) => key !== "run-0"))
      expect(await deployment.timed(() => index.sourcesOfRun(run))).toContain(ban.source);
}
