/** What the look of one round found: written by Score to the evidence bucket, read by Plan and by the run's report. */
import * as z from "zod";

import { accountAtRiskSchema } from "./account.ts";
import { sourceKnockSchema } from "./ban.ts";
import { callSeriesSchema } from "./call-series.ts";
import { queryEndSchema, runSchema, scoreResultSchema } from "./run.ts";
import { quotaCallsSchema, verdictSchema } from "./verdict.ts";

const sentences = z.array(z.string()).default([]);

/** The first version knew verdicts only. */
export const judgedRoundSchema = z.object({
  run: runSchema.optional(),
  queries: z.array(queryEndSchema).default([]),
  counts: scoreResultSchema.shape.counts.optional(),
  verdicts: z.array(verdictSchema),
  knocks: z.array(sourceKnockSchema).default([]),
  establishedUsers: z.number().int().nullable().default(null),
  quotaCalls: quotaCallsSchema,
  accountsAtRisk: z.array(accountAtRiskSchema).default([]),
  /** Watched at most; `source` is the JA4. */
  fingerprints: z.array(verdictSchema).default([]),
  missing: sentences,
  /** Why shares were not trusted. */
  faults: sentences,
  /** What else people should look at. */
  notes: sentences,
  /** All calls of the short window. */
  series: callSeriesSchema.optional(),
});
export type JudgedRound = z.infer<typeof judgedRoundSchema>;
