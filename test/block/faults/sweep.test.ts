import { MINUTE, toIso } from "../../../functions/domain/instant.ts";
import { NOON } from "../builders.ts";
import { type Deployment, startDeployment } from "./deployment.ts";
import { failEveryCall } from "./every-fault.ts";
import { beginScene, due, expectAllOver, expectConverged, expectSound } from "./scene.ts";

let deployment: Deployment;
beforeAll(async () => {
  deployment = await startDeployment(NOON);
});
afterAll(() => deployment.stop());

test("whatever fails in the sweep, the next one has released what was over, and the record says so once", async () => {
  await failEveryCall(deployment, {
    name: "sweep",
    handler: "sweep",
    begin: () => beginScene(deployment),
    async settle() {
      await expectSound(deployment, []);
      deployment.pass(MINUTE);
      expect((await deployment.run("sweep")).error).toBeUndefined();
      const { bans, lines } = await expectConverged(deployment, []);
      const over = bans.get(due);
      expect(over).toMatchObject({ status: "released", releasedAt: over?.expiresAt, strikes: 1 });
      expect(lines).toHaveLength(1);
      const record = await deployment.recordOf(Date.parse(over?.expiresAt ?? ""));
      expect(record).toMatchObject([
        { event: "ban.released", source: due, at: toIso(Date.parse(over?.expiresAt ?? "")) },
      ]);
      await expectAllOver(deployment, []);
    },
  });
}, 600_000);
