/**
 * Which web pages may call (`allowedOrigins`). Browsers tell a page's origin with every call and ask before the first,
 * so a page that is not on the list cannot make its visitors call, and get them banned. A caller that is no browser
 * may claim any origin or none: for that there is no list, only evidence.
 */
import type { EdgeConfig } from "./config.ts";
import type { Headers } from "./origin-request.ts";
import { forbidden, type Refusal } from "./refusal.ts";

/** Where a call comes from, as far as CORS goes. */
export interface WebOrigin {
  /** Whether an Origin header came with the call. */
  readonly told: boolean;
  /** For `Access-Control-Allow-Origin`: `*`, this page's origin, or null for none. */
  readonly readableBy: string | null;
  /** Set if the call has to be refused. */
  readonly refusal: Refusal | null;
}

export function readWebOrigin(headers: Headers, allowed: EdgeConfig["allowedOrigins"] | undefined): WebOrigin {
  const values = Object.hasOwn(headers, "origin") ? headers["origin"] : undefined;
  if (!allowed) return { told: values !== undefined, readableBy: "*", refusal: null };
  if (!values) return { told: false, readableBy: null, refusal: null };
  // `null` is the origin of sandboxed frames and of files: anybody can have it, so it is never on the list.
  const origin = values.length === 1 ? (values[0]?.value ?? "") : "";
  if (allowed.includes(origin)) return { told: true, readableBy: origin, refusal: null };
  return { told: true, readableBy: null, refusal: forbidden("origin", "Web pages of this origin may not call.") };
}

/** Refuses calls without an Origin header for app clients that only web pages use; a token names no app client. */
export function checkNativeClient(
  clientId: string | null,
  origin: WebOrigin,
  { allowedOrigins, nativeClients }: Pick<EdgeConfig, "allowedOrigins" | "nativeClients">,
): Refusal | null {
  if (origin.told || !allowedOrigins || !nativeClients || clientId === null) return null;
  return nativeClients.includes(clientId)
    ? null
    : forbidden("origin", "This app client is for web pages: an Origin header is needed.");
}
