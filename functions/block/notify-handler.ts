/** States Notify, TellNotOurs and TellStopped of `mitigate`: tell people what a round did, or why the run is over. */
import { functionEnvironments } from "../domain/environment.ts";
import { InvalidInputError } from "../domain/errors.ts";
import { planSchema } from "../domain/plan.ts";
import { notifyRequestSchema, notOursRequestSchema, stoppedRequestSchema } from "../domain/run.ts";
import { s3Evidence } from "./aws/evidence-store.ts";
import { snsTopic } from "./aws/sns.ts";
import { notOursNotice } from "./not-ours-notice.ts";
import type { NoticeText } from "./notice-text.ts";
import { appliedNotice, stoppedNotice } from "./notices.ts";
import { tellAccounts } from "./tell-accounts.ts";

const environment = functionEnvironments.notify.parse(process.env);
const evidence = s3Evidence(environment.EVIDENCE_BUCKET);
const topic = snsTopic(environment.TOPIC_ARN);

/** A round that changed nothing, and found no account at risk anew, says nothing: the first look has told it all. */
export async function handler(event: unknown): Promise<{ told: boolean }> {
  const ended = notOursRequestSchema.safeParse(event);
  if (ended.success) {
    const { run } = ended.data.notOurs;
    return tell(notOursNotice(run, environment.RUNBOOK_URL), `runs/${run.runId}/not-ours.json`);
  }
  const stopped = stoppedRequestSchema.safeParse(event);
  if (stopped.success) {
    const { runId } = stopped.data.run;
    return tell(stoppedNotice(stopped.data, environment.RUNBOOK_URL), `runs/${runId}/stopped.json`);
  }
  const { run, planKey, applied } = notifyRequestSchema.parse(event);
  const parsed = planSchema.safeParse(await evidence.read(planKey));
  if (!parsed.success) throw new InvalidInputError(`The plan at ${planKey} cannot be read`, [parsed.error.message]);
  await tellAccounts({ evidence, topic }, run, parsed.data.accountsAtRisk ?? [], Date.now());
  const { banned, extended, overflow, refused = 0 } = applied.counts;
  if (banned + extended + overflow + refused === 0) return { told: false };
  const notice = appliedNotice(parsed.data, applied, environment.RUNBOOK_URL);
  return tell(notice, `runs/${run.runId}/${run.round}/notice.json`);
}

async function tell(notice: NoticeText, key: string): Promise<{ told: boolean }> {
  await topic.publish(notice);
  const { subject, text } = notice;
  await evidence.write(key, { subject, text });
  return { told: true };
}
