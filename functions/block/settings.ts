/** What the environments of the block side's functions hold, read once. */
import * as z from "zod";

import { modeSchema } from "../domain/ban.ts";
import { ipSetsSchema } from "../domain/environment.ts";
import { InvalidInputError } from "../domain/errors.ts";
import { policySchema } from "../domain/policy.ts";

const json = z.string().transform((text, context) => {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue("is no JSON");
    return z.NEVER;
  }
});

const settingsSchema = z.object({
  POLICY: json.pipe(policySchema),
  IP_SETS: json.pipe(ipSetsSchema),
  EGRESS: json.pipe(z.array(z.string())),
  INITIAL_MODE: modeSchema,
});
export type Settings = z.infer<typeof settingsSchema>;

/** All problems at once, and never a value: an environment may hold what logs should not. */
export function readSettings(environment: Readonly<Record<string, unknown>>): Settings {
  const parsed = settingsSchema.safeParse(environment);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.map(String).join(".")}: ${message}`);
  throw new InvalidInputError("The function's environment cannot be used", problems);
}
