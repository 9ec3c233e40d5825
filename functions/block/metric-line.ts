import type { Instant } from "../domain/instant.ts";

/** CloudWatch namespace of what the functions measure about themselves. */
const NAMESPACE = "Portcullis";

export type Unit = "Count" | "Percent" | "Seconds" | "Milliseconds";

/** One line of CloudWatch's embedded metric format: printed to the log, it becomes metrics. */
export function metricLine(
  deployment: string,
  metrics: Readonly<Record<string, readonly [value: number, unit: Unit]>>,
  now: Instant,
): string {
  const definitions = Object.entries(metrics).map(([Name, [, Unit]]) => ({ Name, Unit }));
  return JSON.stringify({
    _aws: {
      Timestamp: now,
      CloudWatchMetrics: [{ Namespace: NAMESPACE, Dimensions: [["Deployment"]], Metrics: definitions }],
    },
    Deployment: deployment,
    ...Object.fromEntries(Object.entries(metrics).map(([name, [value]]) => [name, value])),
  });
}

/** The deployment's name, which every resource name begins with. */
export function deploymentOf(ledgerTable: string): string {
  return ledgerTable.replace(/-ledger$/, "");
}
