import type { CloudFrontResultResponse } from "aws-lambda";

import { type CognitoCall, readCall, readTarget } from "./cognito-call.ts";
import { type EdgeConfig, headerValue, type OriginRequest, readConfig, secretCopies } from "./origin-request.ts";
import type { ClientSecrets } from "./ports.ts";
import { answerPreflight, answerRefusal, isRefusal, type Refusal, unavailable } from "./refusal.ts";
import { relayedOperation, rewriteRequest } from "./rewrite-request.ts";

/** One line of the decision log. Holds nothing that a viewer wrote: names are logged only if they are ours. */
interface EdgeDecision {
  readonly event: "edge.relayed" | "edge.refused" | "edge.preflight";
  readonly requestId: string;
  readonly operation?: string;
  readonly relayedAs?: string;
  readonly clientId?: string;
  readonly flow?: string;
  readonly challenge?: string;
  readonly reason?: string;
  readonly status?: number;
  readonly fault?: string;
}

export interface ProxyAnswer {
  readonly result: OriginRequest | CloudFrontResultResponse;
  readonly decision: EdgeDecision;
}

/**
 * Decides about one viewer request: relayed to Cognito with the secret, or answered here. Never forwards a request
 * that needs a secret without one; if the secret cannot be had, the viewer gets a 503.
 */
export async function proxy(
  requestId: string,
  request: OriginRequest,
  secrets: ClientSecrets,
  region: string,
): Promise<ProxyAnswer> {
  if (request.method === "OPTIONS" && request.uri === "/") return preflight(requestId, request);
  const target = readTarget(request);
  if (isRefusal(target)) return refuse(requestId, target);
  const config = readConfig(request);
  if (!config) return refuse(requestId, unavailable("configuration"), target.operation);
  const call = readCall(request, target, config.clientIds);
  if (isRefusal(call)) return refuse(requestId, call, target.operation);
  const document = await secrets.read(secretCopies(config, region)).catch(nameOf);
  if (typeof document === "string") return refuse(requestId, unavailable("secret"), target.operation, document);
  const result = rewriteRequest({ requestId, request, call, ...config }, document);
  if (isRefusal(result)) return refuse(requestId, result, target.operation);
  return { result, decision: relayed(requestId, call, config) };
}

function preflight(requestId: string, request: OriginRequest): ProxyAnswer {
  const asked = headerValue(request.headers, "access-control-request-headers") ?? "";
  return { result: answerPreflight(asked), decision: { event: "edge.preflight", requestId } };
}

function refuse(requestId: string, refusal: Refusal, operation?: string, fault?: string): ProxyAnswer {
  const { reason, status } = refusal;
  const told = { ...(operation && { operation }), ...(fault && { fault }) };
  return { result: answerRefusal(refusal), decision: { event: "edge.refused", requestId, reason, status, ...told } };
}

/** Which error kept the secret away (AccessDeniedException, TimeoutError, …), without its message. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  return error.cause instanceof Error ? error.cause.name : error.name;
}

function relayed(requestId: string, call: CognitoCall, config: EdgeConfig): EdgeDecision {
  const { operation, flow, challenge, clientId } = call;
  const relayedAs = relayedOperation(call, config.refreshStrategy);
  return {
    event: "edge.relayed",
    requestId,
    operation,
    ...(relayedAs !== operation && { relayedAs }),
    ...(clientId !== null && { clientId }),
    ...(flow && { flow }),
    ...(challenge && { challenge }),
  };
}
