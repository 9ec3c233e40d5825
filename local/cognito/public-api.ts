/**
 * The operations that anyone may call, without AWS credentials but with the secret hash. The pool's web ACL comes
 * first and what it blocks costs no quota. (Whether CloudTrail also records what it blocked is not documented.)
 */
import { namesOf } from "../../functions/domain/names.ts";
import { parseJsonObject, textMember } from "../../functions/edge/json-object.ts";
import { AwsError } from "../aws-wire.ts";
import { answerCall, answering } from "./calls.ts";
import type { Call, Endpoint } from "./endpoint.ts";
import { type Answer, answerPreflight, answerWebAcl, type Exchange, headerOf } from "./http.ts";
import { poolOperation } from "./operations.ts";

const TARGET_PREFIX = "AWSCognitoIdentityProviderService.";

export function answerPublic(request: Exchange, endpoint: Endpoint): Answer {
  if (request.method === "OPTIONS") return answerPreflight(request);
  return answering(endpoint, (requestId) => {
    const operation = operationIn(request);
    const run = poolOperation(operation);
    const input = readJson(request);
    const call = { request, requestId, now: endpoint.clock.now(), operation, input, run, caller: null };
    return inspect(call, endpoint) ?? answerCall(call, endpoint);
  });
}

/** The operation that the request names, or "". */
export function operationIn(request: Pick<Exchange, "headers">): string {
  const target = headerOf(request, "x-amz-target");
  return target.startsWith(TARGET_PREFIX) ? target.slice(TARGET_PREFIX.length) : "";
}

export function readJson(request: Exchange): Readonly<Record<string, unknown>> {
  if (!headerOf(request, "content-type").startsWith("application/x-amz-json-1.1"))
    throw new AwsError("UnknownOperationException", "");
  const input = parseJsonObject(request.body);
  if (!input) throw new AwsError("SerializationException", "The body is no JSON object");
  return input;
}

/** The pool's web ACL sees the caller's headers and two of Cognito's own, but never a body: it may hold names. */
function inspect({ request, requestId, operation, input }: Call, { webAcls, deployment }: Endpoint): Answer | null {
  const clientId = textMember(input, "ClientId");
  const inspection = webAcls.inspect(namesOf(deployment).poolArn, {
    clientIp: request.sourceIp,
    country: null,
    method: request.method,
    uri: request.path,
    args: request.query,
    httpVersion: "HTTP/1.1",
    headers: [
      ...request.headers,
      { name: "x-amzn-cognito-operation-name", value: operation },
      ...(clientId === null ? [] : [{ name: "x-amzn-cognito-client-id", value: clientId }]),
    ],
    body: Buffer.alloc(0),
    requestId,
    ja4: null,
  });
  return inspection.action === "BLOCK" ? answerWebAcl(requestId, inspection.response) : null;
}
