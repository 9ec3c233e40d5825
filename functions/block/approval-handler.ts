/** Function URL of the approval page: GET shows, POST decides; see approval.ts. */
import { randomBytes } from "node:crypto";
import * as z from "zod";

import { approvalPagePolicy, renderApprovalPage } from "../../report/approval-page.ts";
import { functionEnvironments } from "../domain/environment.ts";
import { RetryableError } from "../domain/errors.ts";
import { answerPage, FAILED, type PageEnd } from "./approval.ts";
import type { PageRequest } from "./approval-form.ts";
import { ledgerSide } from "./aws/block-side.ts";
import { s3Evidence } from "./aws/evidence-store.ts";
import { approvalKey } from "./aws/secrets.ts";
import { executionsOf, sfnTaskTokens } from "./aws/sfn.ts";

const environment = functionEnvironments.approval.parse(process.env);
const ports = {
  ...ledgerSide(environment.LEDGER_TABLE),
  evidence: s3Evidence(environment.EVIDENCE_BUCKET),
  tokens: sfnTaskTokens(),
  executions: executionsOf(environment.APPROVE_MACHINE_ARN),
  journal: (decision: object) => console.log(JSON.stringify(decision)),
};
const key = approvalKey(environment.APPROVAL_KEY_ARN);

/** Payload format 2.0 of Lambda function URLs. */
const eventSchema = z.object({
  rawQueryString: z.string().default(""),
  body: z.string().optional(),
  isBase64Encoded: z.boolean().default(false),
  /** Names come in lower case. */
  headers: z.record(z.string(), z.string()).default({}),
  requestContext: z.object({ http: z.object({ method: z.string() }) }),
});

interface PageResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export async function handler(event: unknown): Promise<PageResponse> {
  const { rawQueryString, body = "", isBase64Encoded, headers, requestContext } = eventSchema.parse(event);
  const { method } = requestContext.http;
  if (!["GET", "HEAD", "POST"].includes(method))
    return { statusCode: 405, headers: { allow: "GET, HEAD, POST" }, body: "" };
  const { status, page } = await answerOrApologise({
    ...{ method, query: rawQueryString },
    contentType: headers["content-type"] ?? "",
    fetchSite: headers["sec-fetch-site"] ?? "",
    body: isBase64Encoded ? Buffer.from(body, "base64").toString("utf8") : body,
  });
  const nonce = randomBytes(16).toString("base64url");
  const shown = method === "HEAD" ? "" : renderApprovalPage(page, nonce);
  return { statusCode: status, headers: pageHeaders(nonce), body: shown };
}

/** What passes is told to the person, who clicks again; everything else is thrown for the alarm to see. */
async function answerOrApologise(request: PageRequest): Promise<PageEnd> {
  try {
    const scene = {
      ...{ key: await key.read(), now: ports.timing.now(), nonce: randomBytes(8).toString("hex") },
      ...{ approvalMinutes: environment.APPROVAL_MINUTES, onTimeout: environment.ON_TIMEOUT },
    };
    return await answerPage(ports, request, scene);
  } catch (error) {
    if (!(error instanceof RetryableError)) throw error;
    console.error(JSON.stringify({ event: "page.failed", why: error.message }));
    return FAILED;
  }
}

/** The link in the address bar decides: it must not leave by a referrer, a cache or a frame. */
function pageHeaders(nonce: string): Record<string, string> {
  return {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": approvalPagePolicy(nonce),
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
  };
}
