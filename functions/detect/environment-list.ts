import * as z from "zod";

import { InvalidInputError } from "../domain/errors.ts";

/** A list in a function's environment: a JSON array of strings. */
export function stringList(text: string, name: string): string[] {
  const parsed = z
    .string()
    .transform((json, context) => {
      try {
        return JSON.parse(json);
      } catch {
        context.addIssue("is no JSON");
        return z.NEVER;
      }
    })
    .pipe(z.array(z.string()))
    .safeParse(text);
  if (!parsed.success)
    throw new InvalidInputError(`The environment variable ${name} cannot be used`, [
      "expected a JSON array of strings",
    ]);
  return parsed.data;
}
