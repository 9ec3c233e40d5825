/**
 * What the bans of a run were to take away from its quota's use, and what CloudWatch counted before and after them. Pure.
 * A ban that came when the attack was over relieves nothing any more, and both figures say so.
 */
import * as z from "zod";

import { type Instant, MINUTE, type Window } from "../domain/instant.ts";
import type { Plan } from "../domain/plan.ts";

/** The bans of one round, or of one decision: when they stood, and their part of the calls that use the quota. */
const stepSchema = z.object({ at: z.number(), sources: z.number(), share: z.number().nullable() });
type Step = z.infer<typeof stepSchema>;
/** By round or proposal, so that a retry notes the same step again. */
export const stepsSchema = z.record(z.string(), stepSchema);
export type Steps = z.infer<typeof stepsSchema>;

/** Calls by minute, from their start; minutes without calls are absent. */
export type Minutes = ReadonlyMap<Instant, number>;

const SPAN = 5 * MINUTE;
/** Web ACLs take a minute to block everywhere, and the minute of the ban itself is half of each. */
const TAKES_EFFECT = 2 * MINUTE;
/** CloudWatch's counts of a minute are in some minutes after it. */
const METRICS_ARE_IN = 5 * MINUTE;

export interface Relief {
  readonly sources: number;
  /** Calls a minute in the five minutes before the first ban, and after it. */
  readonly before: number;
  /** Null where the share of the banned sources is not known. */
  readonly predicted: number | null;
  /** Null where no minute after the bans is counted yet. */
  readonly measured: { readonly calls: number; readonly window: Window } | null;
  readonly busiest: { readonly at: Instant; readonly calls: number };
  readonly firstAt: Instant;
}

export function stepOf({ relief }: Plan, at: Instant): Step {
  const { sources, quota } = relief;
  return { at, sources, share: quota && quota.of > 0 ? Math.min(1, quota.calls / quota.of) : null };
}

/** The minutes that a measurement needs, up to now. */
export function measuredRange(steps: Steps, startedAt: Instant, now: Instant): Window {
  const first = Math.min(startedAt, ...Object.values(steps).map(({ at }) => at));
  return { from: minuteOf(first) - 2 * SPAN, to: minuteOf(now) };
}

/** Null where nobody was banned. */
export function reliefOf(steps: Steps, minutes: Minutes, now: Instant): Relief | null {
  const inOrder = Object.values(steps).sort((a, b) => a.at - b.at);
  const [first] = inOrder;
  if (!first) return null;
  const firstAt = minuteOf(first.at);
  const before = meanOf(minutes, { from: firstAt - SPAN, to: firstAt });
  const left = inOrder.reduce<number | null>(
    (rest, { share }) => (rest === null || share === null ? null : rest * (1 - share)),
    1,
  );
  return {
    sources: inOrder.reduce((sum, { sources }) => sum + sources, 0),
    before,
    predicted: left === null ? null : before * left,
    measured: measuredIn(minutes, inOrder, minuteOf(now - METRICS_ARE_IN)),
    busiest: busiestOf(minutes),
    firstAt,
  };
}

/** The last five minutes that are counted, after the latest ban that they leave room for. */
function measuredIn(minutes: Minutes, inOrder: readonly Step[], to: Instant): Relief["measured"] {
  for (const { at } of inOrder.toReversed()) {
    const from = Math.max(minuteOf(at) + TAKES_EFFECT, to - SPAN);
    if (from < to) return { calls: meanOf(minutes, { from, to }), window: { from, to } };
  }
  return null;
}

function meanOf(minutes: Minutes, { from, to }: Window): number {
  let sum = 0;
  for (const [at, calls] of minutes) if (at >= from && at < to) sum += calls;
  return sum / ((to - from) / MINUTE);
}

function busiestOf(minutes: Minutes): Relief["busiest"] {
  const most = [...minutes].reduce((best, one) => (one[1] > best[1] ? one : best), [0, 0]);
  return { at: most[0], calls: most[1] };
}

function minuteOf(at: Instant): Instant {
  return at - (at % MINUTE);
}
