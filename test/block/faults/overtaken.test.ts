/** A proposal whose sources are banned by now: whatever fails while the sweep closes it, it is closed once and nobody is asked again. */
import { s3Evidence } from "../../../functions/block/aws/evidence-store.ts";
import { executionsOf } from "../../../functions/block/aws/sfn.ts";
import { fileProposal } from "../../../functions/block/file-proposal.ts";
import { MINUTE, SECOND, toIso } from "../../../functions/domain/instant.ts";
import { aFiledBan, aPlan, aRun, NOON } from "../builders.ts";
import { type Deployment, startDeployment } from "./deployment.ts";
import { BUCKET, MACHINE_ARN } from "./environment.ts";
import { type Case, casesOf } from "./in-a-run.ts";
import { createMachines, type Machines } from "./machines.ts";
import { eachDrawn } from "./sample.ts";
import { beginScene, expectAllOver, expectConverged, expectSound, held } from "./scene.ts";
import type { WireCall } from "./wire.ts";

let deployment: Deployment;
let machines: Machines;
beforeAll(async () => {
  deployment = await startDeployment(NOON);
});
afterAll(() => deployment.stop());

const id = "proposal-1";

/** Asked about `held`, which is banned. */
async function begin(struck: Case | null, wanted?: WireCall): Promise<readonly WireCall[]> {
  machines = createMachines(deployment);
  await beginScene(deployment, { states: machines.service });
  const { proposals } = deployment.ledger;
  const ports = { proposals, evidence: s3Evidence(BUCKET), executions: executionsOf(MACHINE_ARN) };
  const file = [aFiledBan({ source: held, targets: ["edge"] })];
  const plan = aPlan({ run: aRun({ runId: "run-1" }), at: toIso(Date.now()), apply: [], file });
  await deployment.timed(async () => {
    await fileProposal(ports, plan, id, Date.now());
    await new Promise((resolve) => setTimeout(resolve, 10 * SECOND));
  });
  expect(deployment.account().mails()).toHaveLength(1);
  deployment.wire.arm(struck?.fault ?? null, struck?.at);
  await machines.call("sweep", {});
  const calls = [...deployment.wire.calls()];
  deployment.wire.arm(null);
  if (struck) expect(calls[struck.at]).toEqual(wanted);
  return calls;
}

async function end(): Promise<void> {
  const ticket = async () => deployment.timed(() => deployment.ledger.proposals.get(id));
  for (let sweeps = 0; sweeps < 3 && ((await ticket())?.doneAt ?? null) === null; sweeps += 1) {
    deployment.pass(11 * MINUTE);
    expect((await machines.call("sweep", {})).error).toBeUndefined();
    await deployment.timed(() => new Promise((resolve) => setTimeout(resolve, 10 * SECOND)));
  }
  const { proposal, doneAt } = (await ticket()) ?? {};
  expect(proposal).toMatchObject({ status: "overtaken", decision: { by: "portcullis", approved: 0, rejected: 0 } });
  expect(doneAt).not.toBeNull();
  const record = (await deployment.recordOf(Date.parse(proposal?.decision?.at ?? ""))).filter(
    ({ event }) => event === "proposal.decided",
  );
  expect(record).toMatchObject([{ by: "portcullis", facts: { status: "overtaken" } }]);
  await machines.finish("approve");
  // The one that asked.
  expect(deployment.account().mails()).toHaveLength(1);
  await expectSound(deployment, []);
  deployment.pass(MINUTE);
  expect((await machines.call("sweep", {})).error).toBeUndefined();
  await expectConverged(deployment, []);
  await machines.stop();
  await expectAllOver(deployment, []);
}

test("whatever fails while the sweep closes it, it is closed once, on record, and nobody is asked again", async () => {
  let calls: readonly WireCall[] = [];
  // What a function asks once in its life is asked the first time.
  for (const _ of ["cold", "warm"]) {
    calls = await begin(null);
    await end();
  }
  const first = calls.findIndex(({ service }) => service === "s3");
  const last = calls.findLastIndex(({ operation }) => operation === "SendTaskSuccess");
  expect(last - first).toBeGreaterThan(5);
  await eachDrawn({ name: "closing" }, casesOf(calls.slice(first, last + 1)), async (one) => {
    const at = first + one.at;
    await begin({ ...one, at }, calls[at]);
    await end();
  });
}, 600_000);
