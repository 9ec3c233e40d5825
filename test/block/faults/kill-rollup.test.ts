/** `rollup` is killed in each of its states; the next hour's execution makes good what it left. */
import { NOON } from "../builders.ts";
import { type Deployment, startDeployment } from "./deployment.ts";
import type { Stroke } from "./machines.ts";
import { beginNight, createLake, goOnAtNight, stories } from "./rollup-scene.ts";
import { eachDrawn } from "./sample.ts";
import { strikesOf } from "./strikes.ts";

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

async function strikeAndGoOn(story: string, stroke: Stroke): Promise<void> {
  const { lake, machines } = await begin(story, stroke);
  expect(machines.struck()).toBe(true);
  await machines.stop();
  await goOnAtNight(deployment, lake);
}

test("wherever a rollup is killed, no row counts that is not vouched for, and the next ones make it good", async () => {
  const strikes = await strikesOf("rollup", Object.keys(stories), async (story) => (await begin(story)).machines);
  await eachDrawn({ name: "kill rollup" }, strikes, ({ story, stroke }) => strikeAndGoOn(story, stroke));
}, 600_000);
