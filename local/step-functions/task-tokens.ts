import { randomBytes } from "node:crypto";

import { AwsError } from "../aws-wire.ts";
import type { StateError } from "./retry.ts";

interface Waiting {
  readonly succeed: (output: unknown) => void;
  readonly fail: (error: StateError) => void;
  readonly beat: () => void;
}

export interface TaskTokens {
  /** A new token, in the alphabet of AWS's (`+`, `/` and `=` included). */
  issue(): string;
  /** The issued token that stands somewhere in a task's input. */
  findIn(input: string): string | null;
  /** The same among the closed ones: the token of the try before. */
  lastIn(input: string): string | null;
  wait(token: string, waiting: Waiting): void;
  /** The task is over; a later answer to its token gets TaskTimedOut. */
  close(token: string): void;
  /** Throws `AwsError` as SendTask… does: InvalidToken for one that was never issued, TaskTimedOut for a closed one. */
  answer(token: unknown): Waiting;
}

export function createTaskTokens(): TaskTokens {
  const open = new Map<string, Waiting | null>();
  const closed = new Set<string>();
  return {
    issue() {
      const token = randomBytes(144).toString("base64");
      open.set(token, null);
      return token;
    },
    findIn: (input) => [...open.keys()].find((token) => input.includes(token)) ?? null,
    lastIn: (input) => [...closed].reverse().find((token) => input.includes(token)) ?? null,
    wait: (token, waiting) => void open.set(token, waiting),
    close(token) {
      open.delete(token);
      closed.add(token);
    },
    answer(token) {
      if (typeof token !== "string" || token === "") throw new AwsError("InvalidToken", "Invalid token");
      if (closed.has(token))
        throw new AwsError("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'");
      const waiting = open.get(token);
      if (!waiting) throw new AwsError("InvalidToken", "Invalid Token: 'Invalid token'");
      return waiting;
    },
  };
}
