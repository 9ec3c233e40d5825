/**
 * The proxy at the edge.
 *
 * Trigger     CloudFront, origin request, with the body included.
 * Run twice   the same answer; only the secret is remembered between requests.
 * Gotcha      unlike every other handler this one never throws: CloudFront would turn an error into an HTML page,
 *             and every Cognito SDK crashes on that. The alarm is on the 503s instead.
 */
import type { CloudFrontResultResponse } from "aws-lambda";

import { secretsManager } from "./aws/secrets.ts";
import { cachedSecrets } from "./cached-secrets.ts";
import { readEvent } from "./origin-request.ts";
import { proxy } from "./proxy.ts";
import { answerRefusal, unavailable } from "./refusal.ts";

const secrets = cachedSecrets(secretsManager(), Date.now);

export async function handler(event: unknown): Promise<unknown> {
  try {
    const read = readEvent(event);
    if (read.kind === "other") return read.unchanged;
    const { result, decision } = await proxy(read.requestId, read.request, secrets, process.env.AWS_REGION ?? "");
    console.log(JSON.stringify(decision));
    return result;
  } catch (error) {
    return answerFault(error);
  }
}

/** Logs the error's name only: its message may quote the request. */
function answerFault(error: unknown): CloudFrontResultResponse {
  const refusal = unavailable("fault");
  const { reason, status } = refusal;
  const name = error instanceof Error ? error.name : "unknown";
  console.log(JSON.stringify({ event: "edge.refused", reason, status, name }));
  return answerRefusal(refusal);
}
