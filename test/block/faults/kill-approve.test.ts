/** `approve` is killed in each of its states; what a person decides counts all the same, and so does silence. */
import { MINUTE } from "../../../functions/domain/instant.ts";
import { definitionOf, statesOf } from "../../statemachines/builders.ts";
import { NOON } from "../builders.ts";
import {
  aggressors,
  anAlarm,
  beginAttack,
  expectFewMails,
  proposalNow,
  settleBySweeps,
  toldOfSilence,
} from "./attack.ts";
import { type Deployment, startDeployment } from "./deployment.ts";
import { createMachines, type Machines, type Stroke } from "./machines.ts";
import { beginScene, doubtful, expectAllOver, expectConverged, expectSound } from "./scene.ts";

let deployment: Deployment;
let machines: Machines;
beforeAll(async () => {
  deployment = await startDeployment(NOON);
});
afterAll(() => deployment.stop());

/** Whether a person decides while the machine asks, or nobody ever does; and whether people can be reminded. */
interface Story {
  readonly answered: boolean;
  readonly reminding?: false;
}
const stories: Readonly<Record<string, Story>> = {
  "a person approves": { answered: true },
  "nobody answers": { answered: false },
  "nobody answers, nor can be reminded": { answered: false, reminding: false },
};

async function begin({ answered, reminding }: Story, stroke?: Stroke): Promise<void> {
  machines = createMachines(deployment, {
    ...(stroke && { stroke }),
    interference: {
      invoke: (handler, payload) =>
        handler === "ask" && reminding === false && Object(payload).step === "remind"
          ? { ok: false, errorType: "NotFoundError", errorMessage: "", trace: [] }
          : null,
    },
  });
  await beginScene(deployment, { states: machines.service });
  beginAttack(deployment);
  await machines.run("mitigate", anAlarm(), "run-1");
  if (answered) await approve();
  await machines.finish("approve");
}

async function approve(): Promise<void> {
  const proposal = await proposalNow(deployment);
  const decide = { id: proposal.id, approve: true, except: [], comment: "", nonce: "n" };
  expect((await machines.call("operator", { decide })).error).toBeUndefined();
}

async function statesByStory(): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const [name, story] of Object.entries(stories)) {
    await begin(story);
    for (const state of machines.visited("approve")) if (!found.has(state)) found.set(state, name);
    await machines.stop();
  }
  return found;
}

async function strike(story: Story, stroke: Stroke): Promise<boolean> {
  await begin(story, stroke);
  if (!machines.struck()) {
    await machines.stop();
    return false;
  }
  machines.calm();
  await expectSound(deployment, aggressors);
  return true;
}

/** Nobody clicks once more: what was decided is applied all the same, and what nobody decided comes to its end. */
async function strikeAndLeave(story: Story, stroke: Stroke): Promise<void> {
  if (!(await strike(story, stroke))) return;
  expect(await settleBySweeps(deployment, machines)).toBe(story.answered);
  expect(toldOfSilence(deployment)).toBe(story.answered ? 0 : 1);
  expectFewMails(deployment);
  await machines.stop();
}

async function strikeAndGoOn(story: Story, stroke: Stroke): Promise<boolean> {
  if (!(await strike(story, stroke))) return false;
  const { status } = await proposalNow(deployment);
  if (status === "open" || status === "approved") {
    await approve();
    await machines.finish("approve");
    await expectBanned();
  }
  deployment.pass(MINUTE);
  expect((await deployment.run("sweep")).error).toBeUndefined();
  await expectConverged(deployment, aggressors);
  expectFewMails(deployment);
  await machines.stop();
  await expectAllOver(deployment, aggressors);
  return true;
}

async function expectBanned(): Promise<void> {
  const { bans, lines } = await expectSound(deployment, aggressors);
  expect(bans.get(doubtful)).toMatchObject({ status: "active", strikes: 1 });
  expect(lines).toContain(doubtful);
}

test("wherever the asking is killed, a decision still counts, and once", async () => {
  const found = await statesByStory();
  const states = statesOf(definitionOf("approve")).map(([name]) => name);
  expect([...found.keys()].sort()).toEqual(states.sort());
  let cases = 0;
  for (const [state, story] of found)
    for (const when of ["entered", "done"] as const)
      try {
        const stroke: Stroke = { machine: "approve", state, when };
        const way = stories[story] ?? { answered: true };
        if (!(await strikeAndGoOn(way, stroke))) continue;
        await strikeAndLeave(way, stroke);
        cases += 1;
      } catch (error) {
        throw new Error(`${story}, ${state} ${when}: ${error instanceof Error ? error.message : error}`, {
          cause: error,
        });
      }
  process.stdout.write(`kill approve: ${found.size} states, ${cases} cases\n`);
}, 600_000);
