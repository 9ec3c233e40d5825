import type { LambdaLog } from "../lambda.ts";
import type { AwsAnswer, AwsCall, FunctionEnd, InspectedRequest, Inspection } from "../ports.ts";
import type { SnsMessage } from "../sns.ts";
import type { ExecutionEvent } from "../step-functions.ts";

/** What happens in the local world, as it happens: for the live page, and for tests that wait for something. */
export type WorldEvent =
  /** An AWS API call that a handler, a person or the command line made. */
  | { readonly kind: "api"; readonly call: AwsCall; readonly answer: AwsAnswer }
  /** A web ACL looked at a request of a viewer (distribution) or of a caller of the user pool. */
  | {
      readonly kind: "inspection";
      readonly resourceArn: string;
      readonly request: InspectedRequest;
      readonly inspection: Inspection;
    }
  | {
      readonly kind: "log";
      readonly log: "waf" | "cloudfront" | "cloudtrail";
      readonly record: Readonly<Record<string, unknown>>;
    }
  | { readonly kind: "alarm"; readonly name: string; readonly state: string; readonly at: number }
  | { readonly kind: "execution"; readonly event: ExecutionEvent }
  | { readonly kind: "message"; readonly message: SnsMessage }
  | { readonly kind: "lambda-log"; readonly log: LambdaLog }
  | { readonly kind: "invocation"; readonly functionName: string; readonly end: FunctionEnd }
  /** A stand-in broke. Nothing of this kind may happen; tests fail on it. */
  | { readonly kind: "fault"; readonly error: unknown };

export interface WorldEvents {
  emit(event: WorldEvent): void;
  /** Tells of everything from now on; returns how to stop listening. */
  on(listener: (event: WorldEvent) => void): () => void;
}

export function createEvents(): WorldEvents {
  const listeners = new Set<(event: WorldEvent) => void>();
  return {
    emit(event) {
      for (const listener of listeners) listener(event);
    },
    on(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
