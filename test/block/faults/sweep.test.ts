import { noticeOf } from "../../../functions/block/notice-text.ts";
import { MINUTE, toIso } from "../../../functions/domain/instant.ts";
import { NOON } from "../builders.ts";
import { type Deployment, startDeployment } from "./deployment.ts";
import { type FaultCase, failEveryCall } from "./every-fault.ts";
import { beginScene, due, expectAllOver, expectConverged, expectSound } from "./scene.ts";

let deployment: Deployment;
beforeAll(async () => {
  deployment = await startDeployment(NOON);
});
afterAll(() => deployment.stop());

const notice = noticeOf("SNS did not take this", ["What happened."], "run-0");

/** Sent once, and once more only if nobody can tell whether SNS took it. */
async function expectTold({ call, fault }: FaultCase): Promise<void> {
  const { account, ledger, timed } = deployment;
  expect(await timed(() => ledger.outbox.waiting())).toEqual([]);
  const times = account()
    .mails()
    .filter(({ subject }) => subject === notice.subject).length;
  const isUncertain = call.service === "sns" || (call.operation === "PutItem" && fault !== "conflict");
  if (isUncertain) expect([1, 2]).toContain(times);
  else expect(times).toBe(1);
}

async function beginWithNotice(): Promise<void> {
  await beginScene(deployment);
  const kept = { id: "notice-0", at: Date.now(), notice };
  await deployment.timed(() => deployment.ledger.outbox.keep(kept));
}

test("a sweep that cannot read the IP sets fails, and yet sends what waits", async () => {
  await beginWithNotice();
  deployment.wire.arm(null);
  await deployment.run("sweep");
  const at = deployment.wire.calls().findIndex(({ service }) => service === "wafv2");
  await beginWithNotice();
  deployment.wire.arm("denied", at);
  expect((await deployment.run("sweep")).error).toBe("AccessDeniedException");
  expect(deployment.told().flatMap((line) => line.SweepHeartbeat ?? [])).toEqual([]);
  expect(
    deployment
      .account()
      .mails()
      .map(({ subject }) => subject),
  ).toEqual([notice.subject]);
});

test("whatever fails in the sweep, the next one has released what was over, and the record says so once", async () => {
  await failEveryCall(deployment, {
    name: "sweep",
    handler: "sweep",
    begin: beginWithNotice,
    async settle(end) {
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
      await expectTold(end);
    },
  });
}, 600_000);
