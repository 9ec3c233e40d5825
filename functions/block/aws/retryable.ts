import { isThrottlingError } from "@smithy/core/retry";

import { PortcullisError, RetryableError } from "../../domain/errors.ts";

const TIMED_OUT = new Set(["TimeoutError", "RequestTimeout", "RequestTimeoutException"]);
/** No answer at all. The SDK wraps what the socket threw, so the text is all that is always there. */
const UNREACHED = /ECONNRESET|ECONNREFUSED|ETIMEDOUT|EPIPE|ENOTFOUND|EAI_AGAIN|socket hang up|aborted/;

/** Names failures that pass, so that the state machine tries again; the SDK has tried by itself before. */
export function retryable(resource: string) {
  return async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (isGarbled(error))
        // Neither the parser's error nor the SDK's is passed on: both quote the answer, which may be a secret.
        throw new RetryableError(`${resource} answers what cannot be read: ${nameOf(error)}; try again`, {
          cause: new Error("an answer that says success and cannot be read"),
        });
      if (!isPassing(error)) throw error;
      throw new RetryableError(`${resource} cannot be reached right now: ${nameOf(error)}; try again`, {
        cause: error,
      });
    }
  };
}

type Failure = Parameters<typeof isThrottlingError>[0];

/** By its members: what the socket throws need not be an Error of this realm. */
function isFailure(error: unknown): error is Failure {
  return typeof error === "object" && error !== null && "name" in error && "message" in error;
}

/** A proxy's page, half an answer: the SDK fails on it although the status says success. */
function isGarbled(error: unknown): boolean {
  const status = (isFailure(error) && error.$metadata?.httpStatusCode) || 0;
  return status >= 200 && status < 300;
}

function isPassing(error: unknown): boolean {
  // An error of ours has its name already, whatever its cause.
  if (!isFailure(error) || error instanceof PortcullisError) return false;
  // Not the SDK's `isTransientError`, for which every refusal passes once a clock was found to be wrong.
  const status = error.$metadata?.httpStatusCode ?? 0;
  return isThrottlingError(error) || TIMED_OUT.has(error.name) || status >= 500 || UNREACHED.test(error.message);
}

function nameOf(error: unknown): string {
  if (!isFailure(error)) return "unknown";
  // What the socket throws is named by its code only.
  return error.name === "Error" && "code" in error ? String(error.code) : error.name;
}
