/** The approval page: whatever fails while it decides, the person clicks again, or the time-out finds the decision. */
import { linkQuery } from "../../../functions/block/approval-link.ts";
import { functionSeconds } from "../../../functions/domain/environment.ts";
import { HOUR, MINUTE, SECOND } from "../../../functions/domain/instant.ts";
import { NOON } from "../builders.ts";
import { aggressors, anAlarm, beginAttack, expectFewMails, linesOf, proposalNow } from "./attack.ts";
import { type Deployment, startDeployment } from "./deployment.ts";
import { faultsOf } from "./in-a-run.ts";
import { createMachines, type Machines } from "./machines.ts";
import { eachDrawn } from "./sample.ts";
import { beginScene, doubtful, expectAllOver, expectConverged, expectSound } from "./scene.ts";
import { type Fault, nameOf, type WireCall } from "./wire.ts";

let deployment: Deployment;
let machines: Machines;
beforeAll(async () => {
  deployment = await startDeployment(NOON);
});
afterAll(() => deployment.stop());

interface Struck {
  readonly fault: Fault;
  readonly at: number;
}

/** Calls of the first click; `struck` fails one of them. */
let struck: Struck | null = null;
let calls: readonly WireCall[] = [];

async function begin(): Promise<void> {
  machines = createMachines(deployment, {
    interference: {
      async around(name, _, work) {
        if (name !== "approval") return work();
        deployment.wire.arm(struck?.fault ?? null, struck?.at);
        const began = Date.now();
        const end = await work();
        expect(Date.now() - began).toBeLessThan(functionSeconds.approval * SECOND);
        calls = [...deployment.wire.calls()];
        deployment.wire.arm(null);
        struck = null;
        return end;
      },
    },
  });
  await beginScene(deployment, { states: machines.service });
  beginAttack(deployment);
  await machines.run("mitigate", anAlarm(), "run-1");
}

/** The status that the person sees; 502 is the function URL's own where the function fails. */
async function click(): Promise<number> {
  const { id, hash, version } = await proposalNow(deployment);
  const key = await deployment.approvalKey();
  const query = linkQuery({ id, expiresAt: Date.now() + HOUR }, key);
  const form = { decision: "approve", source: doubtful, hash, version: String(version), comment: "" };
  const { error, result } = await machines.call("approval", {
    rawQueryString: query,
    body: new URLSearchParams(form).toString(),
    headers: { "content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin" },
    requestContext: { http: { method: "POST" } },
  });
  return error === undefined ? Object(result).statusCode : 502;
}

test("no answer of the page, whoever asks, may be kept, framed, or leave by a referrer", async () => {
  await begin();
  const { id } = await proposalNow(deployment);
  const link = linkQuery({ id, expiresAt: Date.now() + HOUR }, await deployment.approvalKey());
  const ask = async (method: string, rawQueryString: string) =>
    Object((await machines.call("approval", { rawQueryString, requestContext: { http: { method } } })).result);
  const [shown, headOnly, forged] = [await ask("GET", link), await ask("HEAD", link), await ask("GET", "id=x")];
  expect([shown.statusCode, headOnly.statusCode, headOnly.body, forged.statusCode]).toEqual([200, 200, "", 403]);
  expect(shown.body).toContain(doubtful);
  expect(forged.body).not.toContain(doubtful);
  for (const { headers } of [shown, headOnly, forged])
    expect(headers).toMatchObject({
      ...{ "cache-control": "no-store", "referrer-policy": "no-referrer", "x-frame-options": "DENY" },
      ...{ "x-content-type-options": "nosniff", "content-type": "text/html; charset=utf-8" },
      "content-security-policy": expect.stringMatching(/default-src 'none'.*frame-ancestors 'none'/),
    });
  expect(shown.headers["content-security-policy"]).not.toBe(headOnly.headers["content-security-policy"]);
  expect(await ask("PUT", link)).toMatchObject({ statusCode: 405, headers: { allow: "GET, HEAD, POST" } });
  await machines.stop();
});

async function oneCase(again: boolean): Promise<void> {
  await begin();
  const status = await click();
  if (status !== 200 && again) expect(await click()).toBe(200);
  const { status: decided } = await proposalNow(deployment);
  if (decided !== "approved") {
    // Nothing was decided and nobody clicks again.
    expect(linesOf(deployment)).not.toContain(doubtful);
    return machines.stop();
  }
  await machines.finish("approve");
  const { bans } = await expectSound(deployment, aggressors);
  expect(bans.get(doubtful)).toMatchObject({ status: "active", strikes: 1 });
  deployment.pass(MINUTE);
  expect((await machines.call("sweep", {})).error).toBeUndefined();
  const { lines } = await expectConverged(deployment, aggressors);
  expect(lines).toContain(doubtful);
  const record = await deployment.recordOf(Date.now());
  expect(record.filter(({ event }) => event === "proposal.decided").length).toBeLessThanOrEqual(1);
  expectFewMails(deployment);
  await machines.stop();
  await expectAllOver(deployment, aggressors);
}

test("whatever fails while the page decides, a decision is made once and ends in the ban", async () => {
  await oneCase(false);
  expect(calls.length).toBeGreaterThan(5);
  const clicks = calls.flatMap((call, at) =>
    faultsOf(call, at).flatMap((fault) =>
      [true, false].map((again) => {
        const kind = `${fault}, ${again ? "clicked again" : "clicked once"}`;
        return { at, fault, again, kind, what: `${nameOf(call, at)}, ${kind}` };
      }),
    ),
  );
  await eachDrawn({ name: "approval page" }, clicks, ({ fault, at, again }) => {
    struck = { fault, at };
    return oneCase(again);
  });
}, 600_000);
