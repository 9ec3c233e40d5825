import { NOON } from "../builders.ts";
import { type Deployment, startDeployment } from "./deployment.ts";
import { failInARun } from "./in-a-run.ts";

let deployment: Deployment;
beforeAll(async () => {
  deployment = await startDeployment(NOON);
});
afterAll(() => deployment.stop());

test("whatever fails in Notify, the run or the next one ends in the ban, and a person is asked", async () => {
  await failInARun(deployment, "notify");
}, 600_000);

test("whatever fails in Notify while SNS is down, people hear of the run when it is up again", async () => {
  await failInARun(deployment, "notify", { isTopicDown: true });
}, 600_000);
