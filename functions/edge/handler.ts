/**
 * The proxy at the edge.
 *
 * Trigger     CloudFront, origin request, with the body included.
 * Run twice   the same answer; remembered between requests are the secret document and which of two secrets worked.
 * Gotcha      unlike every other handler this one never throws: CloudFront would turn an error into an HTML page,
 *             and every Cognito SDK crashes on that. The alarm is on the 503s instead.
 */
import type { CloudFrontResultResponse } from "aws-lambda";

import { nameOf } from "./ask.ts";
import { cognitoEndpoint } from "./aws/cognito-endpoint.ts";
import { secretsManager } from "./aws/secrets.ts";
import { cachedSecrets } from "./cached-secrets.ts";
import { decisionLog } from "./decision-log.ts";
import { readEvent } from "./origin-request.ts";
import { createProxy } from "./proxy.ts";
import { answerRefusal, unavailable } from "./refusal.ts";

const proxy = createProxy({
  secrets: cachedSecrets(secretsManager(), Date.now),
  cognito: cognitoEndpoint(),
  region: process.env.AWS_REGION ?? "",
});
const log = decisionLog(
  (line) => console.log(line),
  () => Date.now(),
);

export async function handler(event: unknown): Promise<unknown> {
  let requestId: string | undefined;
  try {
    const read = readEvent(event);
    if (read.kind === "other") return read.unchanged;
    requestId = read.requestId;
    const { result, decision } = await proxy(read);
    log(decision);
    return result;
  } catch (error) {
    return answerFault(error, requestId);
  }
}

/** Logs the error's name only: its message may quote the request. Readable by every page, for it tells nothing. */
function answerFault(error: unknown, requestId: string | undefined): CloudFrontResultResponse {
  const refusal = unavailable("fault");
  const { reason, status } = refusal;
  log({ event: "edge.refused", requestId, reason, status, fault: nameOf(error) });
  return answerRefusal(refusal, "*");
}
