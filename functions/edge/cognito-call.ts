/**
 * Reads a viewer's request as a call of the Cognito API, or says why it is none that the proxy relays. Needs no
 * secret, so nobody can make the proxy fetch one with a request that is refused anyway.
 */
import { isJsonObject, type JsonObject, member, parseJsonObject, textMember } from "./json-object.ts";
import { challengeNames, type Operation, operationOf, signInFlows } from "./operations.ts";
import { headerValue, type OriginRequest } from "./origin-request.ts";
import { forbidden, invalid, isRefusal, type Refusal, tooLarge, unreadable } from "./refusal.ts";

const TARGET_PREFIX = "AWSCognitoIdentityProviderService.";
/** Far above any call that Cognito accepts, far below what would cost us time. */
const LARGEST_BODY = 256 * 1024;

/** A call as the viewer made it. `username` is the one of this very request, the only one its hash may be over. */
export type CognitoCall = TokenCall | ClientCall;
/** Carries a token instead of a client id: its body is not even read. */
export interface TokenCall extends CallNames {
  readonly place: "untouched";
  readonly username: null;
  readonly clientId: null;
}
export type ClientCall = CallNames &
  (
    | ({ readonly place: "hash" | "sign-in" | "challenge"; readonly username: string } & WithBody)
    | ({ readonly place: "secret" | "refresh"; readonly username: null } & WithBody)
  );
interface CallNames {
  readonly operation: Operation;
  readonly flow?: string;
  readonly challenge?: string;
}
interface WithBody {
  readonly clientId: string;
  readonly body: JsonObject;
}

/** What can be told without the body: method, path, content type, operation. */
export function readOperation(request: OriginRequest): Operation | Refusal {
  if (request.method !== "POST") return forbidden("method", "Only POST is allowed.");
  if (request.uri !== "/" || request.querystring !== "") return forbidden("path", "Only the path / is allowed.");
  // Required, since a web page can send it only after a preflight.
  if (!isCognitoJson(headerValue(request.headers, "content-type") ?? ""))
    return forbidden("content-type", "The content type must be application/x-amz-json-1.1.");
  const target = headerValue(request.headers, "x-amz-target") ?? "";
  const name = target.startsWith(TARGET_PREFIX) ? target.slice(TARGET_PREFIX.length) : "";
  return operationOf(name) ?? forbidden("operation", "This operation is not allowed here.");
}

const COGNITO_JSON = "application/x-amz-json-1.1";
function isCognitoJson(contentType: string): boolean {
  return contentType === COGNITO_JSON || contentType.split(";", 1)[0]?.trim().toLowerCase() === COGNITO_JSON;
}

/** Reads the body as far as the operation's row in the table demands. */
export function readCall(
  request: OriginRequest,
  operation: Operation,
  clientIds: readonly string[],
): CognitoCall | Refusal {
  if (request.body?.inputTruncated) return tooLarge();
  const { place } = operation;
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
  status: 404,
  type: "ResourceNotFoundException",
  message: "User pool client does not exist.",
};

function readPlace(
  operation: Operation,
  place: Exclude<Operation["place"], "untouched">,
  read: WithBody,
): CognitoCall | Refusal {
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

function readSignIn(operation: Operation, read: WithBody): CognitoCall | Refusal {
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

function readChallenge(operation: Operation, read: WithBody): CognitoCall | Refusal {
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
  return isJsonObject(map) && Object.values(map).every(isTextOrNull) ? map : null;
}

/** Null is what a browser's storage gives for a missing key: clients send `DEVICE_KEY: null`, and Cognito takes it. */
const isTextOrNull = (value: unknown) => typeof value === "string" || value === null;
