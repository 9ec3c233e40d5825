import type { Instant } from "../../functions/domain/instant.ts";
import type { Json, Machine } from "./machine.ts";

export type ExecutionStatus = "RUNNING" | "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED";

/** A step of an execution, for the live page and for the execution's history. */
export interface ExecutionEvent {
  readonly type:
    | "ExecutionStarted"
    | "StateEntered"
    | "StateExited"
    | "StateFailed"
    | "StateRetried"
    | "StateCaught"
    | "ExecutionEnded";
  readonly machine: string;
  readonly executionArn: string;
  readonly execution: string;
  readonly at: Instant;
  /** Null for events of the execution as a whole. */
  readonly state: string | null;
  readonly stateType: string | null;
  readonly input?: unknown;
  readonly output?: unknown;
  readonly error?: string;
  readonly cause?: string;
  readonly status: ExecutionStatus;
}

export interface Execution {
  readonly arn: string;
  readonly name: string;
  readonly machine: Machine;
  readonly input: Json;
  readonly startedAt: Instant;
  readonly status: ExecutionStatus;
  readonly stoppedAt: Instant | null;
  readonly output: Json | null;
  readonly error: string | null;
  readonly cause: string | null;
  readonly history: readonly ExecutionEvent[];
}

/** How an execution came to its end. */
export interface ExecutionEnd {
  readonly status: Exclude<ExecutionStatus, "RUNNING">;
  readonly output: Json | null;
  readonly error: string | null;
  readonly cause: string | null;
}
