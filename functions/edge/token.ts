/**
 * The token (design §4): what the edge writes into the user agent towards Cognito, so that CloudTrail's record of
 * a proxied call leads back to its source. It stands first, because CloudTrail cuts user agents at 1 KB.
 */
import { createHmac } from "node:crypto";

const VIEWER_AGENT_LENGTH = 256;
/** More than is kept is looked at, so that a forged token at the cut does not survive as a fragment. */
const EXAMINED_LENGTH = 4 * VIEWER_AGENT_LENGTH;

export interface TokenFields {
  readonly gate: string;
  /** CloudFront's, the same that WAF and the CloudFront log record. */
  readonly requestId: string;
  /** As the viewer called it, so that it agrees with the WAF record even where the edge rewrites a refresh. */
  readonly operation: string;
  /** The viewer's as CloudFront saw it, canonical; null if it was none. */
  readonly address: string | null;
  readonly userTag: string;
}

export function writeToken({ gate, requestId, operation, address, userTag }: TokenFields): string {
  const id = /^[A-Za-z0-9_=-]{1,128}$/.test(requestId) ? requestId : "-";
  return `portcullis/1 (${gate}; ${id}; ${operation}; ${address ?? "-"}; ${userTag})`;
}

/** Tells users apart without naming them: a keyed hash of the user name, `-` where a request has none. */
export function userTagOf(username: string | null, tagKey: string): string {
  if (username === null) return "-";
  return createHmac("sha256", tagKey).update(username.trim().toLowerCase()).digest("base64url").slice(0, 16);
}

/** The user agent towards Cognito: the token, then what the viewer called itself, without any token of its own. */
export function markUserAgent(token: string, viewerAgent: string): string {
  return `${token} ${withoutTokens(viewerAgent)}`.trimEnd();
}

function withoutTokens(viewerAgent: string): string {
  return (
    viewerAgent
      .slice(0, EXAMINED_LENGTH)
      // Replaced by a space: removed without trace, the rest could close up to a new token.
      .replace(/portcullis\/\S*\s*(\([^()]*\)?)?/gi, " ")
      .replace(/[^\x20-\x7e]/g, "?")
      .trim()
      .slice(0, VIEWER_AGENT_LENGTH)
  );
}
