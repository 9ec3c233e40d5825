import * as z from "zod";

const counts = z.array(z.number().int().min(0));

/**
 * Calls over time, in equal steps from `from`: the n-th number of each list is of the n-th step, and all lists are of one
 * length. `refused` were blocked or throttled; what is left of `calls` came to no outcome, or cost us a message (`accepted`).
 */
export const callSeriesSchema = z.strictObject({
  from: z.string(),
  stepMinutes: z.number().int().min(1),
  calls: counts,
  failures: counts,
  successes: counts,
  refused: counts,
});
export type CallSeries = z.infer<typeof callSeriesSchema>;
