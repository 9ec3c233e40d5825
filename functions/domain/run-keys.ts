/** Where the documents of a run lie in the evidence bucket. */

/** A run in one of its rounds. */
interface Round {
  readonly runId: string;
  readonly round: number;
}

export function verdictsKey({ runId, round }: Round): string {
  return `runs/${runId}/${round}/verdicts.json`;
}

export function planKeyOf({ runId, round }: Round): string {
  return `runs/${runId}/${round}/plan.json`;
}

/** What applying a plan came to, beside it. */
export function appliedKey(planKey: string): string {
  return planKey.replace(/\.json$/, "-applied.json");
}

export function reliefKey(runId: string): string {
  return `runs/${runId}/relief.json`;
}

export function endKey(runId: string): string {
  return `runs/${runId}/end.json`;
}

export function reportKey(runId: string, form: "json" | "html"): string {
  return `reports/${runId}.${form}`;
}
