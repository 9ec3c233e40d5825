/** Executions are stopped by hand in the deployed world, and the sweep of the templates goes on from there. */
import { SFNClient, StopExecutionCommand } from "@aws-sdk/client-sfn";

import { ledgerSide } from "../../functions/block/aws/block-side.ts";
import { s3Evidence } from "../../functions/block/aws/evidence-store.ts";
import { fileProposal } from "../../functions/block/file-proposal.ts";
import { noticeOf } from "../../functions/block/notice-text.ts";
import { MINUTE, toIso } from "../../functions/domain/instant.ts";
import { aFiledBan, aPlan, aRun } from "../block/builders.ts";
import { anAlarmEvent } from "../detect/run-builders.ts";
import { sdkConfig } from "../local/builders.ts";
import { aScenario, type Scenario } from "./builders.ts";

jest.setTimeout(120_000);

let scenario: Scenario;
const environment = { ...process.env };
beforeAll(async () => {
  scenario = await aScenario();
  const AWS_ENDPOINT_URL = scenario.awsEndpoint;
  Object.assign(process.env, { AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID: "operator", AWS_SECRET_ACCESS_KEY: "operator" });
});
afterAll(async () => {
  process.env = environment;
  await scenario?.stop();
});

const named = (pattern: RegExp) => scenario.executions.all().find(({ name }) => pattern.test(name));
const mails = () => scenario.sns.messages.map(({ subject }) => subject ?? "");

async function stop(executionArn: string): Promise<void> {
  const client = new SFNClient(sdkConfig(scenario.awsEndpoint));
  await client.send(new StopExecutionCommand({ executionArn }));
  client.destroy();
}

test("a run that somebody stopped while its alarm was on is followed by another, which ends well", async () => {
  const machine = scenario.assembly
    .ofType("AWS::StepFunctions::StateMachine")
    .find(({ name }) => name === scenario.names.mitigateMachine);
  const timestamp = toIso(scenario.clock.now()).replace("Z", "+0000");
  const alarmName = scenario.names.alarmName("UserAuthentication", 50);
  const run = scenario.startExecution(machine?.arn ?? "", anAlarmEvent({ alarmName, timestamp }));
  await scenario.until(() => run.history.some(({ state }) => state === "Query"), "the run", 2);
  await stop(run.arn);
  await scenario.until(() => named(/^resume-UserAuthentication-1-0$/) !== undefined, "another run", 12);
  await scenario.until(() => named(/^resume-/)?.status === "SUCCEEDED", "its end", 30);
});

test("a proposal that nobody was told of is asked, and settled though its execution was stopped", async () => {
  const { proposals } = ledgerSide(scenario.names.ledgerTable, "us-east-1");
  const evidence = s3Evidence(scenario.names.evidenceBucket, { region: "us-east-1" });
  const now = scenario.clock.now();
  const plan = aPlan({ run: aRun({ runId: "run-x" }), at: toIso(now), apply: [], file: [aFiledBan()] });
  // Whoever files dies before the execution is started.
  const nobody = { start: async () => {} };
  await fileProposal({ proposals, evidence, executions: nobody }, plan, "left-alone", now);
  await scenario.until(() => mails().some((subject) => subject.includes("for your decision")), "the mail", 15);
  await stop(named(/^left-alone-v2$/)?.arn ?? "");
  await scenario.until(() => named(/^left-alone-v2-late-0$/)?.status === "SUCCEEDED", "the end", 20);
  expect((await proposals.get("left-alone"))?.proposal).toMatchObject({ status: "expired", version: 2 });
  expect(mails().filter((subject) => subject.includes("nobody decided"))).toHaveLength(1);
  await scenario.clock.wait(15 * MINUTE);
  expect(scenario.executions.all().filter(({ name }) => name.startsWith("left-alone"))).toHaveLength(2);
});

test("a notice that was kept is sent", async () => {
  const { outbox } = ledgerSide(scenario.names.ledgerTable, "us-east-1");
  await outbox.keep({ id: "kept", at: scenario.clock.now(), notice: noticeOf("kept", ["What happened."], "run-x") });
  await scenario.until(() => mails().includes("Portcullis: kept"), "the notice", 3);
  expect(await outbox.waiting()).toEqual([]);
});

test("nothing failed on the way, and no permission was missing", () => {
  expect(scenario.mishaps()).toEqual([]);
});
