/** The rows of queries/profiles.sql: text from Athena, where NULL is a missing key, numbers from DuckDB. */
import * as z from "zod";

import { InvalidInputError } from "../domain/errors.ts";
import { pathSchema } from "../domain/evidence.ts";

export const scopes = ["source", "range", "fingerprint"] as const;
const needed = z.coerce.number().int().min(0);
const count = needed.default(0);
const text = z.string().nullish();

const rowSchema = z.object({
  scope: z.enum([...scopes, "all", "step"]).default("source"),
  step_at: needed.nullish(),
  series: text,
  source_ip: text,
  source_range: text,
  ja4: text,
  path: pathSchema.nullish(),
  operation: text,
  whole: needed,
  // A sum over no row at all is NULL.
  calls: count,
  successes: count,
  steps: count,
  accepted: count,
  failures: count,
  faults: count,
  throttled: count,
  blocked: count,
  rate_blocked: count,
  unknown: count,
  secret_failures: count,
  unknown_users: count,
  existing_users: count,
  code_mismatches: count,
  unknown_clients: count,
  unserved: count,
  direct_calls: count,
  allow_listed: count,
  ip_mismatches: count,
  tags: count,
  subs: count,
  failing_tags: count,
  failing_subs: count,
  untroubled_tags: count,
  untroubled_subs: count,
  nameless_successes: count,
  top_user_failures: count,
  top_user_guesses: count,
  guess_minutes: count,
  peak_guesses: count,
  probed_tags: count,
  nameless_probes: count,
  sources: count,
  good_sources: count,
  quiet_sources: count,
  quiet_calls: count,
  active_minutes: count,
  peak_per_minute: count,
  first_seen: count,
  last_seen: count,
  counted_from: needed.nullish(),
});
export type ProfileRow = z.infer<typeof rowSchema>;

/** Throws `InvalidInputError` for a row of another query. */
export function parseRows(rows: readonly unknown[]): ProfileRow[] {
  const parsed = z.array(rowSchema).safeParse(rows);
  if (parsed.success) return parsed.data;
  throw new InvalidInputError(
    "the rows of an evidence query cannot be read",
    parsed.error.issues.slice(0, 5).map((issue) => `row ${issue.path.join(".")}: ${issue.message}`),
  );
}
