/** Metric data as CloudWatch keeps it: one-minute buckets per series, where a series is exactly one set of dimensions. */
import { DAY, type Instant, MINUTE } from "../../functions/domain/instant.ts";
import type { MetricDatum } from "../ports.ts";

/** A metric as a query or an alarm names it. Dimensions that differ in a letter's case are another series. */
export interface MetricName {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

export const statistics = ["Sum", "Average", "Minimum", "Maximum", "SampleCount"] as const;
export type Statistic = (typeof statistics)[number];

interface Bucket {
  readonly sum: number;
  readonly count: number;
  readonly min: number;
  readonly max: number;
}

interface PeriodRange {
  readonly from: Instant;
  readonly periodMs: number;
  readonly count: number;
}

export interface MetricStore {
  put(region: string, datum: MetricDatum): void;
  /** One value per period of the range; null where there is no data. */
  read(region: string, metric: MetricName, statistic: Statistic, range: PeriodRange): (number | null)[];
  /** The metrics that have had data. */
  names(region: string): readonly MetricName[];
}

/** CloudWatch keeps one-minute data for 15 days; no query of ours looks back further than a day. */
const KEPT = 2 * DAY;

export function createMetricStore(): MetricStore {
  const series = new Map<string, Map<Instant, Bucket>>();
  const known = new Map<string, { readonly region: string; readonly metric: MetricName }>();
  return {
    names: (region) => [...known.values()].filter((each) => each.region === region).map(({ metric }) => metric),
    put(region, { namespace, name, dimensions, value, at }) {
      const metric = { namespace, name, dimensions };
      const key = keyOf(region, metric);
      if (!known.has(key)) known.set(key, { region, metric });
      const buckets = series.get(key) ?? new Map<Instant, Bucket>();
      series.set(key, buckets);
      const minute = Math.floor(at / MINUTE) * MINUTE;
      buckets.set(minute, add(buckets.get(minute), value));
      if (buckets.size > KEPT / MINUTE) dropBefore(buckets, minute - KEPT);
    },
    read(region, metric, statistic, { from, periodMs, count }) {
      const buckets = series.get(keyOf(region, metric));
      return Array.from({ length: count }, (_, index) => {
        const start = from + index * periodMs;
        return buckets ? valueIn(buckets, statistic, start, start + periodMs) : null;
      });
    },
  };
}

function keyOf(region: string, { namespace, name, dimensions }: MetricName): string {
  const sorted = Object.entries(dimensions).sort(([a], [b]) => (a < b ? -1 : 1));
  return `${region} ${JSON.stringify([namespace, name, sorted])}`;
}

function add(bucket: Bucket | undefined, value: number): Bucket {
  if (!bucket) return { sum: value, count: 1, min: value, max: value };
  return {
    sum: bucket.sum + value,
    count: bucket.count + 1,
    min: Math.min(bucket.min, value),
    max: Math.max(bucket.max, value),
  };
}

function dropBefore(buckets: Map<Instant, Bucket>, limit: Instant): void {
  for (const minute of buckets.keys()) if (minute < limit) buckets.delete(minute);
}

function valueIn(
  buckets: ReadonlyMap<Instant, Bucket>,
  statistic: Statistic,
  from: Instant,
  to: Instant,
): number | null {
  let whole: Bucket | null = null;
  for (let minute = Math.floor(from / MINUTE) * MINUTE; minute < to; minute += MINUTE) {
    const bucket = buckets.get(minute);
    if (bucket) whole = whole ? merge(whole, bucket) : bucket;
  }
  return whole && statisticOf(whole, statistic);
}

function merge(a: Bucket, b: Bucket): Bucket {
  return { sum: a.sum + b.sum, count: a.count + b.count, min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) };
}

function statisticOf(bucket: Bucket, statistic: Statistic): number {
  switch (statistic) {
    case "Sum":
      return bucket.sum;
    case "Average":
      return bucket.sum / bucket.count;
    case "Minimum":
      return bucket.min;
    case "Maximum":
      return bucket.max;
    case "SampleCount":
      return bucket.count;
  }
}
