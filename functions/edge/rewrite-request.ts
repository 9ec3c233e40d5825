/**
 * Turns a viewer's call into the request that goes to Cognito: the client secret in its place, the token in the
 * user agent, Cognito's host name, and nothing that a viewer must not decide.
 *
 * Run twice   the same answer; nothing is kept between requests.
 * Gotcha      headers that CloudFront owns (content-length, accept-encoding, via, …) stay as they are, present or
 *             not: touching one turns the answer into a 502. CloudFront computes the new content length itself.
 */
import { edgeHeaders, type SecretDocument } from "../domain/edge-config.ts";
import type { CognitoCall } from "./cognito-call.ts";
import { isJsonObject, type JsonObject, member } from "./json-object.ts";
import { type EdgeConfig, type Headers, headerValue, type OriginRequest } from "./origin-request.ts";
import { type Refusal, unavailable, unreadable } from "./refusal.ts";
import { secretHash } from "./secret-hash.ts";
import { markUserAgent, userTagOf, writeToken } from "./token.ts";

export interface Relay {
  readonly requestId: string;
  readonly request: OriginRequest;
  readonly call: CognitoCall;
  readonly refreshStrategy: EdgeConfig["refreshStrategy"];
}

/** The operation that Cognito will see: a refresh without a user name becomes one that takes the plain secret. */
export function relayedOperation(call: CognitoCall, refreshStrategy: EdgeConfig["refreshStrategy"]): string {
  return call.place === "refresh" && refreshStrategy === "rewrite" ? "GetTokensFromRefreshToken" : call.operation;
}

/** Refuses where the secret document has no secret for the call's client: then the request must not go on. */
export function rewriteRequest(relay: Relay, document: SecretDocument): OriginRequest | Refusal {
  const { request, call } = relay;
  const forwarded = { ...request, headers: rewriteHeaders(relay, document), ...originWithoutConfig(request) };
  if (call.place === "untouched") return forwarded;
  const clientSecret = Object.hasOwn(document.clients, call.clientId)
    ? document.clients[call.clientId]?.secrets[0]
    : undefined;
  if (clientSecret === undefined) return unavailable("client-secret");
  const text = writeJson(rewriteBody(call, clientSecret, relay.refreshStrategy));
  if (text === null) return unreadable("The body is nested too deeply.");
  const data = Buffer.from(text).toString("base64");
  const body = { ...request.body, inputTruncated: false, action: "replace", encoding: "base64", data };
  return { ...forwarded, body };
}

/** Null for what JSON.parse could read but JSON.stringify cannot write: it alone is recursive. */
function writeJson(value: JsonObject): string | null {
  try {
    return JSON.stringify(value);
  } catch {
    return null;
  }
}

/** Members that only the edge may set, wherever in a body Cognito would read them. */
const OURS: ReadonlySet<string> = new Set(["SecretHash", "SECRET_HASH", "ClientSecret", "IpAddress", "UserPoolId"]);

function rewriteBody(
  call: Exclude<CognitoCall, { place: "untouched" }>,
  clientSecret: string,
  refreshStrategy: EdgeConfig["refreshStrategy"],
): JsonObject {
  const body = withoutOurs(call.body);
  switch (call.place) {
    case "hash":
      return { ...body, SecretHash: secretHash(call.username, call.clientId, clientSecret) };
    case "sign-in":
      return withHash(body, "AuthParameters", secretHash(call.username, call.clientId, clientSecret));
    case "challenge":
      return withHash(body, "ChallengeResponses", secretHash(call.username, call.clientId, clientSecret));
    case "secret":
      return { ...body, ClientSecret: clientSecret };
    case "refresh":
      return refreshStrategy === "rewrite"
        ? refreshRequest(body, call.clientId, clientSecret)
        : withHash(body, "AuthParameters", clientSecret);
  }
}

/** REFRESH_TOKEN_AUTH as GetTokensFromRefreshToken, which Cognito documents as equivalent and needs no user name. */
function refreshRequest(body: JsonObject, clientId: string, clientSecret: string): JsonObject {
  const parameters = member(body, "AuthParameters");
  const { REFRESH_TOKEN, DEVICE_KEY } = isJsonObject(parameters) ? parameters : {};
  const metadata = member(body, "ClientMetadata");
  return {
    ClientId: clientId,
    RefreshToken: REFRESH_TOKEN,
    ClientSecret: clientSecret,
    ...(DEVICE_KEY === undefined ? {} : { DeviceKey: DEVICE_KEY }),
    ...(metadata === undefined ? {} : { ClientMetadata: metadata }),
  };
}

function withHash(body: JsonObject, container: "AuthParameters" | "ChallengeResponses", hash: string): JsonObject {
  const map = member(body, container);
  return { ...body, [container]: { ...(isJsonObject(map) ? map : {}), SECRET_HASH: hash } };
}

const CONTAINERS = ["AuthParameters", "ChallengeResponses", "UserContextData"];

function withoutOurs(body: JsonObject): JsonObject {
  const cleaned: Record<string, unknown> = omitOurs(body);
  for (const container of CONTAINERS) {
    const map = member(cleaned, container);
    if (isJsonObject(map)) cleaned[container] = omitOurs(map);
  }
  return cleaned;
}

function omitOurs(object: JsonObject): Record<string, unknown> {
  const copy = { ...object };
  for (const name of OURS) delete copy[name];
  return copy;
}

/** What Cognito has no use for, and what a viewer could use to claim something. */
const DROPPED: ReadonlySet<string> = new Set(["authorization", "cookie", "x-forwarded-for"]);

function rewriteHeaders(relay: Relay, document: SecretDocument): Headers {
  const { request, call } = relay;
  const agent = markUserAgent(tokenOf(relay, document), viewerAgent(request.headers));
  const operation = relayedOperation(call, relay.refreshStrategy);
  const headers = copyHeaders(request.headers, (name) => !DROPPED.has(name) && !name.startsWith("cloudfront-"));
  headers["host"] = [{ key: "Host", value: request.origin?.custom?.domainName ?? "" }];
  headers["user-agent"] = [{ key: "User-Agent", value: agent }];
  headers["x-amz-user-agent"] = [{ key: "X-Amz-User-Agent", value: agent }];
  headers["x-amz-target"] = [{ key: "X-Amz-Target", value: `AWSCognitoIdentityProviderService.${operation}` }];
  return headers;
}

/** Without a prototype, so that a header called `__proto__` is a header like any other. */
function copyHeaders(headers: Headers, isKept: (name: string) => boolean): Headers {
  const copy: Headers = Object.create(null);
  for (const [name, values] of Object.entries(headers)) if (isKept(name)) copy[name] = values;
  return copy;
}

/** Browsers cannot set User-Agent; SDKs in them use the other header to say what they are. */
function viewerAgent(headers: Headers): string {
  return headerValue(headers, "user-agent") || headerValue(headers, "x-amz-user-agent") || "";
}

function tokenOf({ requestId, request, call }: Relay, document: SecretDocument): string {
  return writeToken({
    gate: document.gates[0] ?? "-",
    requestId,
    operation: call.operation,
    clientIp: request.clientIp,
    userTag: userTagOf(call.username, document.tagKey),
  });
}

function originWithoutConfig({ origin }: OriginRequest): Pick<OriginRequest, "origin"> {
  if (!origin?.custom) return {};
  const customHeaders = copyHeaders(origin.custom.customHeaders, (name) => !CONFIGURATION.has(name));
  return { origin: { ...origin, custom: { ...origin.custom, customHeaders } } };
}

const CONFIGURATION: ReadonlySet<string> = new Set(Object.values(edgeHeaders));
