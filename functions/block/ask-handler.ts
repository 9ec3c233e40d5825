/** The task of `approve` that waits for a person, and its end when nobody answers; see ask.ts. */
import { randomBytes } from "node:crypto";

import { functionEnvironments } from "../domain/environment.ts";
import { type Answer, askRequestSchema } from "../domain/run.ts";
import { ask, timeOut } from "./ask.ts";
import { ledgerSide } from "./aws/block-side.ts";
import { s3Evidence } from "./aws/evidence-store.ts";
import { approvalKey } from "./aws/secrets.ts";
import { sfnTaskTokens } from "./aws/sfn.ts";
import { snsTopic } from "./aws/sns.ts";
import { lastingTopic } from "./outbox.ts";

const environment = functionEnvironments.ask.parse(process.env);
const log = (event: object) => console.log(JSON.stringify(event));
const ledger = ledgerSide(environment.LEDGER_TABLE);
const ports = {
  ...ledger,
  evidence: s3Evidence(environment.EVIDENCE_BUCKET),
  tokens: sfnTaskTokens(),
  topic: lastingTopic({ ...ledger, topic: snsTopic(environment.TOPIC_ARN), log }),
  journal: log,
};
const key = approvalKey(environment.APPROVAL_KEY_ARN);

export async function handler(event: unknown): Promise<{ asked: boolean } | Answer> {
  const request = askRequestSchema.parse(event);
  const scene = {
    now: ports.timing.now(),
    approvalUrl: environment.APPROVAL_URL === "-" ? null : environment.APPROVAL_URL,
    approvalMinutes: environment.APPROVAL_MINUTES,
    onTimeout: environment.ON_TIMEOUT,
    key: await key.read(),
    nonce: randomBytes(8).toString("hex"),
  };
  return request.step === "timedOut" ? timeOut(ports, request, scene) : ask(ports, request, scene);
}
