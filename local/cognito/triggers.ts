/** Lambda triggers of a user pool as functions of this process. */
import { AwsError } from "../aws-wire.ts";

export type TriggerName = "PreSignUp" | "PreTokenGeneration";
export type Triggers = Map<TriggerName, () => void>;

/** Cognito tells the caller what a trigger threw. */
export function runTrigger(triggers: Triggers, name: TriggerName): void {
  try {
    triggers.get(name)?.();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new AwsError("UserLambdaValidationException", `${name} failed with error ${why}.`);
  }
}
