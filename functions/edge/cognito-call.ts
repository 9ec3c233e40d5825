/**
 * Reads a viewer's request as a call of the Cognito API, or says why it is none that the proxy relays. Needs no
 * secret, so nobody can make the proxy fetch one with a request that is refused anyway.
 */
import { isJsonObject, type JsonObject, member, parseJsonObject, textMember } from "./json-object.ts";
import { challengeNames, operationOf, type SecretPlace, signInFlows } from "./operations.ts";
import { headerValue, type OriginRequest } from "./origin-request.ts";
import { forbidden, invalid, isRefusal, type Refusal, tooLarge, unreadable } from "./refusal.ts";

const TARGET_PREFIX = "AWSCognitoIdentityProviderService.";
/** Far above any call that Cognito accepts, far below what would cost us time. */
const LARGEST_BODY = 256 * 1024;

/** A call as the viewer made it. `username` is the one of this very request, the only one its hash may be over. */
export type CognitoCall = { readonly operation: string; readonly flow?: string; readonly challenge?: string } & (
  | { readonly place: "untouched"; readonly username: null; readonly clientId: null }
  | ({ readonly place: "hash" | "sign-in" | "challenge"; readonly username: string } & WithBody)
  | ({ readonly place: "secret" | "refresh"; readonly username: null } & WithBody)
);
interface WithBody {
  readonly clientId: string;
  readonly body: JsonObject;
}

export interface Target {
  readonly operation: string;
  readonly place: SecretPlace;
}

/** What can be told without any configuration: method, path, content type, operation. */
export function readTarget(request: OriginRequest): Target | Refusal {
  if (request.method !== "POST") return forbidden("method", "Only POST is allowed.");
  if (request.uri !== "/" || request.querystring !== "") return forbidden("path", "Only the path / is allowed.");
  const contentType = headerValue(request.headers, "content-type")?.split(";", 1)[0]?.trim().toLowerCase();
  // Required, since a web page can send it only after a preflight.
  if (contentType !== "application/x-amz-json-1.1")
    return forbidden("content-type", "The content type must be application/x-amz-json-1.1.");
  const target = headerValue(request.headers, "x-amz-target") ?? "";
  const operation = target.startsWith(TARGET_PREFIX) ? target.slice(TARGET_PREFIX.length) : "";
  const place = operationOf(operation)?.place;
  return place ? { operation, place } : forbidden("operation", "This operation is not allowed here.");
}

/** Reads the body as far as the operation's row in the table demands. */
export function readCall(
  request: OriginRequest,
  { operation, place }: Target,
  clientIds: readonly string[],
): CognitoCall | Refusal {
  if (request.body?.inputTruncated) return tooLarge();
  if (place === "untouched") return { operation, place, username: null, clientId: null };
  const read = readBody(request, clientIds);
  return isRefusal(read) ? read : readPlace(operation, place, read);
}

function readBody(request: OriginRequest, clientIds: readonly string[]): WithBody | Refusal {
  const bytes = Buffer.from(request.body?.data ?? "", request.body?.encoding === "text" ? "utf8" : "base64");
  if (bytes.length > LARGEST_BODY) return tooLarge();
  const body = parseJsonObject(bytes);
  if (!body) return unreadable("The body must be a JSON object.");
  const clientId = textMember(body, "ClientId");
  if (clientId === null || !clientIds.includes(clientId)) return unknownClient;
  const context = member(body, "UserContextData") ?? {};
  return isJsonObject(context) ? { clientId, body } : invalid("parameters", "UserContextData must be an object.");
}

const unknownClient: Refusal = {
  reason: "client",
  status: 400,
  type: "ResourceNotFoundException",
  message: "User pool client does not exist.",
};

function readPlace(operation: string, place: Exclude<SecretPlace, "untouched">, read: WithBody): CognitoCall | Refusal {
  switch (place) {
    case "hash":
      return named(read.body, "Username", (username) => ({ operation, place, username, ...read }));
    case "sign-in":
      return readSignIn(operation, read);
    case "challenge":
      return readChallenge(operation, read);
    case "secret":
      return { operation, place, username: null, ...read };
  }
}

function readSignIn(operation: string, read: WithBody): CognitoCall | Refusal {
  const flow = textMember(read.body, "AuthFlow") ?? "";
  const kind = signInFlows.get(flow);
  if (!kind) return invalid("flow", "This AuthFlow is not allowed here.");
  const parameters = textMap(read.body, "AuthParameters");
  if (!parameters) return invalid("parameters", "AuthParameters must be a map of texts.");
  if (kind === "hash")
    return named(parameters, "USERNAME", (username) => ({ operation, flow, place: "sign-in", username, ...read }));
  if (textMember(parameters, "REFRESH_TOKEN") === null)
    return invalid("refresh-token", "Missing required parameter REFRESH_TOKEN");
  return { operation, flow, place: "refresh", username: null, ...read };
}

function readChallenge(operation: string, read: WithBody): CognitoCall | Refusal {
  const challenge = textMember(read.body, "ChallengeName") ?? "";
  if (!challengeNames.has(challenge)) return invalid("challenge", "This ChallengeName is not allowed here.");
  const responses = textMap(read.body, "ChallengeResponses");
  if (!responses) return invalid("parameters", "ChallengeResponses must be a map of texts.");
  return named(responses, "USERNAME", (username) => ({ operation, challenge, place: "challenge", username, ...read }));
}

/** Without a user name no hash can be made, and without a hash nothing goes on. */
function named(holder: JsonObject, parameter: string, build: (username: string) => CognitoCall): CognitoCall | Refusal {
  const username = textMember(holder, parameter);
  return username === null ? invalid("user-name", `Missing required parameter ${parameter}`) : build(username);
}

function textMap(body: JsonObject, name: string): JsonObject | null {
  const map = member(body, name);
  return isJsonObject(map) && Object.values(map).every((value) => typeof value === "string") ? map : null;
}
