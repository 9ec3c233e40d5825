import * as z from "zod";

import { RetryableError } from "../../domain/errors.ts";

const PASSING = new Set([
  "ProvisionedThroughputExceededException",
  "ThrottlingException",
  "RequestLimitExceeded",
  "InternalServerError",
  "ServiceUnavailable",
  "TimeoutError",
]);

/** No answer at all. The SDK wraps what the socket threw, so the text is all that is always there. */
const UNREACHED = /ECONNRESET|ECONNREFUSED|ETIMEDOUT|EPIPE|ENOTFOUND|EAI_AGAIN|socket hang up/;

/** Names failures that pass, so that the state machine tries again; the SDK has tried by itself before. */
export function retryable(resource: string) {
  return async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (!isPassing(error)) throw error;
      throw new RetryableError(`${resource} cannot be reached right now: ${nameOf(error)}; try again`, {
        cause: error,
      });
    }
  };
}

const failureSchema = z.object({
  name: z.string(),
  message: z.string(),
  $metadata: z.object({ httpStatusCode: z.number().optional() }).optional(),
});

function isPassing(error: unknown): boolean {
  const failure = failureSchema.safeParse(error).data;
  if (!failure) return false;
  const status = failure.$metadata?.httpStatusCode ?? 0;
  return PASSING.has(failure.name) || UNREACHED.test(failure.message) || status >= 500 || status === 429;
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : "unknown";
}
