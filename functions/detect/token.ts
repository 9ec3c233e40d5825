/** Reads back what the edge function wrote into the user agent (`edge/token.ts`). The text may be anybody's. */
import { canonicalAddress } from "../domain/cidr.ts";

export interface Token {
  readonly gate: string;
  readonly requestId: string;
  readonly operation: string;
  /** Canonical. */
  readonly address: string;
}

const TOKEN =
  /^portcullis\/1 \(([A-Za-z0-9_-]{1,64}); ([A-Za-z0-9_=-]{1,128}); ([A-Za-z]{1,64}); ([0-9A-Fa-f:.-]{1,45}); [A-Za-z0-9_-]{1,16}\)/;

/** Null if the user agent does not begin with a whole token. Says nothing on whether we wrote it. */
export function readToken(userAgent: string): Token | null {
  const [, gate, requestId, operation, ip] = TOKEN.exec(userAgent) ?? [];
  if (!gate || !requestId || !operation || !ip) return null;
  const address = canonicalAddress(ip);
  return address === null ? null : { gate, requestId, operation, address };
}

/** The user agent without a token or the beginning of one: from anybody but us it is noise. */
export function withoutToken(userAgent: string): string {
  return userAgent.replace(/^portcullis\/\S*\s*(\([^()]*\)?)?\s*/i, "");
}
