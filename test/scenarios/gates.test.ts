import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { gateHashes } from "../../functions/detect/aws/client-gates.ts";
import { parseDeployment } from "../../functions/domain/deployment.ts";
import { MINUTE } from "../../functions/domain/instant.ts";
import { writeLocalFile } from "../../local/demo/local-file.ts";
import { run } from "../cli/run-command.ts";
import { sdkConfig } from "../local/builders.ts";
import { aScenario, CLIENT_ID, type Scenario, scenarioConfig } from "./builders.ts";

jest.setTimeout(180_000);

const { quotas: _, ...config } = scenarioConfig;
const CREATED = "portcullis/clients";
const IMPORTED = "arn:aws:secretsmanager:us-east-1:111122223333:secret:shared/cognito-Ab12Cd";

let world: Scenario;
afterEach(() => world.stop());

const secrets = () => new SecretsManagerClient(sdkConfig(world.awsEndpoint));

async function documentOf(SecretId: string) {
  const { SecretString = "" } = await secrets().send(new GetSecretValueCommand({ SecretId }));
  return JSON.parse(SecretString);
}
const signIn = () => world.signIn("203.0.113.7", { user: "alice", password: "correct horse" });

/** The command line, as somebody runs it in the folder of the demo. */
async function secretFill() {
  const folder = mkdtempSync(join(tmpdir(), "portcullis-test-"));
  const spy = jest.spyOn(process, "cwd").mockReturnValue(folder);
  const environment = { ...process.env };
  const { awsEndpoint, viewerUrl, poolUrl, deployment } = world;
  const clockUrl = `data:,${world.clock.now()}`;
  writeLocalFile(folder, { pid: process.pid, awsEndpoint, viewerUrl, poolUrl, clockUrl, config: deployment });
  try {
    return await world.clock.during(() => run("secret", "fill", "--local"));
  } finally {
    spy.mockRestore();
    process.env = environment;
    process.exitCode = undefined;
    rmSync(folder, { recursive: true });
  }
}

test.each([
  { case: "made by the deployment", secretId: CREATED, over: {} },
  { case: "that was there before", secretId: IMPORTED, over: { clientSecretArn: IMPORTED } },
])("a secret $case gets its gate by itself and the app clients' secrets by one command", async ({ secretId, over }) => {
  world = await aScenario({ config: { ...config, ...over }, pool: { secretFilled: false } });
  world.cognito.users.addUser("alice", "correct horse");
  await world.until(async () => (await documentOf(secretId)).gates?.length === 1, "gate", 2);
  expect((await signIn()).status).toBe(503);
  const first = await secretFill();
  expect([first.code, first.err, first.out]).toEqual([0, "", expect.stringMatching(/^\w+ {2}added\n$/)]);
  // The edge goes on with the document that it has.
  await world.clock.wait(16 * MINUTE);
  expect((await signIn()).status).toBe(200);
  const filled = await documentOf(secretId);
  expect(parseDeployment({ ...config, ...over }, "test").userPool.clientIds).toEqual(Object.keys(filled.clients));
  expect((await secretFill()).out).toMatch(/there already/);
  expect(await documentOf(secretId)).toEqual(filled);
  const told = JSON.stringify(world.events.filter(({ kind }) => kind === "lambda-log")) + first.out;
  for (const secret of [...filled.gates, filled.tagKey, ...filled.clients[CLIENT_ID].secrets])
    expect(told).not.toContain(secret);
  expect(world.events.filter(({ kind }) => kind === "fault")).toEqual([]);
});

test("who signs in through a rotation never fails where the pool asks for gates, and all tokens are trusted", async () => {
  world = await aScenario({ config: { ...config, gate: "block" } });
  world.cognito.users.addUser("alice", "correct horse");
  const before = (await documentOf(CREATED)).gates;
  const trusted: string[][] = [];
  const answers: number[] = [];
  const written = new Set<string>();
  const invoke = (payload: unknown) =>
    world.clock.during(() => world.functions.invoke(world.names.functionName("gates"), payload));
  // Not beside the schedule's first tick, which one of the two would lose its write to.
  await world.clock.wait(MINUTE);
  await invoke({ order: "leaked" });
  // Two phases of half an hour, each of which ends with the first quarter of an hour after it.
  for (let minute = 0; minute < 120; minute++) {
    answers.push((await signIn()).status);
    trusted.push(await gateHashes(CREATED, secrets()));
    await world.clock.wait(MINUTE);
  }
  const around = await world.signIn("203.0.113.8", { user: "alice", direct: true });
  expect(around.errorType).toBe("ForbiddenException");
  for (const event of world.events) {
    if (event.kind !== "log" || event.log !== "cloudtrail") continue;
    const [, gate = "-"] = /^portcullis\/1 \((\S+);/.exec(String(event.record["userAgent"])) ?? [];
    written.add(gate);
  }
  const after = (await documentOf(CREATED)).gates;
  expect(new Set(answers)).toEqual(new Set([200]));
  expect(before.filter((gate: string) => after.includes(gate))).toEqual([]);
  expect([...written]).toEqual([before[0], after[0]]);
  // Whoever reads the logs believes one of them all the time, and both for as long as calls with either may be written.
  const [first, last] = [...written].map(hashOf);
  const phases = trusted.map((hashes) =>
    [first, last].map((hash) => (hashes.includes(hash ?? "") ? "x" : "-")).join(""),
  );
  expect(phases.join(" ")).toMatch(/^(xx ){60,}(-x ?){10,}$/);
  expect(world.mishaps()).toEqual([]);
});

function hashOf(gate: string): string {
  return createHash("sha256").update(gate).digest("hex");
}
