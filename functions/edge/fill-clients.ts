/** The client secrets of a secret document, as they are found in the user pool. */
import * as z from "zod";

import type { GateDocument } from "./gate-rotation.ts";

export type FillState = "added" | "there" | "no-secret" | "two-others";

export interface FilledClients {
  readonly document: GateDocument;
  readonly states: Readonly<Record<string, FillState>>;
}

const heldSchema = z.object({ secrets: z.array(z.string()).default([]) }).catch({ secrets: [] });

/**
 * Adds to each app client the secret that Cognito has for it (null: none). A secret that is there already stays, for it
 * may be the other half of a rotation; where there are two others nothing is changed, since only a person can tell
 * which one is to go.
 */
export function fillClients(document: GateDocument, found: Readonly<Record<string, string | null>>): FilledClients {
  const clients: Record<string, unknown> = { ...document.clients };
  const states: Record<string, FillState> = {};
  for (const [id, secret] of Object.entries(found)) {
    const { secrets } = heldSchema.parse(clients[id]);
    states[id] = stateOf(secrets, secret);
    if (states[id] === "added") clients[id] = { secrets: [secret, ...secrets] };
  }
  return { document: { ...document, clients }, states };
}

function stateOf(held: readonly string[], secret: string | null): FillState {
  if (secret === null) return "no-secret";
  if (held.includes(secret)) return "there";
  return held.length < 2 ? "added" : "two-others";
}
