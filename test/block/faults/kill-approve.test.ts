/** `approve` is killed in each of its states; what a person decides counts all the same, and so does silence. */
import { MINUTE } from "../../../functions/domain/instant.ts";
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
import { eachDrawn } from "./sample.ts";
import { beginScene, doubtful, expectAllOver, expectConverged, expectSound } from "./scene.ts";
import { strikesOf } from "./strikes.ts";

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

async function begin({ answered, reminding }: Story, stroke?: Stroke): Promise<Machines> {
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
  return machines;
}

async function approve(): Promise<void> {
  const proposal = await proposalNow(deployment);
  const decide = { id: proposal.id, approve: true, except: [], comment: "", nonce: "n" };
  expect((await machines.call("operator", { decide })).error).toBeUndefined();
}

async function strike(story: Story, stroke: Stroke): Promise<void> {
  await begin(story, stroke);
  expect(machines.struck()).toBe(true);
  machines.calm();
  await expectSound(deployment, aggressors);
}

/** Nobody clicks once more: what was decided is applied all the same, and what nobody decided comes to its end. */
async function strikeAndLeave(story: Story, stroke: Stroke): Promise<void> {
  await strike(story, stroke);
  expect(await settleBySweeps(deployment, machines)).toBe(story.answered);
  expect(toldOfSilence(deployment)).toBe(story.answered ? 0 : 1);
  expectFewMails(deployment);
  await machines.stop();
}

async function strikeAndGoOn(story: Story, stroke: Stroke): Promise<void> {
  await strike(story, stroke);
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
}

async function expectBanned(): Promise<void> {
  const { bans, lines } = await expectSound(deployment, aggressors);
  expect(bans.get(doubtful)).toMatchObject({ status: "active", strikes: 1 });
  expect(lines).toContain(doubtful);
}

test("wherever the asking is killed, a decision still counts, and once", async () => {
  const storyOf = (name: string) => stories[name] ?? { answered: true };
  const strikes = await strikesOf("approve", Object.keys(stories), (name) => begin(storyOf(name)));
  await eachDrawn({ name: "kill approve" }, strikes, async ({ story, stroke }) => {
    await strikeAndGoOn(storyOf(story), stroke);
    await strikeAndLeave(storyOf(story), stroke);
  });
}, 600_000);
