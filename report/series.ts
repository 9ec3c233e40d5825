import type { CallSeries } from "../functions/domain/call-series.ts";
import { type Instant, MINUTE } from "../functions/domain/instant.ts";

/** The same calls in at most `most` steps, each as many of the given ones. */
export function rebucket(series: CallSeries, most: number): CallSeries {
  const factor = Math.max(1, Math.ceil(series.calls.length / most));
  const joined = (counts: readonly number[]) =>
    Array.from({ length: Math.ceil(series.calls.length / factor) }, (_, step) =>
      counts.slice(step * factor, (step + 1) * factor).reduce((sum, count) => sum + count, 0),
    );
  return {
    from: series.from,
    stepMinutes: series.stepMinutes * factor,
    calls: joined(series.calls),
    failures: joined(series.failures),
    successes: joined(series.successes),
    refused: joined(series.refused),
  };
}

/** When the step begins. */
export function stepAt({ from, stepMinutes }: CallSeries, step: number): Instant {
  return Date.parse(from) + step * stepMinutes * MINUTE;
}
