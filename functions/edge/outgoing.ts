/**
 * The request that goes to Cognito: the token in both user-agent headers, Cognito's host name, and nothing that a
 * viewer could use to claim something.
 *
 * Gotcha      headers that CloudFront owns (content-length, accept-encoding, via, …) stay as they are, present or
 *             not: touching one turns the answer into a 502. CloudFront computes the new content length itself.
 */
import { edgeHeaders, type SecretDocument } from "../domain/edge-config.ts";
import type { CognitoCall } from "./cognito-call.ts";
import { type Headers, headerValue, type OriginRequest, type ViewerCall } from "./origin-request.ts";
import { markUserAgent, userTagOf, writeToken } from "./token.ts";

/** What is the same for every form of the request. */
export interface Marks {
  readonly host: string;
  readonly agent: string;
}

export function marksOf(
  viewer: ViewerCall,
  call: CognitoCall,
  address: string | null,
  document: SecretDocument,
): Marks {
  const { request, requestId } = viewer;
  const token = writeToken({
    gate: document.gates[0] ?? "-",
    requestId,
    operation: call.operation.name,
    address,
    userTag: userTagOf(call.username, document.tagKey),
  });
  return {
    host: request.origin?.custom?.domainName ?? "",
    agent: markUserAgent(token, viewerAgent(request.headers)),
  };
}

/** Browsers cannot set User-Agent; SDKs in them use the other header to say what they are. */
function viewerAgent(headers: Headers): string {
  return headerValue(headers, "user-agent") || headerValue(headers, "x-amz-user-agent") || "";
}

export const targetOf = (operation: string) => `AWSCognitoIdentityProviderService.${operation}`;

/** The request for CloudFront to send; a null body means that the viewer's own goes on, byte for byte. */
export function forward(request: OriginRequest, marks: Marks, operation: string, body: string | null): OriginRequest {
  const headers = without(request.headers, isDropped);
  headers["host"] = [{ key: "Host", value: marks.host }];
  headers["user-agent"] = [{ key: "User-Agent", value: marks.agent }];
  headers["x-amz-user-agent"] = [{ key: "X-Amz-User-Agent", value: marks.agent }];
  headers["x-amz-target"] = [{ key: "X-Amz-Target", value: targetOf(operation) }];
  const origin = originWithoutConfig(request.origin);
  // CloudFront takes no members without a value.
  if (body === null) return origin ? { ...request, headers, origin } : { ...request, headers };
  return {
    ...request,
    headers,
    ...(origin && { origin }),
    body: { inputTruncated: false, action: "replace", encoding: "text", data: body },
  };
}

/** What Cognito has no use for, and what a viewer could use to claim something (or to be more than a name). */
const DROPPED: ReadonlySet<string> = new Set(["authorization", "cookie", "x-forwarded-for", "__proto__"]);
// The latter is how Cognito itself tells the pool's web ACL the operation and the app client.
const isDropped = (name: string) =>
  DROPPED.has(name) || name.startsWith("cloudfront-") || name.startsWith("x-amzn-cognito-");

const CONFIGURATION: ReadonlySet<string> = new Set(Object.values(edgeHeaders));

function originWithoutConfig(origin: OriginRequest["origin"]): OriginRequest["origin"] {
  if (!origin?.custom) return origin;
  const customHeaders = without(origin.custom.customHeaders, (name) => CONFIGURATION.has(name));
  return { ...origin, custom: { ...origin.custom, customHeaders } };
}

function without(headers: Headers, isUnwanted: (name: string) => boolean): Headers {
  const kept: Headers = {};
  for (const name of Object.keys(headers)) {
    const values = headers[name];
    if (values && !isUnwanted(name)) kept[name] = values;
  }
  return kept;
}
