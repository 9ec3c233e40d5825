/** State Notify of `mitigate`: tells people what a round did, why, and what it should change. */
import { functionEnvironments } from "../domain/environment.ts";
import { InvalidInputError } from "../domain/errors.ts";
import { planSchema } from "../domain/plan.ts";
import { notifyRequestSchema, notOursRequestSchema } from "../domain/run.ts";
import { s3Evidence } from "./aws/evidence-store.ts";
import { snsTopic } from "./aws/sns.ts";
import { notOursNotice } from "./not-ours-notice.ts";
import type { NoticeText } from "./notice-text.ts";
import { appliedNotice } from "./notices.ts";

const environment = functionEnvironments.notify.parse(process.env);
const evidence = s3Evidence(environment.EVIDENCE_BUCKET);
const topic = snsTopic(environment.TOPIC_ARN);

/** A round that changed nothing says nothing: the first look has told it all. */
export async function handler(event: unknown): Promise<{ told: boolean }> {
  const ended = notOursRequestSchema.safeParse(event);
  if (ended.success) {
    const { run } = ended.data.notOurs;
    return tell(notOursNotice(run, environment.RUNBOOK_URL), `runs/${run.runId}/not-ours.json`);
  }
  const { run, planKey, applied } = notifyRequestSchema.parse(event);
  const parsed = planSchema.safeParse(await evidence.read(planKey));
  if (!parsed.success) throw new InvalidInputError(`The plan at ${planKey} cannot be read`, [parsed.error.message]);
  const { banned, extended, overflow } = applied.counts;
  if (banned + extended + overflow === 0) return { told: false };
  const notice = appliedNotice(parsed.data, applied, environment.RUNBOOK_URL);
  return tell(notice, `runs/${run.runId}/${run.round}/notice.json`);
}

async function tell(notice: NoticeText, key: string): Promise<{ told: boolean }> {
  await topic.publish(notice);
  const { subject, text } = notice;
  await evidence.write(key, { subject, text });
  return { told: true };
}
