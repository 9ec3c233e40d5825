/**
 * What CloudFront makes of a function's result. It validates strictly and answers the viewer with a 502 where a
 * rule is broken, so a handler that would fail there has to fail here. Where the guide leaves a case open
 * (a 204 with a body, say, which it rules out for viewer requests) the stricter reading counts.
 */
import * as z from "zod";

import { BODY_LIMIT, type EventRequest } from "../edge-event.ts";
import { findCustomHeaderProblem, findHeaderProblem, type HeaderMap } from "./header-rules.ts";
import { headersSchema, originSchema } from "./origin-rules.ts";
import type { Header } from "./viewer.ts";

export type EdgeResult =
  | { readonly kind: "request"; readonly request: ForwardedRequest }
  | ({ readonly kind: "response" } & GeneratedResponse)
  | { readonly kind: "invalid"; readonly problem: string };

export interface GeneratedResponse {
  readonly status: number;
  readonly statusDescription: string | undefined;
  readonly headers: readonly Header[];
  readonly body: Buffer;
}

export interface ForwardedRequest {
  readonly domainName: string;
  readonly path: string;
  readonly query: string;
  readonly headers: readonly Header[];
  readonly customHeaders: readonly Header[];
  /** Null: the viewer's body goes on. */
  readonly body: Buffer | null;
}

/** URI and query string together have to be shorter. */
const URL_LIMIT = 8_192;

const responseSchema = z.object({
  status: z.string().regex(/^[2-5]\d\d$/),
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  statusDescription: z.optional(z.string().regex(/^[^\x00-\x1f\x7f]*$/)),
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
  origin: originSchema,
  body: z.optional(
    z.object({
      action: z.enum(["read-only", "replace"]),
      encoding: z.enum(["base64", "text"]),
      data: z.string(),
      inputTruncated: z.optional(z.boolean()),
    }),
  ),
});
type Returned = z.infer<typeof requestSchema>;

/** `returned` is what the function gave back, `given` the request in its event. */
export function readEdgeResult(returned: unknown, given: EventRequest): EdgeResult {
  if (typeof returned !== "object" || returned === null) return invalid("the function returned no object");
  return "status" in returned ? readResponse(returned) : readRequest(returned, given);
}

const invalid = (problem: string): EdgeResult => ({ kind: "invalid", problem });

function readResponse(returned: object): EdgeResult {
  const parsed = responseSchema.safeParse(returned);
  if (!parsed.success) return invalid(z.prettifyError(parsed.error));
  const { status, statusDescription, headers, body, bodyEncoding } = parsed.data;
  const problem = findHeaderProblem(headers, {});
  if (problem) return invalid(problem);
  if (bodyEncoding === "base64" && !isBase64(body)) return invalid("the body is not base64");
  if (/^(204|304)$/.test(status) && body !== "") return invalid(`a response with status ${status} has no body`);
  const fields = flatten(headers);
  // Headers count too, and a base64 body as it is written.
  const size = fields.reduce((sum, { name, value }) => sum + name.length + Buffer.byteLength(value) + 4, 0);
  if (size + Buffer.byteLength(body) > BODY_LIMIT) return invalid("the generated response is larger than 1 MB");
  return {
    kind: "response",
    status: Number(status),
    statusDescription,
    headers: fields,
    body: Buffer.from(body, bodyEncoding === "base64" ? "base64" : "utf8"),
  };
}

function readRequest(returned: object, given: EventRequest): EdgeResult {
  const parsed = requestSchema.safeParse(returned);
  if (!parsed.success) return invalid(z.prettifyError(parsed.error));
  const problem = findRequestProblem(parsed.data, given);
  if (problem) return invalid(problem);
  const { headers, origin, body, uri, querystring } = parsed.data;
  const { domainName, path, customHeaders } = origin.custom;
  return {
    kind: "request",
    request: {
      domainName,
      path: `${path}${uri}`,
      query: querystring,
      headers: flatten(headers),
      customHeaders: flatten(customHeaders),
      body: body?.action === "replace" ? Buffer.from(body.data, body.encoding === "base64" ? "base64" : "utf8") : null,
    },
  };
}

function findRequestProblem(returned: Returned, given: EventRequest): string | null {
  if (returned.method !== given.method) return "the method is read-only";
  if (returned.clientIp !== given.clientIp) return "clientIp is read-only";
  const { customHeaders } = returned.origin.custom;
  return (
    findUrlProblem(returned, given) ??
    findHeaderProblem(returned.headers, given.headers) ??
    findCustomHeaderProblem(customHeaders, given.origin.custom.customHeaders, returned.headers) ??
    findBodyProblem(returned.body, given)
  );
}

function findUrlProblem({ uri, querystring }: Returned, given: EventRequest): string | null {
  if (uri.length + querystring.length >= URL_LIMIT) return "the URI and the query string are too long";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  const forbidden = /[\x00-\x20\x7f#]/;
  if (uri !== given.uri && forbidden.test(uri)) return "the URI holds a space, a control character or a #";
  if (querystring !== given.querystring && forbidden.test(querystring))
    return "the query string holds a space, a control character or a #";
  return null;
}

function findBodyProblem(body: Returned["body"], given: EventRequest): string | null {
  if (!body) return null;
  if (body.inputTruncated !== undefined && body.inputTruncated !== (given.body?.inputTruncated ?? false))
    return "inputTruncated is read-only";
  if (body.action === "read-only") return null;
  if (given.body?.inputTruncated) return "a truncated body cannot be replaced";
  const limit = body.encoding === "text" ? BODY_LIMIT : Math.floor(1.33 * BODY_LIMIT);
  if (Buffer.byteLength(body.data) > limit) return "the replaced body is too large";
  return body.encoding === "base64" && !isBase64(body.data) ? "the body is not base64" : null;
}

function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}

function flatten(headers: HeaderMap): Header[] {
  return Object.entries(headers).flatMap(([name, values]) =>
    values.map(({ key, value }) => ({ name: key ?? capitalised(name), value })),
  );
}

/** Where a function leaves the key out, CloudFront writes one. */
function capitalised(name: string): string {
  return name.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase());
}
