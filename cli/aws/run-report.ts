/** Puts the report of a run together, as the function `report` does, from the same objects. Never writes. */
import { readRunFacts } from "../../functions/block/report-facts.ts";
import { buildRunReport } from "../../functions/block/run-report.ts";
import { cloudWatchMetrics } from "../../functions/detect/aws/cloudwatch-metrics.ts";
import { dynamoDbLeases } from "../../functions/detect/aws/dynamodb-leases.ts";
import { alarmsOf } from "../../functions/detect/lease.ts";
import { leaseCategory } from "../../functions/detect/run.ts";
import { publicCategories } from "../../functions/domain/deployment.ts";
import type { Window } from "../../functions/domain/instant.ts";
import { judgedRoundSchema } from "../../functions/domain/judged-round.ts";
import { callMetricNamesOf } from "../../functions/domain/names.ts";
import type { Run } from "../../functions/domain/run.ts";
import { reportKey, verdictsKey } from "../../functions/domain/run-keys.ts";
import { type RunReport, runReportSchema } from "../../functions/domain/run-report.ts";
import type { Desk } from "../desk.ts";

/** Null where the run left nothing. */
export async function readReport({ deployment, names, ports, ledger }: Desk, runId: string): Promise<RunReport | null> {
  const metrics = cloudWatchMetrics(callMetricNamesOf(deployment), Object.keys(publicCategories));
  const leases = dynamoDbLeases(names.ledgerTable, ledger);
  const reportPorts = {
    ...ports,
    calls: async (range: Window) => (await metrics.read(range)).categories,
    joinedAlarms: async (run: Run) => alarmsOf(await leases.read(leaseCategory(run)), run),
  };
  const now = ports.timing.now();
  const before = await ports.evidence.read(reportKey(runId, "json"));
  const facts = await readRunFacts(reportPorts, { runId, run: null, report: before }, now);
  const scene = { now, deployment: deployment.name, quotas: deployment.quotas };
  if (facts) return buildRunReport(facts, scene);
  // Of a run whose first look failed only the machine knew; it has written what it knew.
  return runReportSchema.safeParse(before).data ?? null;
}

/** What started a run; null for an execution that was none. */
export async function triggerOf({ ports }: Desk, runId: string): Promise<Run["trigger"] | null> {
  const judged = judgedRoundSchema.safeParse(await ports.evidence.read(verdictsKey({ runId, round: 1 })));
  const report = judged.success ? null : runReportSchema.safeParse(await ports.evidence.read(reportKey(runId, "json")));
  return judged.data?.run?.trigger ?? report?.data?.trigger.kind ?? null;
}
