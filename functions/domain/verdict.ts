import * as z from "zod";

import { callSeriesSchema } from "./call-series.ts";
import { pathSchema } from "./evidence.ts";

/** Why a ban is not applied hands-off (design §4, §6). */
export const needsPersonReasons = [
  "shared-address",
  "no-baseline",
  "range",
  "fingerprint",
  "over-limit",
  "incomplete-evidence",
  "low-confidence",
] as const;
export type NeedsPerson = (typeof needsPersonReasons)[number];

const isoWindowSchema = z.strictObject({ from: z.string(), to: z.string() });

/** One detection that fired: what it saw, in numbers and in a sentence a person can check. */
export const reasonSchema = z.strictObject({
  detection: z.string(),
  severity: z.number().min(0).max(1),
  text: z.string(),
  window: isoWindowSchema,
  observed: z.record(z.string(), z.number()),
});
export type Reason = z.infer<typeof reasonSchema>;

const tally = z.number().int().min(0);

/**
 * Calls of a source in one window by operation and outcome. `accepted` cost us a mail or a message and proved nothing;
 * `refused` were blocked or throttled; what is left of `calls` came to no outcome.
 */
const activitySchema = z.strictObject({
  window: isoWindowSchema,
  activeMinutes: tally,
  peakPerMinute: tally,
  operations: z.array(
    z.strictObject({
      operation: z.string(),
      ...{ calls: tally, successes: tally, accepted: tally, failures: tally, refused: tally },
    }),
  ),
});
export type Activity = z.infer<typeof activitySchema>;
/** Absent in documents written before it was kept. */
export const activitiesSchema = z.array(activitySchema).optional();
/** Calls of the short window that used the quota of the run's category; absent where they were not counted. */
export const quotaCallsSchema = z.number().int().min(0).optional();

/** Its calls over time, in the window that saw most of them; absent of ranges, and in documents written before it was kept. */
export const sourceSeriesSchema = callSeriesSchema.optional();

/** What is thought of one source in one look; a source whose verdict is `ban` is an offender. */
export const verdictSchema = z.strictObject({
  source: z.string(),
  paths: z.array(pathSchema),
  verdict: z.enum(["ban", "watch", "ignore"]),
  handsOff: z.boolean(),
  needsPerson: z.array(z.enum(needsPersonReasons)),
  score: z.number().int().min(0).max(100),
  reasons: z.array(reasonSchema),
  firstSeen: z.string(),
  lastSeen: z.string(),
  calls: z.number().int(),
  failures: z.number().int(),
  successes: z.number().int(),
  distinctUsers: z.number().int(),
  activity: activitiesSchema,
  quotaCalls: quotaCallsSchema,
  series: sourceSeriesSchema,
});
export type SourceVerdict = z.infer<typeof verdictSchema>;
