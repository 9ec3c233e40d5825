/** SNS is down for ten minutes: bans come as fast as ever, and every notice comes when it is up again. */
import { MINUTE } from "../../../functions/domain/instant.ts";
import { NOON } from "../builders.ts";
import { anAlarm, beginAttack, expectAnswered, expectFewMails, linesOf } from "./attack.ts";
import { type Deployment, startDeployment } from "./deployment.ts";
import { createMachines } from "./machines.ts";
import { beginScene, fresh } from "./scene.ts";

let deployment: Deployment;
beforeAll(async () => {
  deployment = await startDeployment(NOON);
});
afterAll(() => deployment.stop());

/** A whole run, while SNS is down for so long; how long the ban took, and what people were told of by the end. */
async function attackWhileDown(minutes: number) {
  let banned: number | null = null;
  const machines = createMachines(deployment, {
    interference: {
      async around(_, __, work) {
        const end = await work();
        if (linesOf(deployment).includes(fresh)) banned ??= Date.now();
        return end;
      },
    },
  });
  await beginScene(deployment, { states: machines.service });
  beginAttack(deployment);
  const began = Date.now();
  deployment.account().outside.isTopicDown = () => Date.now() < began + minutes * MINUTE;
  expect((await machines.run("mitigate", anAlarm(), "run-1")).status).toBe("SUCCEEDED");
  const took = Date.now() - began;
  const early = deployment
    .account()
    .mails()
    .filter(({ at }) => at < began + minutes * MINUTE).length;
  deployment.pass(Math.max(0, began + minutes * MINUTE - Date.now()));
  expect((await machines.call("sweep", {})).error).toBeUndefined();
  const subjects = deployment
    .account()
    .mails()
    .map(({ subject }) => subject);
  expectFewMails(deployment);
  await expectAnswered(deployment, machines);
  return { secondsToBan: Math.round(((banned ?? Number.NaN) - began) / 1000), took, early, subjects };
}

test("a run takes no longer, bans as soon, and people hear of all of it, later", async () => {
  const calm = await attackWhileDown(0);
  const down = await attackWhileDown(10);
  expect(calm.subjects.length).toBeGreaterThan(1);
  expect(down.early).toBe(0);
  expect([...down.subjects].sort()).toEqual([...calm.subjects].sort());
  expect(down.secondsToBan).toBe(calm.secondsToBan);
  expect(down.took).toBeLessThan(calm.took + MINUTE);
});
