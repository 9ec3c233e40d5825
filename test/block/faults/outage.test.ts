/** Each step of a run fails for ten minutes and then works again: the offender is banned all the same. */
import { MINUTE } from "../../../functions/domain/instant.ts";
import { AwsError } from "../../../local/aws-wire.ts";
import type { FunctionEnd } from "../../../local/ports.ts";
import { NOON } from "../builders.ts";
import { anAlarm, beginAttack, expectAnswered } from "./attack.ts";
import { type Deployment, type HandlerName, startDeployment } from "./deployment.ts";
import { createMachines, type Interference } from "./machines.ts";
import { beginScene } from "./scene.ts";

let deployment: Deployment;
beforeAll(async () => {
  deployment = await startDeployment(NOON);
});
afterAll(() => deployment.stop());

const failing = (errorType: string): FunctionEnd => ({ ok: false, errorType, errorMessage: "", trace: [] });
const kinds: Readonly<Record<string, () => FunctionEnd>> = {
  "a service that is down": () => failing("RetryableError"),
  "too little memory": () => failing("Runtime.ExitError"),
  "too little time": () => failing("Sandbox.Timedout"),
  "too many at once": () => {
    throw new AwsError("TooManyRequestsException", "Rate exceeded", { status: 429 });
  },
};
const steps: readonly HandlerName[] = ["admit", "score", "plan", "apply", "notify", "watch", "report"];

/** Ten minutes from the first time that it is asked for. */
function outage(): () => boolean {
  let until: number | null = null;
  return () => {
    until ??= Date.now() + 10 * MINUTE;
    return Date.now() < until;
  };
}

async function outlive(interference: Interference, heldUpMinutes = 10): Promise<void> {
  const machines = createMachines(deployment, { interference });
  await beginScene(deployment, { states: machines.service });
  beginAttack(deployment);
  const began = Date.now();
  expect((await machines.run("mitigate", anAlarm(), "run-1")).status).toBe("SUCCEEDED");
  expect(Date.now() - began).toBeGreaterThan(heldUpMinutes * MINUTE);
  expect((await deployment.run("sweep")).error).toBeUndefined();
  await expectAnswered(deployment, machines);
}

// That each step is tried again alike is what the definitions' own test says.
const alone = steps.map((step, index) => ({ step, kind: Object.keys(kinds)[index % 4] ?? "" }));

jest.setTimeout(60_000);

test.each(alone)("$step fails for ten minutes by $kind", async ({ step, kind }) => {
  const isOut = outage();
  const invoke = (handler: HandlerName) => (handler === step && isOut() ? (kinds[kind]?.() ?? null) : null);
  // People are told less, and later, so that the next look is not late.
  await outlive({ invoke }, step === "notify" || step === "report" ? 0 : 10);
});

test("every function fails for ten minutes", async () => {
  const isOut = outage();
  await outlive({ invoke: (handler) => (steps.includes(handler) && isOut() ? failing("RetryableError") : null) });
});

test.each([
  ["throttles", () => new AwsError("TooManyRequestsException", "slow down")],
  ["fails by itself", () => new AwsError("InternalServerException", "sorry")],
])("Athena %s for ten minutes", async (_, error) => {
  const isOut = outage();
  await outlive({
    query() {
      if (isOut()) throw error();
      return null;
    },
  });
});

test("every query fails for ten minutes", async () => {
  const isOut = outage();
  await outlive({ query: () => (isOut() ? { QueryExecutionId: "none", Status: { State: "FAILED" } } : null) });
});
