/** The reminder and the time-out of `approve`: whatever fails in them, a proposal that nobody decides comes to its end, once. */
import { functionSeconds } from "../../../functions/domain/environment.ts";
import { SECOND } from "../../../functions/domain/instant.ts";
import { NOON } from "../builders.ts";
import { anAlarm, beginAttack, expectFewMails, settleBySweeps, toldOfSilence } from "./attack.ts";
import { type Deployment, type RunEnd, startDeployment } from "./deployment.ts";
import { type Case, casesOf } from "./in-a-run.ts";
import { createMachines } from "./machines.ts";
import { eachDrawn } from "./sample.ts";
import { beginScene } from "./scene.ts";
import type { WireCall } from "./wire.ts";

let deployment: Deployment;
beforeAll(async () => {
  deployment = await startDeployment(NOON);
});
afterAll(() => deployment.stop());

const givenUp: RunEnd = { error: "InvalidInputError" };

/** Calls of the step's first try, which `struck` fails. */
async function oneCase(step: string, struck?: Case): Promise<readonly WireCall[]> {
  let calls: readonly WireCall[] | null = null;
  const machines = createMachines(deployment, {
    interference: {
      async around(name, payload, work) {
        if (name !== "ask" || Object(payload).step !== step || calls) return work();
        deployment.wire.arm(struck?.fault ?? null, struck?.at);
        const began = Date.now();
        const end = await work();
        expect(Date.now() - began).toBeLessThan(functionSeconds.ask * SECOND);
        calls = [...deployment.wire.calls()];
        deployment.wire.arm(null);
        return struck?.abandoned ? givenUp : end;
      },
    },
  });
  await beginScene(deployment, { states: machines.service });
  beginAttack(deployment);
  await machines.run("mitigate", anAlarm(), "run-1");
  await machines.finish("approve");
  expect(await settleBySweeps(deployment, machines)).toBe(false);
  expect(toldOfSilence(deployment)).toBe(1);
  expectFewMails(deployment);
  await machines.stop();
  return calls ?? [];
}

const steps = ["remind", "timedOut"];

test.each(steps)(
  "whatever fails in the step %s, the proposal ends by the time-out, and people are told",
  async (step) => {
    const calls = await oneCase(step);
    expect(calls.length).toBeGreaterThan(2);
    await eachDrawn({ name: step, walks: steps.length }, casesOf(calls), (one) => oneCase(step, one));
  },
  600_000,
);
