/** Reading a template strictly: what the local WAF does not understand stops the boot and names its path. */
import * as z from "zod";

import { InvalidInputError } from "../../functions/domain/errors.ts";

export function parsePart<T>(schema: z.ZodType<T>, document: unknown, path: string): T {
  const parsed = schema.safeParse(document);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => [...issue.path.map(String), issue.message].join(": "));
  throw new InvalidInputError(path, problems);
}

/** The one property of a union such as `Statement` or `FieldToMatch`. */
export function onlyEntry(document: unknown, path: string): [kind: string, body: unknown] {
  const entries = Object.entries(parsePart(z.record(z.string(), z.unknown()), document, path));
  const [first] = entries;
  if (!first || entries.length > 1)
    throw new InvalidInputError(path, [`must have one property, has ${entries.length}`]);
  return first;
}
