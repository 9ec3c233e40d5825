/**
 * What a viewer's call becomes before it goes to Cognito: the client secret in its place, and nothing that a viewer
 * must not decide. Objects are copied only where something changes.
 */

import type { ClientCall } from "./cognito-call.ts";
import type { EdgeConfig } from "./config.ts";
import { isJsonObject, type JsonObject, member } from "./json-object.ts";
import { secretHash } from "./secret-hash.ts";

export type BodyConfig = Pick<EdgeConfig, "refreshStrategy" | "clientAddress">;

/** The operation that Cognito will see: a refresh without a user name becomes one that takes the plain secret. */
export function relayedOperation(
  call: Pick<ClientCall, "place" | "operation">,
  { refreshStrategy }: Pick<BodyConfig, "refreshStrategy">,
): string {
  const rewritten = call.place === "refresh" && refreshStrategy === "rewrite";
  return rewritten ? "GetTokensFromRefreshToken" : call.operation.name;
}

/** `address` is the viewer's, as CloudFront saw it. */
export function rewriteBody(
  call: ClientCall,
  clientSecret: string,
  address: string | null,
  config: BodyConfig,
): JsonObject {
  const body = withContext(withoutOurs(call.body), call, address, config);
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
      return config.refreshStrategy === "rewrite"
        ? refreshRequest(body, call.clientId, clientSecret)
        : withHash(body, "AuthParameters", clientSecret);
  }
}

/**
 * With `clientAddress: userContext` Cognito is told the viewer's address in the operations that take it. It believes
 * whatever stands there, so a value of the viewer's own never gets through; `EncodedData` is the viewer's device, kept.
 */
function withContext(
  body: JsonObject,
  call: ClientCall,
  address: string | null,
  { clientAddress }: BodyConfig,
): JsonObject {
  if (clientAddress !== "userContext" || address === null || !call.operation.takesContext) return body;
  const context = member(body, "UserContextData");
  return { ...body, UserContextData: { ...(isJsonObject(context) ? context : {}), IpAddress: address } };
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
    ...(typeof DEVICE_KEY === "string" && { DeviceKey: DEVICE_KEY }),
    ...(metadata !== undefined && { ClientMetadata: metadata }),
  };
}

function withHash(body: JsonObject, container: "AuthParameters" | "ChallengeResponses", hash: string): JsonObject {
  const map = member(body, container);
  return { ...body, [container]: { ...(isJsonObject(map) ? map : {}), SECRET_HASH: hash } };
}

/** Members that only the edge may set, wherever in a body Cognito would read them. */
const OURS = ["SecretHash", "SECRET_HASH", "ClientSecret", "IpAddress", "UserPoolId"] as const;
const CONTAINERS = ["AuthParameters", "ChallengeResponses", "UserContextData"] as const;

function withoutOurs(body: JsonObject): JsonObject {
  let cleaned = omitOurs(body);
  for (const container of CONTAINERS) {
    const map = member(body, container);
    if (isJsonObject(map) && holdsOurs(map)) cleaned = { ...cleaned, [container]: omitOurs(map) };
  }
  return cleaned;
}

const holdsOurs = (object: JsonObject) => OURS.some((name) => Object.hasOwn(object, name));

function omitOurs(object: JsonObject): JsonObject {
  if (!holdsOurs(object)) return object;
  const copy = { ...object };
  for (const name of OURS) delete copy[name];
  return copy;
}
