/** A call that may go on: in the form in which Cognito gets it, forwarded or asked. */
import type { CloudFrontResultResponse } from "aws-lambda";

import type { SecretDocument } from "../domain/edge-config.ts";
import { type AdminContext, adminBody } from "./admin-call.ts";
import { type Asked, ask, type SecretMemory } from "./ask.ts";
import { isSessionRefused } from "./asked-answer.ts";
import type { ClientCall, CognitoCall } from "./cognito-call.ts";
import type { EdgeConfig } from "./config.ts";
import { writeJson } from "./json-object.ts";
import type { OriginRequest, ViewerCall } from "./origin-request.ts";
import { forward, type Marks, targetOf } from "./outgoing.ts";
import type { CognitoEndpoint, CognitoRequest } from "./ports.ts";
import { answerJson, isRefusal, type Refusal, unavailable, unreadable } from "./refusal.ts";
import { relayedOperation, rewriteBody } from "./rewrite-body.ts";

export interface Relay {
  readonly viewer: ViewerCall;
  readonly config: EdgeConfig;
  readonly marks: Marks;
  /** The viewer's, canonical; null if CloudFront gave none that can be read. */
  readonly address: string | null;
  readonly document: SecretDocument;
}

interface AskPorts {
  readonly cognito: CognitoEndpoint;
  readonly memory: SecretMemory;
}

export type Relayed =
  | {
      readonly result: OriginRequest | CloudFrontResultResponse;
      /** The operation that Cognito saw. */
      readonly operation: string;
      readonly asked?: { readonly status: number; readonly tried: number };
    }
  | { readonly refusal: Refusal; readonly fault?: string };

/** `readableBy` is the web page that may read an answer given here. Only an asked call has to be waited for. */
export function relayCall(
  call: CognitoCall,
  relay: Relay,
  ports: AskPorts,
  readableBy: string | null,
): Relayed | Promise<Relayed> {
  const { viewer, marks, document } = relay;
  const { name } = call.operation;
  if (call.place === "untouched") return { result: forward(viewer.request, marks, name, null), operation: name };
  const secrets = Object.hasOwn(document.clients, call.clientId) ? document.clients[call.clientId]?.secrets : undefined;
  const first = secrets?.[0];
  if (!secrets || first === undefined) return { refusal: unavailable("client-secret") };
  if (isSigned(call, relay.config) || secrets.length > 1 || mayHaveBegunElsewhere(call, relay.config))
    return askEither(secrets, call, relay, ports).then(({ asked, config }) =>
      toViewer(asked, operationFor(call, config), readableBy),
    );
  const form = formOf(call, first, relay);
  if (isRefusal(form)) return { refusal: form };
  return { result: forward(viewer.request, marks, form.operation, form.body), operation: form.operation };
}

/** Whether the call becomes an Admin operation; a refresh that is rewritten has none. */
function isSigned(call: ClientCall, config: EdgeConfig): boolean {
  const { asAdmin } = call.operation;
  return config.adminPool !== null && asAdmin !== null && relayedOperation(call, config) === call.operation.name;
}

/** Whether the call may go on with a sign-in of the other variant, which the config still lets end. */
function mayHaveBegunElsewhere(call: ClientCall, { finishPool }: EdgeConfig): boolean {
  return finishPool !== null && call.place === "challenge";
}

/**
 * Asks in the variant of the config and, where Cognito does not know the sign-in, in the other one. An answer that was
 * refused for its session was not looked at, so the second is no second try at a password or a code.
 */
async function askEither(
  secrets: readonly string[],
  call: ClientCall,
  relay: Relay,
  ports: AskPorts,
): Promise<{ readonly asked: Asked; readonly config: EdgeConfig }> {
  const { config } = relay;
  const asked = await askWith(secrets, call, relay, ports);
  const isUnknown = !isRefusal(asked.answer) && isSessionRefused(asked.answer);
  if (!isUnknown || !mayHaveBegunElsewhere(call, config)) return { asked, config };
  const other = { ...config, adminPool: config.adminPool === null ? config.finishPool : null };
  return { asked: await askWith(secrets, call, { ...relay, config: other }, ports), config: other };
}

function operationFor(call: ClientCall, config: EdgeConfig): string {
  return isSigned(call, config) ? (call.operation.asAdmin ?? "") : relayedOperation(call, config);
}

interface Form {
  readonly operation: string;
  readonly body: string;
  readonly signed: boolean;
}

function formOf(call: ClientCall, secret: string, relay: Relay): Form | Refusal {
  const { address, config } = relay;
  const body = rewriteBody(call, secret, address, config);
  const signed = isSigned(call, config);
  const text = writeJson(signed ? adminBody(body, adminContext(relay)) : body);
  if (text === null) return unreadable("The body is nested too deeply.");
  return { operation: operationFor(call, config), body: text, signed };
}

function adminContext({ viewer, config, address }: Relay): AdminContext {
  return {
    userPoolId: config.adminPool ?? "",
    address: address ?? viewer.request.clientIp,
    serverName: viewer.domainName,
    headers: viewer.request.headers,
  };
}

function askWith(
  secrets: readonly string[],
  call: ClientCall,
  relay: Relay,
  { cognito, memory }: AskPorts,
): Promise<Asked> {
  const ordered = memory.order(call.clientId, secrets);
  const attempts = ordered.map((secret) => () => requestOf(formOf(call, secret, relay), relay.marks));
  return ask(cognito, attempts, (accepted) => memory.note(call.clientId, ordered[accepted] ?? ""));
}

function requestOf(form: Form | Refusal, { host, agent }: Marks): CognitoRequest | Refusal {
  if (isRefusal(form)) return form;
  const headers = {
    "content-type": "application/x-amz-json-1.1",
    "x-amz-target": targetOf(form.operation),
    "user-agent": agent,
    "x-amz-user-agent": agent,
  };
  return { host, headers, body: form.body, signed: form.signed };
}

function toViewer({ answer, tried, fault }: Asked, operation: string, readableBy: string | null): Relayed {
  if (isRefusal(answer)) return { refusal: answer, ...(fault && { fault }) };
  const { status, text } = answer;
  return { result: answerJson(status, text, readableBy), operation, asked: { status, tried } };
}
