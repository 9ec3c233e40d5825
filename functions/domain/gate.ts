/**
 * How the user pool's web ACL tells calls that the edge passed on: by the gate that stands first in their user agent
 * (design: the token). The gate is secret, so no template holds it: the deployment makes a set of patterns that asks
 * for a token with any gate, and whoever rotates the gates writes the valid ones into it.
 */

/** 16 random bytes in base64url. */
export const GATE = /^[A-Za-z0-9_-]{22}$/;

/** Where the edge writes the token; either of them is proof. */
export const gateHeaders = ["user-agent", "x-amz-user-agent"] as const;

/** What a fresh set holds: a token with any gate. It blocks nobody's proxied call before the first gates are written. */
export const ANY_GATE = "^portcullis/1 [(]";

/** The pattern of one valid gate. A gate is base64url, so nothing in it means anything to a regular expression. */
export function gatePattern(gate: string): string {
  return `${ANY_GATE}${gate}; `;
}
