/** State Plan of `mitigate`; see run-plan.ts. */
import { randomBytes } from "node:crypto";

import { functionEnvironments } from "../domain/environment.ts";
import { type PlanResult, scoreResultSchema } from "../domain/run.ts";
import { blockSide } from "./aws/block-side.ts";
import { s3Evidence } from "./aws/evidence-store.ts";
import { executionsOf } from "./aws/sfn.ts";
import { policyInForce } from "./policy-in-force.ts";
import { runPlan } from "./run-plan.ts";
import { readSettings } from "./settings.ts";

const environment = functionEnvironments.plan.parse(process.env);
const settings = readSettings(environment);
const ports = {
  ...blockSide(environment.LEDGER_TABLE, settings.IP_SETS),
  evidence: s3Evidence(environment.EVIDENCE_BUCKET),
  executions: executionsOf(environment.APPROVE_MACHINE_ARN),
  journal: (decision: object) => console.log(JSON.stringify(decision)),
};

export async function handler(event: unknown): Promise<PlanResult> {
  const request = scoreResultSchema.parse(event);
  const { policy } = await policyInForce(ports, settings.POLICY);
  // Not base64url: a command line takes an id that begins with a dash for an option.
  return runPlan(ports, request, { ...settings, POLICY: policy }, randomBytes(16).toString("hex"));
}
