import * as z from "zod";

import { pathSchema } from "./evidence.ts";
import { modes } from "./mode.ts";
import { reasonSchema } from "./verdict.ts";

/** Where a ban is enforced: `edge` is the CLOUDFRONT web ACL, `pool` the REGIONAL one on the user pool. */
export const targets = ["edge", "pool"] as const;
export type Target = (typeof targets)[number];

export const modeSchema = z.enum(modes);
export type Mode = z.infer<typeof modeSchema>;

export const claimOrigins = ["auto", "approved", "manual"] as const;

/** One run's, or one person's, reason to hold a ban. `until` is ISO 8601. */
const claimSchema = z.strictObject({
  until: z.string(),
  origin: z.enum(claimOrigins),
  score: z.number().int().min(0).max(100),
  by: z.string(),
  at: z.string(),
  reasons: z.array(reasonSchema),
  paths: z.array(pathSchema).optional(),
});
export type Claim = z.infer<typeof claimSchema>;

/** Calls of a source in force that the deny lists kept out of the short window of a look; `at` is its last call. */
const knockSchema = z.strictObject({ at: z.string(), calls: z.number().int().positive() });
export type Knock = z.infer<typeof knockSchema>;

/** The same as a look hands it on. */
export const sourceKnockSchema = z.strictObject({ source: z.string(), ...knockSchema.shape });
export type SourceKnock = z.infer<typeof sourceKnockSchema>;

/**
 * A source's entry in the ledger. `claims` is keyed by run id (or `manual:<who>`); the ban lasts to the latest
 * `until` of its claims, kept as `expiresAt`. `version` rises with each write and guards against lost updates.
 */
export const banSchema = z.strictObject({
  source: z.string(),
  targets: z.array(z.enum(targets)),
  status: z.enum(["active", "released"]),
  claims: z.record(z.string(), claimSchema),
  strikes: z.number().int().min(0),
  bannedAt: z.string(),
  expiresAt: z.string(),
  releasedAt: z.string().optional(),
  lastStrikeAt: z.string().optional(),
  noRebanBefore: z.string().optional(),
  simulated: z.boolean(),
  knock: knockSchema.optional(),
  /** How often the sweep has made this ban longer because the source still knocked. */
  extensions: z.number().int().positive().optional(),
  version: z.number().int().min(0),
});
export type Ban = z.infer<typeof banSchema>;
