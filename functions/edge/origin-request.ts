/** The origin-request event as the proxy reads it. */

/** Keyed by names in lower case, as CloudFront does it. */
export type Headers = Record<string, { key?: string | undefined; value: string }[]>;

interface Body {
  readonly data: string;
  readonly encoding: string;
  readonly inputTruncated: boolean;
  /** `read-only` or `replace`. */
  readonly action?: string;
}
interface CustomOrigin {
  readonly customHeaders: Headers;
  readonly domainName: string;
}

/** Whatever else the event holds comes back to CloudFront unchanged. */
export interface OriginRequest {
  readonly clientIp: string;
  readonly method: string;
  readonly uri: string;
  readonly querystring: string;
  readonly headers: Headers;
  readonly body?: Body;
  readonly origin?: { readonly custom?: CustomOrigin };
}

export interface ViewerCall {
  /** CloudFront's, the same that WAF and the CloudFront log record. */
  readonly requestId: string;
  /** The distribution's own name. */
  readonly domainName: string;
  readonly request: OriginRequest;
}

export type EdgeEvent =
  | ({ readonly kind: "origin-request" } & ViewerCall)
  /** Attached to another event than the proxy is made for: it must not stand in the way. */
  | { readonly kind: "other"; readonly unchanged: unknown };

/** Throws TypeError on what is no CloudFront event at all. By hand: a schema would cost more than the hash does. */
export function readEvent(event: unknown): EdgeEvent {
  const records = field(event, "Records");
  const cf = field(Array.isArray(records) ? records[0] : undefined, "cf");
  const config = field(cf, "config");
  const request = field(cf, "request");
  const requestId = field(config, "requestId");
  if (field(config, "eventType") !== "origin-request")
    return { kind: "other", unchanged: field(cf, "response") ?? existing(request) };
  if (typeof requestId !== "string" || !isOriginRequest(request))
    throw new TypeError("The event is no origin request of CloudFront");
  return { kind: "origin-request", requestId, domainName: String(field(config, "distributionDomainName")), request };
}

function existing(request: unknown): object {
  if (typeof request === "object" && request !== null) return request;
  throw new TypeError("The event holds neither a request nor a response");
}

function field(holder: unknown, name: string): unknown {
  return typeof holder === "object" && holder !== null ? (holder as Record<string, unknown>)[name] : undefined;
}

function isOriginRequest(request: unknown): request is OriginRequest {
  return (
    typeof field(request, "clientIp") === "string" &&
    typeof field(request, "method") === "string" &&
    typeof field(request, "uri") === "string" &&
    typeof field(request, "querystring") === "string" &&
    isHeaders(field(request, "headers")) &&
    isOptional(field(request, "body"), isBody) &&
    isOptional(field(field(request, "origin"), "custom"), isCustomOrigin)
  );
}

const isOptional = (value: unknown, is: (value: unknown) => boolean) => value === undefined || is(value);

const isBody = (body: unknown) =>
  typeof field(body, "data") === "string" &&
  typeof field(body, "encoding") === "string" &&
  typeof field(body, "inputTruncated") === "boolean";

const isCustomOrigin = (custom: unknown) =>
  typeof field(custom, "domainName") === "string" && isHeaders(field(custom, "customHeaders"));

/** What stands inside is looked at where it is read: checking every header of every request costs as much as a hash. */
function isHeaders(headers: unknown): headers is Headers {
  return typeof headers === "object" && headers !== null;
}

/** The value of a header that stands once; undefined if it is absent or repeated, for a choice would be a guess. */
export function headerValue(headers: Headers, name: string): string | undefined {
  const values = Object.hasOwn(headers, name) ? headers[name] : undefined;
  const value = values?.length === 1 ? values[0]?.value : undefined;
  return typeof value === "string" ? value : undefined;
}
