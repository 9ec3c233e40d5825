/**
 * The header rules of origin-request functions ("Restrictions on all edge functions" and "Add custom headers to
 * origin requests" in the CloudFront guide, as of 2026).
 */

export type HeaderValues = readonly { readonly key?: string | undefined; readonly value: string }[];
export type HeaderMap = Readonly<{ [name: string]: HeaderValues }>;

/** A function may read them, but neither set, change nor remove them. */
const READ_ONLY: ReadonlySet<string> = new Set([
  "accept-encoding",
  "cdn-loop",
  "content-length",
  "if-modified-since",
  "if-none-match",
  "if-range",
  "if-unmodified-since",
  "transfer-encoding",
  "via",
]);

const DISALLOWED: ReadonlySet<string> = new Set([
  "client-cert",
  "client-cert-chain",
  "cloudfront-viewer-cert-pem",
  "connection",
  "expect",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "trailer",
  "upgrade",
  "x-accel-buffering",
  "x-accel-charset",
  "x-accel-limit-rate",
  "x-accel-redirect",
  "x-amzn-auth",
  "x-amzn-cf-billing",
  "x-amzn-cf-id",
  "x-amzn-cf-xff",
  "x-amzn-errortype",
  "x-amzn-fle-profile",
  "x-amzn-header-count",
  "x-amzn-header-order",
  "x-amzn-lambda-integration-tag",
  "x-amzn-requestid",
  "x-cache",
  "x-forwarded-proto",
  "x-real-ip",
]);

/** Whether a function neither sees this header nor may add it. The name in lower case. */
export function isDisallowed(name: string): boolean {
  return DISALLOWED.has(name) || name.startsWith("x-amz-cf-") || name.startsWith("x-edge-");
}

/** What an origin's custom headers may not be called, neither in the distribution nor in a function's result. */
const NOT_CUSTOM: ReadonlySet<string> = new Set([
  "cache-control",
  "connection",
  "content-length",
  "cookie",
  "host",
  "if-match",
  "if-modified-since",
  "if-none-match",
  "if-range",
  "if-unmodified-since",
  "max-forwards",
  "pragma",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "range",
  "request-range",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "via",
  "x-real-ip",
]);

/** Whether CloudFront refuses an origin custom header of this name. The name in lower case. */
export function isNoCustomHeader(name: string): boolean {
  return NOT_CUSTOM.has(name) || name.startsWith("x-amz-") || name.startsWith("x-edge-");
}

/** The first rule that `returned` breaks against what the function was given; null if it breaks none. */
export function findHeaderProblem(returned: HeaderMap, given: HeaderMap): string | null {
  for (const [name, values] of Object.entries(returned)) {
    const problem = findFormProblem(name, values) ?? findNameProblem(name, values, ownOf(given, name));
    if (problem) return problem;
  }
  const removed = Object.keys(given).find((name) => READ_ONLY.has(name) && !Object.hasOwn(returned, name));
  return removed ? `the header ${removed} is read-only and was removed` : null;
}

/** The same for the origin's custom headers, which a function may change, add and remove. */
export function findCustomHeaderProblem(custom: HeaderMap, given: HeaderMap, headers: HeaderMap): string | null {
  for (const [name, values] of Object.entries(custom)) {
    const problem = findFormProblem(name, values);
    if (problem) return problem;
    if (Object.hasOwn(headers, name)) return `the header ${name} stands among the headers and the custom headers`;
    const added = !isSame(values, ownOf(given, name));
    if (added && (isNoCustomHeader(name) || isDisallowed(name) || READ_ONLY.has(name)))
      return `the header ${name} may not be a custom header`;
  }
  return null;
}

function ownOf(headers: HeaderMap, name: string): HeaderValues | undefined {
  return Object.hasOwn(headers, name) ? headers[name] : undefined;
}

function findFormProblem(name: string, values: HeaderValues): string | null {
  if (name !== name.toLowerCase()) return `the header ${name} is not in lower case`;
  if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name)) return `${JSON.stringify(name)} is no header name`;
  if (values.length === 0) return `the header ${name} has no value`;
  for (const { key, value } of values) {
    if (key !== undefined && key.toLowerCase() !== name) return `the header ${name} has the key ${key}`;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
    if (/[\x00-\x08\x0a-\x1f\x7f]/.test(value)) return `the header ${name} holds a control character`;
  }
  return null;
}

function findNameProblem(name: string, values: HeaderValues, given: HeaderValues | undefined): string | null {
  if (isSame(values, given)) return null;
  if (READ_ONLY.has(name)) return `the header ${name} is read-only`;
  return isDisallowed(name) ? `the header ${name} may not be set` : null;
}

function isSame(values: HeaderValues, given: HeaderValues | undefined): boolean {
  return given?.length === values.length && values.every(({ value }, index) => value === given[index]?.value);
}
