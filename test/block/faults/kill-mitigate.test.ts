/** `mitigate` is killed in each of its states; the next alarm and the sweep go on from there. */
import { SECOND } from "../../../functions/domain/instant.ts";
import { NOON } from "../builders.ts";
import { anAlarm, beginAttack, goOn, leaseNow } from "./attack.ts";
import { type Deployment, startDeployment } from "./deployment.ts";
import { ROUND_SECONDS } from "./environment.ts";
import { createMachines, type Interference, type Stroke } from "./machines.ts";
import { eachDrawn } from "./sample.ts";
import { beginScene } from "./scene.ts";
import { strikesOf } from "./strikes.ts";

let deployment: Deployment;
beforeAll(async () => {
  deployment = await startDeployment(NOON);
});
afterAll(() => deployment.stop());

interface Story {
  readonly interference?: Interference;
  readonly endless?: boolean;
  readonly input?: unknown;
}

const failedQuery = { QueryExecutionId: "none", Status: { State: "FAILED" } };
const notOurs = { calls: 10, theirs: 9, completeTo: new Date(NOON).toISOString(), others: [] };
/** The ways through the machine; each state is struck in the first of them that comes through it. */
const stories: Readonly<Record<string, Story>> = {
  "an attack": {},
  "an attack whose logs cannot be read": { interference: { query: () => failedQuery } },
  "an attack without end": { endless: true },
  "a round that fails": {
    interference: {
      invoke: (handler) =>
        handler === "score" ? { ok: false, errorType: "InvalidInputError", errorMessage: "", trace: [] } : null,
    },
  },
  "a neighbour's quota": {
    interference: {
      invoke: (handler, payload) => {
        const run = { ...Object(payload).run, notOurs };
        const ended = { schema: 1, again: false, look: false, evidence: true, reason: "", waitSeconds: 0, run };
        return handler === "watch" ? { ok: true, payload: { ...ended, ending: "not-ours" } } : null;
      },
    },
  },
  "something to tell and nobody to ban": {
    interference: {
      async around(handler, _, work) {
        const end = await work();
        const result = Object(end.result);
        return handler === "plan" ? { result: { ...result, counts: { ...result.counts, apply: 0, tell: 1 } } } : end;
      },
    },
  },
  "an event that is not for us": { input: { source: "aws.cloudwatch", "detail-type": "Other", detail: {} } },
};

async function begin(story: Story, stroke?: Stroke) {
  const machines = createMachines(deployment, { ...story, ...(stroke && { stroke }) });
  await beginScene(deployment, { states: machines.service });
  beginAttack(deployment, story);
  await machines.run("mitigate", story.input ?? anAlarm(), "run-1");
  return machines;
}

async function strikeAndGoOn(story: Story, stroke: Stroke): Promise<void> {
  const machines = await begin(story, stroke);
  expect(machines.struck()).toBe(true);
  machines.calm();
  const lease = await leaseNow(deployment);
  // Two rounds after the end of a wait of one.
  expect(lease - Date.now()).toBeLessThanOrEqual(3 * ROUND_SECONDS * SECOND);
  await goOn(deployment, machines, { again: true });
}

test("wherever a run is killed, the category is free two rounds later, and nothing is lost or done twice", async () => {
  const strikes = await strikesOf("mitigate", Object.keys(stories), (name) => begin(stories[name] ?? {}));
  await eachDrawn({ name: "kill mitigate" }, strikes, ({ story, stroke }) =>
    strikeAndGoOn(stories[story] ?? {}, stroke),
  );
}, 600_000);
