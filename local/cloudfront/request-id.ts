import { createHash, randomBytes } from "node:crypto";

/** CloudFront's request ids: 54 base64url characters and two equals signs, as in the log and in `X-Amz-Cf-Id`. */
export function newRequestId(): string {
  return `${randomBytes(40).toString("base64url")}==`;
}

/**
 * Where CloudFront connects from: an address of its origin-facing ranges (130.176.0.0/17 in ip-ranges.json). The
 * viewer's address does not reach the origin by any way but headers.
 */
export function egressAddress(requestId: string): string {
  const [high = 0, low = 0] = createHash("sha256").update(requestId).digest();
  return `130.176.${high % 128}.${low}`;
}
