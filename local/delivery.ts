/** Invoking a target for EventBridge and Scheduler: under the role of the template, again after a failure, then given up. */
import { randomUUID } from "node:crypto";

import { SECOND } from "../functions/domain/instant.ts";
import { AwsError } from "./aws-wire.ts";
import type { DeadLetters } from "./dead-letters.ts";
import type { Clock, Functions, Permission } from "./ports.ts";

export interface Targets {
  readonly clock: Clock;
  /** Throws `AwsError` as StartExecution does. */
  readonly startExecution: (machineArn: string, input: unknown, name?: string) => unknown;
  readonly functions?: Functions;
  /** Firehose takes the record or throws. */
  readonly putRecord?: (streamArn: string, record: unknown) => void;
  /** Throws `AwsError` if the role may not; without it every role may do everything. */
  readonly authorize?: (roleArn: string, needs: readonly Permission[]) => void;
  readonly deadLetters: DeadLetters;
}

export interface Delivery {
  /** Rule or schedule, for the dead letter. */
  readonly from: string;
  readonly targetArn: string;
  readonly roleArn: string | undefined;
  readonly input: unknown;
  readonly executionName?: string | undefined;
  readonly maximumRetryAttempts: number;
  readonly deadLetterArn: string | undefined;
}

/** AWS retries for up to 24 hours with growing pauses; a local world gives up after fewer. */
const MOST_RETRIES = 5;
const FIRST_PAUSE = SECOND;

/** Errors that another attempt cannot mend; AWS sends these to the dead-letter queue at once. */
const permanent = new Set([
  "AccessDeniedException",
  "ResourceNotFoundException",
  "StateMachineDoesNotExist",
  "ValidationException",
]);

/** Delivers without anyone waiting for it. While an attempt runs the clock does not race. */
export function deliver(targets: Targets, delivery: Delivery, attempt = 0): void {
  const { clock } = targets;
  clock
    .during(async () => invoke(targets, delivery))
    .catch((error: unknown) => {
      const code = error instanceof Error ? error.name : "Unknown";
      const mayRetry = attempt < Math.min(MOST_RETRIES, delivery.maximumRetryAttempts) && !permanent.has(code);
      if (mayRetry) clock.at(clock.now() + FIRST_PAUSE * 2 ** attempt, () => deliver(targets, delivery, attempt + 1));
      else giveUp(targets.deadLetters, delivery, code, error);
    });
}

function giveUp(deadLetters: DeadLetters, delivery: Delivery, errorCode: string, error: unknown): void {
  deadLetters.put({
    queueArn: delivery.deadLetterArn ?? "",
    from: delivery.from,
    targetArn: delivery.targetArn,
    errorCode,
    errorMessage: error instanceof Error ? error.message : String(error),
    body: delivery.input,
  });
}

async function invoke(targets: Targets, delivery: Delivery): Promise<void> {
  const { targetArn, roleArn } = delivery;
  const service = targetArn.split(":")[2] ?? "";
  const allow = (action: string) => {
    if (roleArn !== undefined) targets.authorize?.(roleArn, [{ action, resource: targetArn }]);
  };
  // The target gets a copy: what it does with its input must not reach other targets.
  const input: unknown = structuredClone(delivery.input);
  if (service === "states") {
    allow("states:StartExecution");
    await targets.startExecution(targetArn, input, delivery.executionName ?? randomUUID());
  } else if (service === "lambda" && targets.functions) {
    allow("lambda:InvokeFunction");
    // An error of the function itself is no failed delivery: it was invoked, and its own metrics tell of the error.
    await targets.functions.invoke(targetArn, input);
  } else if (service === "firehose" && targets.putRecord) {
    allow("firehose:PutRecord");
    targets.putRecord(targetArn, input);
  } else throw new AwsError("ValidationException", `The local world cannot deliver to ${targetArn}`);
}
