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

/** Names of sets, web ACLs and rules. */
export const nameSchema = z.string().regex(/^[A-Za-z0-9_-]{1,128}$/);
/** AWS refuses, at deployment only, what people like to write in a description: brackets, apostrophes, umlauts. */
export const descriptionSchema = z.string().regex(/^[A-Za-z0-9+=:#@/,.\s_-]{1,256}$/);
