/** `mitigate` is killed in each of its states; the next alarm and the sweep go on from there. */
import { SECOND } from "../../../functions/domain/instant.ts";
import { definitionOf, statesOf } from "../../statemachines/builders.ts";
import { NOON } from "../builders.ts";
import { anAlarm, beginAttack, goOn, leaseNow } from "./attack.ts";
import { type Deployment, startDeployment } from "./deployment.ts";
import { ROUND_SECONDS } from "./environment.ts";
import { createMachines, type Interference, type Stroke } from "./machines.ts";
import { beginScene } from "./scene.ts";

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

/** States come up in the order in which the stories show them. */
async function statesByStory(): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const [name, story] of Object.entries(stories)) {
    const machines = await begin(story);
    for (const state of machines.visited("mitigate")) if (!found.has(state)) found.set(state, name);
    await machines.stop();
  }
  return found;
}

async function strikeAndGoOn(story: Story, stroke: Stroke): Promise<boolean> {
  const machines = await begin(story, stroke);
  if (!machines.struck()) {
    await machines.stop();
    return false;
  }
  machines.calm();
  const lease = await leaseNow(deployment);
  // Two rounds after the end of a wait of one.
  expect(lease - Date.now()).toBeLessThanOrEqual(3 * ROUND_SECONDS * SECOND);
  await goOn(deployment, machines, { again: true });
  return true;
}

test("wherever a run is killed, the category is free two rounds later, and nothing is lost or done twice", async () => {
  const found = await statesByStory();
  expect([...found.keys()].sort()).toEqual(
    statesOf(definitionOf("mitigate"))
      .map(([name]) => name)
      .sort(),
  );
  let cases = 0;
  for (const [state, story] of found)
    for (const when of ["entered", "done"] as const)
      try {
        if (await strikeAndGoOn(stories[story] ?? {}, { machine: "mitigate", state, when })) cases += 1;
      } catch (error) {
        throw new Error(`${story}, ${state} ${when}: ${error instanceof Error ? error.message : error}`, {
          cause: error,
        });
      }
  process.stdout.write(`kill mitigate: ${found.size} states, ${cases} cases\n`);
  expect(cases).toBeGreaterThan(found.size);
}, 600_000);
