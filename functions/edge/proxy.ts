import type { CloudFrontResultResponse } from "aws-lambda";

import { canonicalAddress } from "../domain/cidr.ts";
import type { SecretDocument } from "../domain/edge-config.ts";
import { nameOf, secretMemory } from "./ask.ts";
import { readCall, readOperation } from "./cognito-call.ts";
import { configReader, type EdgeConfig } from "./config.ts";
import { type EdgeDecision, refused, relayed } from "./decision.ts";
import { headerValue, type OriginRequest, type ViewerCall } from "./origin-request.ts";
import { marksOf } from "./outgoing.ts";
import type { ClientSecrets, CognitoEndpoint } from "./ports.ts";
import { answerPreflight, answerRefusal, isRefusal, type Refusal, unavailable } from "./refusal.ts";
import { relayCall } from "./relay.ts";
import { checkNativeClient, readWebOrigin, type WebOrigin } from "./web-origin.ts";

export interface ProxyAnswer {
  readonly result: OriginRequest | CloudFrontResultResponse;
  readonly decision: EdgeDecision;
}

interface ProxyParts {
  readonly secrets: ClientSecrets;
  readonly cognito: CognitoEndpoint;
  /** The Region that the function runs in. */
  readonly region: string;
}

/**
 * Decides about one viewer request at a time: relayed to Cognito with the secret, or answered here. Never forwards a
 * request that needs a secret without one; if the secret cannot be had, the viewer gets a 503.
 *
 * Kept between requests: the parsed configuration, and which of two secrets worked last.
 */
export function createProxy({ secrets, cognito, region }: ProxyParts): (viewer: ViewerCall) => Promise<ProxyAnswer> {
  const readConfig = configReader(region);
  const ports = { secrets, cognito, memory: secretMemory() };
  return (viewer) => {
    const config = readConfig(viewer.request);
    const origin = readWebOrigin(viewer.request.headers, config?.allowedOrigins);
    if (origin.refusal) return Promise.resolve(refuse({ refusal: origin.refusal }, viewer, origin));
    if (viewer.request.method === "OPTIONS" && viewer.request.uri === "/")
      return Promise.resolve(preflight(viewer, origin));
    return answerCall(viewer, config, origin, ports);
  };
}

function preflight({ request, requestId }: ViewerCall, origin: WebOrigin): ProxyAnswer {
  const asked = headerValue(request.headers, "access-control-request-headers") ?? "";
  return { result: answerPreflight(asked, origin.readableBy), decision: { event: "edge.preflight", requestId } };
}

interface Why {
  readonly refusal: Refusal;
  readonly operation?: string;
  readonly fault?: string;
}

function refuse({ refusal, ...about }: Why, { requestId }: ViewerCall, { readableBy }: WebOrigin): ProxyAnswer {
  return { result: answerRefusal(refusal, readableBy), decision: refused(requestId, refusal, about) };
}

type Ports = Pick<ProxyParts, "secrets" | "cognito"> & { readonly memory: ReturnType<typeof secretMemory> };

async function answerCall(
  viewer: ViewerCall,
  config: EdgeConfig | null,
  origin: WebOrigin,
  ports: Ports,
): Promise<ProxyAnswer> {
  const row = readOperation(viewer.request);
  if (isRefusal(row)) return refuse({ refusal: row }, viewer, origin);
  const operation = row.name;
  if (!config) return refuse({ refusal: unavailable("configuration"), operation }, viewer, origin);
  const read = readCall(viewer.request, row, config.clientIds);
  const call = isRefusal(read) ? read : (checkNativeClient(read.clientId, origin, config) ?? read);
  if (isRefusal(call)) return refuse({ refusal: call, operation }, viewer, origin);

  const document = await readDocument(ports.secrets, config.secretCopies);
  if (typeof document === "string")
    return refuse({ refusal: unavailable("secret"), operation, fault: document }, viewer, origin);
  const address = canonicalAddress(viewer.request.clientIp);
  const relay = { viewer, config, document, address, marks: marksOf(viewer, call, address, document) };
  const relaying = relayCall(call, relay, ports, origin.readableBy);
  const end = relaying instanceof Promise ? await relaying : relaying;
  if ("refusal" in end) return refuse({ ...end, operation }, viewer, origin);
  return { result: end.result, decision: relayed(viewer.requestId, call, end.operation, end.asked) };
}

/** The document, or the name of the error that kept it away. */
async function readDocument(secrets: ClientSecrets, copies: readonly string[]): Promise<SecretDocument | string> {
  try {
    return await secrets.read(copies);
  } catch (error) {
    return nameOf(error);
  }
}
