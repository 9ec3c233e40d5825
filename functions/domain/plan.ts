/** What a round, or a person's answer, wants done: written once to the evidence bucket, read by Apply and Notify. */
import * as z from "zod";

import { accountAtRiskSchema } from "./account.ts";
import { claimOrigins, modeSchema, targets } from "./ban.ts";
import { pathSchema } from "./evidence.ts";
import { acceptedSchema, applyResultSchema, runSchema } from "./run.ts";
import { activitiesSchema, needsPersonReasons, quotaCallsSchema, reasonSchema, sourceSeriesSchema } from "./verdict.ts";

/** Why a ban waits for a person: what the verdict says, and what only mitigation knows. */
export const filedBecause = [...needsPersonReasons, "mode", "released-by-person", "run-undone"] as const;
export type FiledBecause = (typeof filedBecause)[number];

/** Why an offender is not banned, whoever asks. */
const refusals = [
  "not-an-address",
  "too-wide",
  "never-block",
  "allow-listed",
  "stale-evidence",
  "over-limit",
  "declined-by-person",
  "already-banned",
  "paused",
] as const;
export type Refusal = (typeof refusals)[number];

/**
 * A ban as it is asked for. `minutes` is the base duration, before escalation; `jitter` the share by which it is
 * made longer or shorter, drawn once so that applying a plan twice gives the same claim.
 */
const plannedBanSchema = z.strictObject({
  source: z.string(),
  targets: z.array(z.enum(targets)).min(1),
  paths: z.array(pathSchema),
  score: z.number().int().min(0).max(100),
  minutes: z.number().positive(),
  jitter: z.number().min(-0.5).max(0.5),
  reasons: z.array(reasonSchema),
  calls: z.number().int(),
  failures: z.number().int(),
  successes: z.number().int(),
  distinctUsers: z.number().int(),
  activity: activitiesSchema,
  quotaCalls: quotaCallsSchema,
  series: sourceSeriesSchema,
  /** Whether the verdict alone would have been applied hands-off. */
  handsOff: z.boolean(),
});
export type PlannedBan = z.infer<typeof plannedBanSchema>;

export const filedBanSchema = z.strictObject({
  ...plannedBanSchema.shape,
  because: z.array(z.enum(filedBecause)).min(1),
});
export type FiledBan = z.infer<typeof filedBanSchema>;

const refusedBanSchema = z.strictObject({
  source: z.string(),
  score: z.number(),
  why: z.enum(refusals),
  /** What stood in the way, for example the allow-list entry. */
  matched: z.string(),
});
export type RefusedBan = z.infer<typeof refusedBanSchema>;

export const planSchema = z.strictObject({
  schema: acceptedSchema,
  run: runSchema,
  mode: modeSchema,
  origin: z.enum(claimOrigins),
  /** Who decided: `portcullis` for a hands-off plan, else the person as the page or the command line knows them. */
  by: z.string(),
  /** The instant that claims begin at, ISO 8601. Applying later changes nothing. */
  at: z.string(),
  /** Made in `observe`: the ledger takes part, the web ACLs do not. */
  simulated: z.boolean(),
  apply: z.array(plannedBanSchema),
  file: z.array(filedBanSchema),
  refuse: z.array(refusedBanSchema),
  missing: z.array(z.string()),
  /** What a person should look at; see `scoreResultSchema`. */
  notes: z.array(z.string()).optional(),
  /** Calls of the sources that are newly banned, of all looked at: what blocking them should take away. */
  relief: z.strictObject({
    sources: z.number(),
    calls: z.number(),
    totalCalls: z.number(),
    /** The same of those calls in the short window that use the run's quota; absent where they were not counted. */
    quota: z.strictObject({ calls: z.number(), of: z.number() }).optional(),
  }),
  proposalId: z.string().nullable(),
  /** Established users of the last week, wherever they come from; null or absent where nobody knows. */
  establishedUsers: z.number().int().nullable().optional(),
  accountsAtRisk: z.array(accountAtRiskSchema).optional(),
  /** This round opened the proposal that `file` went into, whose mail tells of the notes, too. */
  opened: z.boolean().optional(),
});
export type Plan = z.infer<typeof planSchema>;

/** What applying a plan came to, and when; `stopped` are those that a guard refused at the last moment. */
export const appliedPlanSchema = z.strictObject({
  at: z.string(),
  counts: applyResultSchema.shape.counts,
  stopped: z.array(refusedBanSchema),
});
export type AppliedPlan = z.infer<typeof appliedPlanSchema>;
