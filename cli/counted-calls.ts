/** How much of what CloudWatch counted stands in the logs, asked from the command line. */
import { cloudWatchMetrics } from "../functions/detect/aws/cloudwatch-metrics.ts";
import { coverageParameters, coverageRange } from "../functions/detect/coverage-query.ts";
import { coverageOfRun, type RunCoverage } from "../functions/detect/coverage-run.ts";
import { publicCategories } from "../functions/domain/deployment.ts";
import { fromIso, type Instant } from "../functions/domain/instant.ts";
import { callMetricNamesOf } from "../functions/domain/names.ts";
import type { Run } from "../functions/domain/run.ts";
import { queryText } from "./analysis.ts";
import { runQuery } from "./aws/athena.ts";
import type { Desk } from "./desk.ts";

/** Throws where the logs or the metrics cannot be read. */
export async function countCalls(
  { deployment, names, ports }: Desk,
  run: Pick<Run, "shortWindow" | "category">,
  readAt: Instant,
): Promise<RunCoverage> {
  const window = { from: fromIso(run.shortWindow.from) ?? 0, to: fromIso(run.shortWindow.to) ?? 0 };
  const metrics = cloudWatchMetrics(callMetricNamesOf(deployment), Object.keys(publicCategories));
  const query = { database: names.database, workGroup: names.workGroup, text: queryText("coverage") };
  const [rows, counted] = await Promise.all([
    runQuery({ ...query, parameters: coverageParameters(window) }, ports.timing.pause),
    metrics.read(coverageRange(window)),
  ]);
  return coverageOfRun(run, { rows: { found: rows }, counted: { found: counted }, readAt });
}
