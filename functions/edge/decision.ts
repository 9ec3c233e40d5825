import type { CognitoCall } from "./cognito-call.ts";
import type { Refusal } from "./refusal.ts";

/** One line of the decision log, which is bounded (decision-log.ts); members that are undefined do not stand in it. Holds nothing that a viewer wrote: names are logged only if they are ours. */
export interface EdgeDecision {
  readonly event: "edge.relayed" | "edge.refused" | "edge.preflight";
  readonly requestId: string;
  readonly operation?: string | undefined;
  readonly relayedAs?: string | undefined;
  readonly clientId?: string | undefined;
  readonly flow?: string | undefined;
  readonly challenge?: string | undefined;
  /** Where the edge sent the call itself: how Cognito answered, and how many secrets it took. */
  readonly asked?: { readonly status: number; readonly tried: number } | undefined;
  readonly reason?: string | undefined;
  readonly status?: number;
  /** The name of the error behind a refusal that is our own fault. */
  readonly fault?: string | undefined;
}

export function refused(
  requestId: string,
  { reason, status }: Refusal,
  about: { readonly operation?: string; readonly fault?: string },
): EdgeDecision {
  return { event: "edge.refused", requestId, ...about, reason, status };
}

/** `relayedAs` is the operation that Cognito saw. */
export function relayed(
  requestId: string,
  call: CognitoCall,
  relayedAs: string,
  asked?: EdgeDecision["asked"],
): EdgeDecision {
  const { operation, flow, challenge, clientId } = call;
  return {
    event: "edge.relayed",
    requestId,
    operation: operation.name,
    relayedAs: relayedAs === operation.name ? undefined : relayedAs,
    clientId: clientId ?? undefined,
    flow,
    challenge,
    asked,
  };
}
