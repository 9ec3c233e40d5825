/**
 * Answers that the edge gives itself. Always JSON with `__type`, which every Cognito SDK parses; HTML makes them
 * crash, and 429 or 5xx makes them call three times. None has the status 400 of Cognito's errors: in CloudFront's log,
 * which knows no more than the status, a refusal must not pass for a failed sign-in. The error type can stand in the body only: CloudFront does
 * not let a function set `x-amzn-errortype`.
 */
import type { CloudFrontHeaders, CloudFrontResultResponse } from "aws-lambda";

/** Why a request was not relayed, for the decision log. */
export type RefusalReason =
  | "origin"
  | "method"
  | "path"
  | "content-type"
  | "operation"
  | "client"
  | "too-large"
  | "body"
  | "flow"
  | "challenge"
  | "user-name"
  | "refresh-token"
  | "parameters"
  | "configuration"
  | "secret"
  | "client-secret"
  | "credentials"
  | "cognito"
  | "fault";

export interface Refusal {
  readonly reason: RefusalReason;
  readonly status: 403 | 404 | 413 | 422 | 503;
  readonly type:
    | "ForbiddenException"
    | "InvalidParameterException"
    | "ResourceNotFoundException"
    | "SerializationException"
    | "InternalErrorException";
  readonly message: string;
}

export function isRefusal<T extends object>(read: T | Refusal): read is Refusal {
  return "reason" in read;
}

export const forbidden = (reason: RefusalReason, message: string): Refusal => ({
  reason,
  status: 403,
  type: "ForbiddenException",
  message,
});
export const invalid = (reason: RefusalReason, message: string): Refusal => ({
  reason,
  status: 422,
  type: "InvalidParameterException",
  message,
});
export const unreadable = (message: string): Refusal => ({
  reason: "body",
  status: 422,
  type: "SerializationException",
  message,
});
export const tooLarge = (): Refusal => ({
  reason: "too-large",
  status: 413,
  type: "InvalidParameterException",
  message: "The request is too large.",
});
/** Our own fault. SDKs repeat a 503, which is right: the next try may find the secret. */
export const unavailable = (
  reason: "configuration" | "secret" | "client-secret" | "credentials" | "cognito" | "fault",
): Refusal => ({
  reason,
  status: 503,
  type: "InternalErrorException",
  message: "The service is temporarily unavailable.",
});

const DESCRIPTIONS: ReadonlyMap<number, string> = new Map([
  [200, "OK"],
  [400, "Bad Request"],
  [403, "Forbidden"],
  [404, "Not Found"],
  [413, "Payload Too Large"],
  [422, "Unprocessable Content"],
  [429, "Too Many Requests"],
  [500, "Internal Server Error"],
  [503, "Service Unavailable"],
]);
const ALLOWED_HEADERS =
  "content-type,x-amz-target,x-amz-user-agent,cache-control,amz-sdk-invocation-id,amz-sdk-request";

/** `readableBy`: which web page may read the answer (`*`, an origin, or null for none). */
export function answerRefusal({ status, type, message }: Refusal, readableBy: string | null): CloudFrontResultResponse {
  return answerJson(status, JSON.stringify({ __type: type, message }), readableBy);
}

export function answerJson(status: number, body: string, readableBy: string | null): CloudFrontResultResponse {
  return {
    status: String(status),
    statusDescription: DESCRIPTIONS.get(status) ?? "Error",
    headers: headersOf({
      "Content-Type": "application/x-amz-json-1.1",
      "Cache-Control": "no-store",
      ...corsOf(readableBy),
    }),
    bodyEncoding: "text",
    body,
  };
}

/** CORS preflight. Headers that an app adds by itself (Amplify's `Auth.headers`) are allowed as it asks for them. */
export function answerPreflight(requestedHeaders: string, readableBy: string | null): CloudFrontResultResponse {
  const asked = /^[a-z0-9-]+(\s*,\s*[a-z0-9-]+)*$/i.test(requestedHeaders) && requestedHeaders.length <= 1024;
  return {
    status: "200",
    statusDescription: "OK",
    headers: headersOf({
      ...corsOf(readableBy),
      "Access-Control-Allow-Methods": "POST, OPTIONS",
      "Access-Control-Allow-Headers": asked ? `${ALLOWED_HEADERS},${requestedHeaders}` : ALLOWED_HEADERS,
      "Access-Control-Max-Age": "7200",
      "Cache-Control": "no-store",
    }),
  };
}

function corsOf(readableBy: string | null): Record<string, string> {
  if (readableBy === "*") return { "Access-Control-Allow-Origin": "*" };
  return { Vary: "Origin", ...(readableBy !== null && { "Access-Control-Allow-Origin": readableBy }) };
}

function headersOf(headers: Record<string, string>): CloudFrontHeaders {
  return Object.fromEntries(Object.entries(headers).map(([key, value]) => [key.toLowerCase(), [{ key, value }]]));
}
