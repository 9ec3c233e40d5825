import type { DecisionRecord } from "../domain/decision.ts";
import type { RefusedBan } from "../domain/plan.ts";
import type { Run } from "../domain/run.ts";

/** Of a run's start, so that the same refusal in each round, by Plan and by Apply, is one record. */
export function refusalRecord(
  { runId, startedAt }: Run,
  { source, why, matched, score }: RefusedBan,
  by = "portcullis",
): DecisionRecord {
  return {
    event: "guard.refused",
    at: startedAt,
    id: `${runId}:${source}`,
    ...{ by, source, runId },
    why: `${why} ${matched}`.trim(),
    facts: { score },
  };
}
