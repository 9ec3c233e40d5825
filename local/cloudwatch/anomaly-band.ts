/**
 * What an anomaly alarm expects. AWS trains a model on up to two weeks of data, with hours and weekdays in it, and does
 * not say how. Here the band is the mean of the points before the evaluated ones, a day's at most, give or take so many
 * standard deviations: it shows that an alarm is wired and what its events look like, not when AWS's would go off.
 */
import type { Series } from "./metric-math.ts";

export interface BandQuery {
  readonly id: string;
  readonly expression: string;
  readonly label: string | undefined;
  /** The query whose values are expected to lie in the band. */
  readonly of: string;
  readonly deviations: number;
}
export interface Band {
  readonly lower: number;
  readonly upper: number;
}

export const bandComparisons = {
  GreaterThanUpperThreshold: {
    words: "greater than the upper thresholds",
    holds: (value: number, { upper }: Band) => value > upper,
  },
  LessThanLowerThreshold: {
    words: "less than the lower thresholds",
    holds: (value: number, { lower }: Band) => value < lower,
  },
  LessThanLowerOrGreaterThanUpperThreshold: {
    words: "less than the lower thresholds or greater than the upper thresholds",
    holds: (value: number, { lower, upper }: Band) => value < lower || value > upper,
  },
} as const;
export type BandComparison = keyof typeof bandComparisons;

/** Points that a band is made from. With fewer there is none, as while AWS trains its model. */
export const MOST_POINTS = 288;
const FEWEST_POINTS = 12;

const FORM = /^ANOMALY_DETECTION_BAND\(([a-z]\w*)(?:, (\d+(?:\.\d+)?))?\)$/;

/** Null for every other expression. */
export function bandQuery(id: string, expression: string, label: string | undefined): BandQuery | null {
  const [, of, deviations = "2"] = FORM.exec(expression) ?? [];
  return of === undefined ? null : { id, expression, label, of, deviations: Number(deviations) };
}

/** The deviation counts as one at least: a pool in which nothing ever failed shall not alarm on the first typing error. */
export function bandFrom(history: Series, deviations: number): Band | null {
  const points = history.flatMap((value) => value ?? []);
  if (points.length < FEWEST_POINTS) return null;
  const mean = points.reduce((sum, value) => sum + value, 0) / points.length;
  const variance = points.reduce((sum, value) => sum + (value - mean) ** 2, 0) / points.length;
  const width = deviations * Math.max(1, Math.sqrt(variance));
  return { lower: mean - width, upper: mean + width };
}
