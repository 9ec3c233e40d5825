import * as z from "zod";

import { AwsError } from "../aws-wire.ts";

/**
 * Parses an operation's input; what Cognito's model would refuse is its InvalidParameterException. In AWS JSON a member
 * that is null is one that is not there.
 */
export function readInput<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const parsed = schema.safeParse(withoutNulls(input));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new AwsError("InvalidParameterException", `${issue?.path.join(".") || "input"}: ${issue?.message}`);
}

function withoutNulls(input: unknown): unknown {
  if (typeof input !== "object" || input === null || Array.isArray(input)) return input;
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== null));
}

/** A parameter that Cognito wants in a map of texts. */
export function required(parameters: Readonly<Record<string, string>>, name: string): string {
  const value = parameters[name];
  if (!value) throw new AwsError("InvalidParameterException", `Missing required parameter ${name}`);
  return value;
}

export const text = z.string().min(1);
/** A map of texts. A member that is null is none, as everywhere in AWS JSON. */
export const texts = z
  .record(z.string(), z.string().nullable())
  .transform((map) =>
    Object.fromEntries(Object.entries(map).flatMap(([name, text]) => (text === null ? [] : [[name, text]]))),
  );
/** Accepted and without effect here, as without Lambda triggers and threat protection. */
export const ignored = z.unknown().optional();
export const attributes = z.array(z.strictObject({ Name: text, Value: z.string().optional() }));
