/** What a rule does to a request that it matches. */
import * as z from "zod";

import { InvalidInputError, NotSupportedError } from "../../functions/domain/errors.ts";
import type { Inspection } from "../ports.ts";
import { onlyEntry, parsePart } from "./template-part.ts";

export type BlockAnswer = NonNullable<Inspection["response"]>;
export type RuleAction =
  | { readonly kind: "ALLOW" }
  | { readonly kind: "COUNT" }
  /** Without a custom answer WAF's plain one is given, which depends on the resource. */
  | { readonly kind: "BLOCK"; readonly custom: BlockAnswer | null };
export type CustomBodies = Readonly<Record<string, { readonly ContentType: string; readonly Content: string }>>;

export const bodiesSchema = z
  .record(z.string(), z.strictObject({ ContentType: z.string(), Content: z.string().max(4096) }))
  .default({});

const customResponse = z.strictObject({
  ResponseCode: z.number().int().min(200).max(599),
  CustomResponseBodyKey: z.string().optional(),
  ResponseHeaders: z.array(z.strictObject({ Name: z.string(), Value: z.string() })).default([]),
});
const block = z.strictObject({ CustomResponse: customResponse.optional() });
const nothing = z.strictObject({});

/** Captcha and Challenge are refused: they work on GET of HTML pages only, never on this API. */
export function compileAction(action: unknown, path: string, bodies: CustomBodies): RuleAction {
  const [kind, body] = onlyEntry(action, path);
  switch (kind) {
    case "Allow":
      parsePart(nothing, body, `${path}.Allow`);
      return { kind: "ALLOW" };
    case "Count":
      parsePart(nothing, body, `${path}.Count`);
      return { kind: "COUNT" };
    case "Block": {
      const { CustomResponse } = parsePart(block, body, `${path}.Block`);
      return { kind: "BLOCK", custom: CustomResponse ? customAnswer(CustomResponse, path, bodies) : null };
    }
    default:
      throw new NotSupportedError(`${path}: the local WAF does not know the action ${kind}`);
  }
}

const contentTypes: Readonly<Record<string, string>> = {
  APPLICATION_JSON: "application/json",
  TEXT_HTML: "text/html",
  TEXT_PLAIN: "text/plain",
};

function customAnswer(custom: z.infer<typeof customResponse>, path: string, bodies: CustomBodies): BlockAnswer {
  const key = custom.CustomResponseBodyKey;
  const body = key === undefined ? undefined : bodies[key];
  if (key !== undefined && !body) throw new NotSupportedError(`${path}: the web ACL has no custom body "${key}"`);
  if (custom.ResponseHeaders.some(({ Name }) => Name.toLowerCase() === "content-type"))
    throw new InvalidInputError(path, ["WAF sets the content type from the custom body and refuses it as a header"]);
  const contentType = body && contentTypes[body.ContentType];
  return {
    status: custom.ResponseCode,
    headers: {
      ...(contentType ? { "content-type": contentType } : {}),
      ...Object.fromEntries(custom.ResponseHeaders.map(({ Name, Value }) => [Name.toLowerCase(), Value])),
    },
    body: body?.Content ?? "",
  };
}
