/**
 * What CloudFront makes of a function's result. It validates strictly and answers the viewer with a 502 where a
 * rule is broken, so a handler that would fail there has to fail here.
 */
import * as z from "zod";

import { BODY_LIMIT, type EventRequest } from "../edge-event.ts";
import { findHeaderProblem } from "./header-rules.ts";
import type { Header } from "./viewer.ts";

export type EdgeResult =
  | { readonly kind: "request"; readonly request: ForwardedRequest }
  | { readonly kind: "response"; readonly status: number; readonly headers: readonly Header[]; readonly body: Buffer }
  | { readonly kind: "invalid"; readonly problem: string };

export interface ForwardedRequest {
  readonly domainName: string;
  readonly path: string;
  readonly query: string;
  readonly headers: readonly Header[];
  readonly customHeaders: readonly Header[];
  /** Null: the viewer's body goes on. */
  readonly body: Buffer | null;
}

const headersSchema = z.record(z.string(), z.array(z.object({ key: z.string().optional(), value: z.string() })));

const responseSchema = z.object({
  status: z.string().regex(/^[2-5]\d\d$/),
  statusDescription: z.string().optional(),
  headers: headersSchema.default({}),
  body: z.string().default(""),
  bodyEncoding: z.enum(["text", "base64"]).default("text"),
});

const requestSchema = z.object({
  clientIp: z.string(),
  method: z.string(),
  uri: z.string().startsWith("/"),
  querystring: z.string(),
  headers: headersSchema,
  origin: z.object({
    custom: z.object({ domainName: z.string().min(1), path: z.string(), customHeaders: headersSchema }),
  }),
  body: z
    .object({ action: z.enum(["read-only", "replace"]), encoding: z.enum(["base64", "text"]), data: z.string() })
    .optional(),
});

/** `returned` is what the function gave back, `given` the request in its event. */
export function readEdgeResult(returned: unknown, given: EventRequest): EdgeResult {
  if (typeof returned !== "object" || returned === null) return invalid("the function returned no object");
  return "status" in returned ? readResponse(returned) : readRequest(returned, given);
}

const invalid = (problem: string): EdgeResult => ({ kind: "invalid", problem });

function readResponse(returned: object): EdgeResult {
  const parsed = responseSchema.safeParse(returned);
  if (!parsed.success) return invalid(z.prettifyError(parsed.error));
  const { status, headers, body, bodyEncoding } = parsed.data;
  const problem = findHeaderProblem(headers, {});
  if (problem) return invalid(problem);
  const bytes = Buffer.from(body, bodyEncoding === "base64" ? "base64" : "utf8");
  if (bytes.length > BODY_LIMIT) return invalid("the generated response is larger than 1 MB");
  return { kind: "response", status: Number(status), headers: flatten(headers), body: bytes };
}

function readRequest(returned: object, given: EventRequest): EdgeResult {
  const parsed = requestSchema.safeParse(returned);
  if (!parsed.success) return invalid(z.prettifyError(parsed.error));
  const { method, clientIp, headers, origin, body, uri, querystring } = parsed.data;
  if (method !== given.method) return invalid("the method is read-only");
  if (clientIp !== given.clientIp) return invalid("clientIp is read-only");
  const problem = findHeaderProblem(headers, given.headers);
  if (problem) return invalid(problem);
  const replaced = readBody(body);
  if (typeof replaced === "string") return invalid(replaced);
  if (replaced && given.body?.inputTruncated) return invalid("a truncated body cannot be replaced");
  const { domainName, path, customHeaders } = origin.custom;
  return {
    kind: "request",
    request: {
      domainName,
      path: `${path}${uri}`,
      query: querystring,
      headers: flatten(headers),
      customHeaders: flatten(customHeaders),
      body: replaced,
    },
  };
}

/** The replacing body, null if the viewer's goes on, a text if it breaks a rule. */
function readBody(body: z.infer<typeof requestSchema>["body"]): Buffer | null | string {
  if (body?.action !== "replace") return null;
  const limit = body.encoding === "text" ? BODY_LIMIT : Math.floor(1.33 * BODY_LIMIT);
  if (Buffer.byteLength(body.data) > limit) return "the replaced body is too large";
  if (body.encoding === "base64" && !/^[A-Za-z0-9+/]*={0,2}$/.test(body.data)) return "the body is not base64";
  return Buffer.from(body.data, body.encoding === "base64" ? "base64" : "utf8");
}

function flatten(headers: z.infer<typeof headersSchema>): Header[] {
  return Object.entries(headers).flatMap(([name, values]) =>
    values.map(({ key, value }) => ({ name: key ?? name, value })),
  );
}
