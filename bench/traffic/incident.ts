/** Ten minutes in which the fault is ours: everybody's calls fail, and apps try again. */
import { secretOperations } from "../../functions/detect/operations.ts";
import { MINUTE, SECOND, type Window } from "../../functions/domain/instant.ts";
import type { Random } from "../../local/demo/random.ts";
import type { Stage } from "./actor.ts";
import { type Call, errors } from "./log-records.ts";

export const incidentKinds = ["wrong-secret", "trigger-throws", "wrong-client", "refused-client"] as const;

export interface Incident {
  /**
   * A wrong secret was rotated in; a trigger before sign-up or sign-in throws; a release names a wrong app client, of
   * which Cognito says that there is none, or which the edge knows nothing of and refuses.
   */
  readonly kind: (typeof incidentKinds)[number];
  readonly window: Window;
}

const triggered: ReadonlySet<string> = new Set(["SignUp", "InitiateAuth"]);
const failures: Readonly<Record<Incident["kind"], Partial<Call>>> = {
  "wrong-secret": { error: errors.secretWrong },
  "trigger-throws": { error: errors.triggerFailed },
  "wrong-client": { error: errors.unknownClient },
  "refused-client": { error: errors.unknownClient, refused: true },
};

/** Four mixes in five have one. */
export function drawIncident({ span, random }: Stage): Incident | null {
  const kind = random.pick([...incidentKinds, null]);
  const from = span.from + Math.floor(random.next() * (span.to - span.from - 10 * MINUTE));
  return kind && { kind, window: { from, to: from + 10 * MINUTE } };
}

/** What becomes of an innocent call in the incident: it fails, up to four times. */
export function meetIncident(call: Call, { kind, window }: Incident, random: Random): Call[] {
  const isHit = (kind === "trigger-throws" ? triggered : secretOperations).has(call.operation);
  if (call.at < window.from || call.at >= window.to || call.path === "direct" || !isHit) return [call];
  const failed = { ...call, ...failures[kind] };
  return Array.from({ length: random.int(1, 4) }, (_, retry) => ({
    ...failed,
    at: call.at + retry * random.int(2, 8) * SECOND,
  }));
}
