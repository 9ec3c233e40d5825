/** A run dies while its alarm is on, and no alarm fires any more: the sweep has another one look within minutes. */
import { MINUTE, SECOND } from "../../../functions/domain/instant.ts";
import { anAlarmEvent } from "../../detect/run-builders.ts";
import { NOON } from "../builders.ts";
import { anAlarm, beginAttack, expectAnswered, leaseNow } from "./attack.ts";
import { type Deployment, startDeployment } from "./deployment.ts";
import { ROUND_SECONDS } from "./environment.ts";
import { createMachines, type Interference, type Machines, type Stroke } from "./machines.ts";
import { beginScene } from "./scene.ts";

let deployment: Deployment;
beforeAll(async () => {
  deployment = await startDeployment(NOON);
});
afterAll(() => deployment.stop());

async function begin(stroke?: Stroke, interference?: Interference): Promise<Machines> {
  const machines = createMachines(deployment, { ...(stroke && { stroke }), ...(interference && { interference }) });
  await beginScene(deployment, { states: machines.service });
  beginAttack(deployment);
  expect((await machines.run("mitigate", anAlarm(), "run-1")).status).not.toBe("SUCCEEDED");
  machines.calm();
  return machines;
}

/** Sweeps each minute, as the schedule does, until one has started another run; how long that took. */
async function untilResumed(machines: Machines): Promise<number> {
  const [began, before] = [Date.now(), machines.names("mitigate").length];
  while (machines.names("mitigate").length === before) {
    expect(Date.now() - began).toBeLessThan(10 * MINUTE);
    deployment.pass(MINUTE);
    expect((await machines.call("sweep", {})).error).toBeUndefined();
  }
  const took = Date.now() - began;
  await machines.finish("mitigate");
  return took;
}

test.each([
  { case: "before it has asked", state: "Query" },
  { case: "before it has banned", state: "Apply" },
])("a run that was killed $case is replaced, and so is what joined it", async ({ state }) => {
  const machines = await begin({ machine: "mitigate", state, when: "entered" });
  const another = {
    ...anAlarmEvent({ alarmName: "portcullis-UserAuthentication-95" }),
    time: new Date().toISOString(),
  };
  await machines.run("mitigate", another, "run-joined");
  expect(machines.visited("mitigate")).toContain("NotAdmitted");
  const held = (await leaseNow(deployment)) - Date.now();
  expect(held).toBeLessThanOrEqual(2 * ROUND_SECONDS * SECOND);
  expect(await untilResumed(machines)).toBeLessThanOrEqual(held + 3 * MINUTE);
  expect(machines.names("mitigate").slice(2)).toEqual([expect.stringMatching(/^resume-UserAuthentication-1-0$/)]);
  expect((await machines.call("sweep", {})).error).toBeUndefined();
  expect(machines.names("mitigate")).toHaveLength(3);
  await expectAnswered(deployment, machines);
});

test("a run whose round failed for good is followed by another, three minutes later", async () => {
  const machines = await begin(undefined, {
    invoke: (handler) =>
      handler === "score" ? { ok: false, errorType: "InvalidInputError", errorMessage: "", trace: [] } : null,
  });
  expect(await untilResumed(machines)).toBeLessThanOrEqual(3 * MINUTE);
  await expectAnswered(deployment, machines);
});
