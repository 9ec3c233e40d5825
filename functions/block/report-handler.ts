/** The states of both machines that report a run; see write-report.ts. */
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";

import { reportScript } from "../../report/browser/report-script.ts";
import { renderRunPage } from "../../report/run-page.ts";
import { cloudWatchMetrics } from "../detect/aws/cloudwatch-metrics.ts";
import { dynamoDbLeases } from "../detect/aws/dynamodb-leases.ts";
import { alarmsOf } from "../detect/lease.ts";
import { leaseCategory } from "../detect/run.ts";
import { callMetricsSchema, functionEnvironments, quotasSchema } from "../domain/environment.ts";
import type { Window } from "../domain/instant.ts";
import { deploymentOf } from "../domain/own-metrics.ts";
import type { Run } from "../domain/run.ts";
import { ledgerSide } from "./aws/block-side.ts";
import { s3Evidence, s3Pages } from "./aws/evidence-store.ts";
import { writeReport } from "./write-report.ts";

const environment = functionEnvironments.report.parse(process.env);
const quotas = quotasSchema.parse(JSON.parse(environment.QUOTAS));
const metrics = cloudWatchMetrics(callMetricsSchema.parse(JSON.parse(environment.CALL_METRICS)), Object.keys(quotas));
const leases = dynamoDbLeases(environment.LEDGER_TABLE);
const ports = {
  ...ledgerSide(environment.LEDGER_TABLE),
  evidence: s3Evidence(environment.EVIDENCE_BUCKET),
  pages: s3Pages(environment.EVIDENCE_BUCKET),
  calls: async (range: Window) => (await metrics.read(range)).categories,
  joinedAlarms: async (run: Run) => alarmsOf(await leases.read(leaseCategory(run)), run),
};

const tools = {
  sha256: (text: string) => createHash("sha256").update(text).digest("base64"),
  gzip: (bytes: Uint8Array) => gzipSync(bytes, { level: 7 }).toString("base64"),
  script: reportScript,
};

export async function handler(event: unknown): Promise<void> {
  const deployment = deploymentOf(environment.LEDGER_TABLE);
  await writeReport(ports, event, {
    now: Date.now(),
    deployment,
    quotas,
    draw: (report) => renderRunPage(report, tools),
  });
}
