import { NOON } from "../builders.ts";
import { type Deployment, startDeployment } from "./deployment.ts";
import { failInARun } from "./in-a-run.ts";

let deployment: Deployment;
beforeAll(async () => {
  deployment = await startDeployment(NOON);
});
afterAll(() => deployment.stop());

test("whatever fails in Report, the run ends in the ban, and a person is asked", async () => {
  await failInARun(deployment, "report");
}, 600_000);
