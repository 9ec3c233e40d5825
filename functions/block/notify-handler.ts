/** States of both machines that tell people something; see notify.ts. */
import { cloudWatchMetrics } from "../detect/aws/cloudwatch-metrics.ts";
import { addUp } from "../detect/coverage.ts";
import { callMetricsSchema, functionEnvironments, quotasSchema } from "../domain/environment.ts";
import type { Window } from "../domain/instant.ts";
import { metricLine } from "../domain/own-metrics.ts";
import { ledgerSide } from "./aws/block-side.ts";
import { s3Evidence } from "./aws/evidence-store.ts";
import { snsTopic } from "./aws/sns.ts";
import { notify, waitedSeconds } from "./notify.ts";
import { lastingTopic } from "./outbox.ts";

const environment = functionEnvironments.notify.parse(process.env);
const quotas = quotasSchema.parse(JSON.parse(environment.QUOTAS));
const metrics = cloudWatchMetrics(callMetricsSchema.parse(JSON.parse(environment.CALL_METRICS)), Object.keys(quotas));
const { outbox, proposals, timing } = ledgerSide(environment.LEDGER_TABLE);
const ports = {
  proposals,
  evidence: s3Evidence(environment.EVIDENCE_BUCKET),
  topic: lastingTopic({
    ...{ outbox, timing, topic: snsTopic(environment.TOPIC_ARN) },
    log: (event) => console.log(JSON.stringify(event)),
  }),
  /** Of a run on all categories, all of them together. */
  calls: async (category: string, range: Window) => {
    const { categories } = await metrics.read(range);
    return categories.get(category) ?? addUp([...categories.values()]);
  },
};

export async function handler(event: unknown): Promise<{ told: boolean }> {
  const now = Date.now();
  const end = await notify(ports, event, { now, runbookUrl: environment.RUNBOOK_URL, quotas });
  const waited = waitedSeconds(event);
  if (waited !== null) console.log(metricLine(environment.DEPLOYMENT, { ApprovalWait: waited }, now));
  return end;
}
