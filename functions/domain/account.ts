import * as z from "zod";

/** A user who got in from a source after it had failed for several others: for a person to sign out and reset. */
export const accountAtRiskSchema = z.strictObject({
  sub: z.string().nullable(),
  userTag: z.string().nullable(),
  source: z.string(),
  operation: z.string(),
  /** The first such success, ISO 8601, true to the minute. */
  at: z.string(),
  /** Other users whom the source had failed for in the day before. */
  failedUsersBefore: z.number().int(),
});
export type AccountAtRisk = z.infer<typeof accountAtRiskSchema>;

/** Names the user within one source; a `sub` and a user tag are names of different kinds. */
export function accountKey({ sub, userTag, source }: AccountAtRisk): string {
  return `${sub === null ? `tag ${userTag}` : `sub ${sub}`} ${source}`;
}
