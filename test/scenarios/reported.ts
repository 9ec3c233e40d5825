/** The reports that a scenario's runs have in the bucket. */
import { reportKey } from "../../functions/domain/run-keys.ts";
import { type RunReport, runReportSchema } from "../../functions/domain/run-report.ts";
import type { Scenario } from "./builders.ts";

/** As the function wrote it last; null while it has not. */
export function reportOf({ store, names }: Scenario, runId: string): RunReport | null {
  const text = store.get(names.evidenceBucket, reportKey(runId, "json"));
  return text === undefined ? null : runReportSchema.parse(JSON.parse(text.toString("utf8")));
}

/** Ids of the queries whose results were read. */
export function queriesRead({ events }: Scenario): Set<string> {
  return new Set(
    events.flatMap((event) => {
      if (event.kind !== "api" || event.call.headers["x-amz-target"] !== "AmazonAthena.GetQueryResults") return [];
      return String(JSON.parse(event.call.body.toString("utf8")).QueryExecutionId);
    }),
  );
}
