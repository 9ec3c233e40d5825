/** Runs of which Score has just found these verdicts, handed to the real functions behind it. */
import { MINUTE, toIso } from "../../functions/domain/instant.ts";
import { type PlanResult, planResultSchema, type ScoreResult } from "../../functions/domain/run.ts";
import type { SourceVerdict } from "../../functions/domain/verdict.ts";
import { aRun, aVerdict } from "../block/builders.ts";
import type { Scenario } from "./builders.ts";

/** Calls a deployed function and gives what it answers; an error of the function is thrown. */
export async function invoke(scenario: Scenario, id: string, payload: unknown): Promise<unknown> {
  const arn = `arn:aws:lambda:us-east-1:111122223333:function:${scenario.names.functionName(id)}:live`;
  const end = await scenario.clock.during(() => scenario.functions.invoke(arn, payload));
  if (!end.ok) throw new Error(`${id}: ${end.errorType}: ${end.errorMessage}`);
  return end.payload;
}

/** Plan's request, with the verdicts in the evidence bucket. */
export function scored(
  { clock, store, names }: Scenario,
  runId: string,
  verdicts: readonly SourceVerdict[],
  over: Partial<ScoreResult> = {},
): ScoreResult {
  const now = clock.now();
  const window = { from: toIso(now - 10 * MINUTE), to: toIso(now) };
  const run = aRun({ runId, startedAt: toIso(now), shortWindow: window, slowWindow: window });
  const key = `runs/${runId}/1/verdicts.json`;
  const seen = verdicts.map((verdict) => ({ ...verdict, lastSeen: toIso(now - MINUTE) }));
  store.put(names.evidenceBucket, key, Buffer.from(JSON.stringify({ verdicts: seen })));
  const counts = { ban: verdicts.length, watch: 0, ignore: 0, calls: 1_000 };
  return { schema: 1, run, verdictsKey: key, counts, missing: [], ...over };
}

export async function planned(
  scenario: Scenario,
  runId: string,
  verdicts: readonly SourceVerdict[],
  over: Partial<ScoreResult> = {},
): Promise<PlanResult> {
  return planResultSchema.parse(await invoke(scenario, "plan", scored(scenario, runId, verdicts, over)));
}

export const shared = aVerdict({
  ...{ source: "198.51.100.8/32", handsOff: false, needsPerson: ["shared-address"], score: 81 },
});
export const doubtful = aVerdict({
  ...{ source: "2001:db8:7:8::/64", handsOff: false, needsPerson: ["no-baseline"], score: 75 },
});
