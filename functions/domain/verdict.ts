import * as z from "zod";

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
});
export type SourceVerdict = z.infer<typeof verdictSchema>;
