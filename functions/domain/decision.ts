import * as z from "zod";

/** Stable names of decisions, in the log lines of the functions and in the ledger's record. */
const decisionEvents = [
  "ban.applied",
  "ban.extended",
  "ban.released",
  "ban.undone",
  "ban.adopted",
  "guard.refused",
  "mode.changed",
  "policy.changed",
  "proposal.filed",
  "proposal.decided",
  "set.written",
  "set.damaged",
] as const;

/** One decision: who, what, why; instants are ISO 8601. `id` makes writing it twice write it once. */
export const decisionRecordSchema = z.object({
  event: z.enum(decisionEvents),
  at: z.string(),
  id: z.string(),
  by: z.string(),
  source: z.string().optional(),
  runId: z.string().optional(),
  why: z.string(),
  facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
});
export type DecisionRecord = Readonly<z.infer<typeof decisionRecordSchema>>;
