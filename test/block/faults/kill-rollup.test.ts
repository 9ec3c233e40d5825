/** `rollup` is killed in each of its states; the next hour's execution makes good what it left. */
import { definitionOf, statesOf } from "../../statemachines/builders.ts";
import { NOON } from "../builders.ts";
import { type Deployment, startDeployment } from "./deployment.ts";
import type { Stroke } from "./machines.ts";
import { beginNight, createLake, goOnAtNight, stories } from "./rollup-scene.ts";

let deployment: Deployment;
beforeAll(async () => {
  deployment = await startDeployment(NOON);
});
afterAll(() => deployment.stop());

async function begin(story: string, stroke?: Stroke) {
  const lake = createLake();
  const query = stories[story]?.() ?? (() => null);
  return { lake, ...(await beginNight(deployment, lake, { query }, stroke)) };
}

/** States come up in the order in which the stories show them; each is struck in the first that comes through it. */
async function statesByStory(): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const story of Object.keys(stories)) {
    const { machines } = await begin(story);
    for (const state of machines.visited("rollup")) if (!found.has(state)) found.set(state, story);
    await machines.stop();
  }
  return found;
}

async function strikeAndGoOn(story: string, stroke: Stroke): Promise<boolean> {
  const { lake, machines } = await begin(story, stroke);
  const isStruck = machines.struck();
  await machines.stop();
  if (isStruck) await goOnAtNight(deployment, lake);
  return isStruck;
}

test("wherever a rollup is killed, no row counts that is not vouched for, and the next ones make it good", async () => {
  const found = await statesByStory();
  const states = statesOf(definitionOf("rollup")).map(([name]) => name);
  expect([...found.keys()].sort()).toEqual(states.sort());
  let cases = 0;
  for (const [state, story] of found)
    for (const when of ["entered", "done"] as const)
      try {
        if (await strikeAndGoOn(story, { machine: "rollup", state, when })) cases += 1;
      } catch (error) {
        throw new Error(`${story}, ${state} ${when}: ${error instanceof Error ? error.message : error}`, {
          cause: error,
        });
      }
  process.stdout.write(`kill rollup: ${found.size} states, ${cases} cases\n`);
  expect(cases).toBeGreaterThan(found.size);
}, 600_000);
