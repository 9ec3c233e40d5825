/**
 * What the functions measure about themselves. Every metric has the dimension `Deployment`; those that are counted for
 * several things have one more. `infra/` takes names from here for its alarms and its dashboard, so none can be misspelt.
 */
import type { Instant } from "./instant.ts";

/** CloudWatch namespace of all of them. */
export const METRIC_NAMESPACE = "Portcullis";

type Unit = "Count" | "Percent" | "Seconds" | "Milliseconds" | "None";

interface OwnMetric {
  readonly unit: Unit;
  /** The dimension beside `Deployment`. */
  readonly by?: "Sensor" | "Log" | "EdgeRegion";
  readonly means: string;
}

export const ownMetrics = {
  SweepHeartbeat: { unit: "Count", means: "1 for each sweep that came to its end" },
  BansMade: { unit: "Count", means: "bans that a run or an approval made" },
  BansSimulated: { unit: "Count", means: "bans that would have been made, in mode `observe`" },
  BansExtended: { unit: "Count", means: "bans made longer, by a run or because their source still knocks" },
  BansRefused: { unit: "Count", means: "planned bans that a guard stopped at the last moment" },
  BansReleased: { unit: "Count", means: "bans that the sweep ended, without simulated ones" },
  ActiveBans: { unit: "Count", means: "bans in force that an IP set must show, of the scope that has most" },
  ReleaseBacklog: { unit: "Seconds", means: "how late the oldest release of a sweep was" },
  SetLines: { unit: "Count", means: "lines in the machine-owned IP sets" },
  SetFillPercent: { unit: "Percent", means: "fill of the machine-owned IP set that holds most" },
  BansWithoutRoom: { unit: "Count", means: "bans that no IP set has room for" },
  LockConflicts: { unit: "Count", means: "writes of IP sets that another writer was faster than" },
  Drift: { unit: "Count", means: "lines of machine-owned sets that others added or took away" },
  SetsMissing: { unit: "Count", means: "machine-owned IP sets that are not there" },
  NoticesWaiting: { unit: "Count", means: "notices that SNS has not taken and that the sweep sends later" },
  PolicyUnusable: { unit: "Count", means: "1 while the policy that a person has set cannot be used" },
  ReconcileTime: { unit: "Milliseconds", means: "how long a sweep or an apply took, IP sets included" },
  ApprovalWait: { unit: "Seconds", means: "from the first version of a proposal to its decision" },
  Coverage: { unit: "Percent", by: "Log", means: "rows that a look found of what CloudWatch counted" },
  ScanBudgetPercent: { unit: "Percent", means: "what the queries of the last hour scanned, of their budget" },
  SensorOk: { unit: "Count", by: "Sensor", means: "1 if what the sensor watches works, 0 if not" },
  RollupLag: { unit: "Seconds", means: "time since the end of the last hour that is rolled up" },
  EdgeFunctionErrors: { unit: "Count", by: "EdgeRegion", means: "failed invocations of the edge function" },
  SmsSpend: { unit: "None", means: "what SNS has spent on SMS this month, in US dollars" },
} as const satisfies Readonly<Record<string, OwnMetric>>;
export type OwnMetricName = keyof typeof ownMetrics;

/** The dimension that a metric has beside `Deployment`. */
export function dimensionOf(name: OwnMetricName): string | undefined {
  const metric: OwnMetric = ownMetrics[name];
  return metric.by;
}

/** One line of CloudWatch's embedded metric format: printed to the log, it becomes metrics. */
export function metricLine(
  deployment: string,
  values: Partial<Record<OwnMetricName, number>>,
  now: Instant,
  by: Readonly<Record<string, string>> = {},
): string {
  const definitions = Object.keys(values).map((Name) => ({ Name, Unit: ownMetrics[Name as OwnMetricName].unit }));
  const dimensions = { Deployment: deployment, ...by };
  return JSON.stringify({
    _aws: {
      Timestamp: now,
      CloudWatchMetrics: [{ Namespace: METRIC_NAMESPACE, Dimensions: [Object.keys(dimensions)], Metrics: definitions }],
    },
    ...dimensions,
    ...values,
  });
}

/** The deployment's name, which every resource name begins with. */
export function deploymentOf(ledgerTable: string): string {
  return ledgerTable.replace(/-ledger$/, "");
}
