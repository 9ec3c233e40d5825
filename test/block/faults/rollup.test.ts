/** `rollup`: whatever fails in one of its steps, the machine's own retries or the next executions make it good. */
import { functionSeconds } from "../../../functions/domain/environment.ts";
import { SECOND } from "../../../functions/domain/instant.ts";
import { NOON } from "../builders.ts";
import { type Deployment, type RunEnd, startDeployment } from "./deployment.ts";
import { type Case, casesOf } from "./in-a-run.ts";
import { beginNight, createLake, goOnAtNight, stories } from "./rollup-scene.ts";
import { eachDrawn } from "./sample.ts";
import type { WireCall } from "./wire.ts";

let deployment: Deployment;
beforeAll(async () => {
  deployment = await startDeployment(NOON);
});
afterAll(() => deployment.stop());

/** The n-th invocation of the night, and which of its calls fails. */
interface NightCase extends Case {
  readonly nth: number;
}

const query = () => stories["an hour that is read in slices"]?.() ?? (() => null);
const givenUp: RunEnd = { error: "InvalidInputError" };

/** The calls of each step's first invocation: later ones of the same do the same. */
async function cleanRun(): Promise<Map<number, readonly WireCall[]>> {
  const lake = createLake();
  const steps = new Map<string, number>();
  const calls = new Map<number, readonly WireCall[]>();
  let invocations = -1;
  const { machines, status } = await beginNight(deployment, lake, {
    query: query(),
    async around(_, payload, work) {
      const nth = ++invocations;
      deployment.wire.arm(null);
      const end = await work();
      const { step, progress } = Object(payload);
      const kind = `${step} ${progress?.next ?? ""} ${Object(end.result).next}`;
      if (!steps.has(kind)) calls.set(nth, [...deployment.wire.calls()]);
      steps.set(kind, nth);
      return end;
    },
  });
  expect(status).toBe("SUCCEEDED");
  await machines.stop();
  await goOnAtNight(deployment, lake);
  return calls;
}

async function oneCase({ nth, at, fault, abandoned }: NightCase): Promise<void> {
  const lake = createLake();
  let invocations = -1;
  let isStruck = false;
  const { machines } = await beginNight(deployment, lake, {
    query: query(),
    async around(_, __, work) {
      invocations += 1;
      if (invocations !== nth) return work();
      isStruck = true;
      const began = Date.now();
      deployment.wire.arm(fault, at);
      const end = await work();
      expect(Date.now() - began).toBeLessThan(functionSeconds.rollup * SECOND);
      deployment.wire.arm(null);
      return abandoned ? givenUp : end;
    },
  });
  expect(isStruck).toBe(true);
  await machines.stop();
  await goOnAtNight(deployment, lake);
}

test("whatever fails in a step of a rollup, no row counts that is not vouched for, and it is made good", async () => {
  const steps = await cleanRun();
  expect(steps.size).toBeGreaterThan(3);
  const cases = [...steps].flatMap(([nth, calls]) =>
    casesOf(calls).map((one) => ({ ...one, nth, what: `invocation ${nth}, ${one.what}` })),
  );
  await eachDrawn({ name: "rollup" }, cases, oneCase);
}, 600_000);
