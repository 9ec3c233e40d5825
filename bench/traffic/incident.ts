/** Ten minutes in which the fault is ours: everybody's calls fail, and apps try again. */
import { secretOperations } from "../../functions/detect/operations.ts";
import { MINUTE, SECOND, type Window } from "../../functions/domain/instant.ts";
import type { Random } from "../../local/demo/random.ts";
import type { Stage } from "./actor.ts";
import { type Call, errors } from "./log-records.ts";

const kinds = ["wrong-secret", "trigger-throws"] as const;

export interface Incident {
  /** A wrong secret was rotated in; a trigger before sign-up or sign-in throws. */
  readonly kind: (typeof kinds)[number];
  readonly window: Window;
}

const triggered: ReadonlySet<string> = new Set(["SignUp", "InitiateAuth"]);
const TRIGGER_ERROR = ["UserLambdaValidationException", "PreSignUp failed with error timed out."] as const;

/** Two mixes in three have one. */
export function drawIncident({ span, random }: Stage): Incident | null {
  const kind = random.pick([...kinds, null]);
  const from = span.from + Math.floor(random.next() * (span.to - span.from - 10 * MINUTE));
  return kind && { kind, window: { from, to: from + 10 * MINUTE } };
}

/** What becomes of an innocent call in the incident: it fails, up to four times. */
export function meetIncident(call: Call, { kind, window }: Incident, random: Random): Call[] {
  const isHit = kind === "wrong-secret" ? secretOperations.has(call.operation) : triggered.has(call.operation);
  if (call.at < window.from || call.at >= window.to || call.path === "direct" || !isHit) return [call];
  const error = kind === "wrong-secret" ? errors.secretWrong : TRIGGER_ERROR;
  const failed = { ...call, error };
  return Array.from({ length: random.int(1, 4) }, (_, retry) => ({
    ...failed,
    at: call.at + retry * random.int(2, 8) * SECOND,
  }));
}
