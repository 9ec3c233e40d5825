/** The origin-request event, exactly as CloudFront hands it to the function. */
import type { Distribution } from "./cloudfront/distribution.ts";
import { isDisallowed } from "./cloudfront/header-rules.ts";
import type { Header, ViewerRequest } from "./cloudfront/viewer.ts";

/** More of a body than this is cut off, and the event says so. */
export const BODY_LIMIT = 1024 * 1024;

export type EdgeHeaders = Record<string, { key: string; value: string }[]>;

export type EdgeEvent = ReturnType<typeof edgeEvent>;
export type EventRequest = EdgeEvent["Records"][number]["cf"]["request"];

export function edgeEvent(requestId: string, distribution: Distribution, viewer: ViewerRequest) {
  const { id, domainName, edge } = distribution;
  return {
    Records: [
      {
        cf: {
          config: { distributionDomainName: domainName, distributionId: id, eventType: "origin-request", requestId },
          request: {
            clientIp: viewer.clientIp,
            headers: edgeHeadersOf(originHeaders(distribution, viewer)),
            method: viewer.method,
            origin: { custom: customOrigin(distribution) },
            querystring: viewer.query,
            uri: viewer.path,
            ...(edge?.includesBody && viewer.body.length > 0 && { body: eventBody(viewer.body) }),
          },
        },
      },
    ],
  };
}

function customOrigin({ origin }: Distribution) {
  return {
    customHeaders: edgeHeadersOf(origin.customHeaders),
    domainName: origin.domainName,
    keepaliveTimeout: origin.keepaliveTimeout,
    path: origin.path,
    port: 443,
    protocol: "https",
    readTimeout: origin.readTimeout,
    sslProtocols: [...origin.sslProtocols],
  };
}

function eventBody(body: Buffer) {
  return {
    action: "read-only",
    data: body.subarray(0, BODY_LIMIT).toString("base64"),
    encoding: "base64",
    inputTruncated: body.length > BODY_LIMIT,
  };
}

/** CloudFront takes these for itself, besides all that no function sees; it writes Host and X-Forwarded-For anew. */
const TAKEN: ReadonlySet<string> = new Set(["te", "transfer-encoding", "host", "x-forwarded-for"]);
const isTaken = (name: string) => TAKEN.has(name) || isDisallowed(name);

/** The viewer's headers as they would go to the origin, with those that CloudFront sets itself. */
function originHeaders({ domainName, origin, forwardsHost }: Distribution, viewer: ViewerRequest): Header[] {
  const kept = viewer.headers.filter(({ name }) => !isTaken(name.toLowerCase()));
  const host = forwardsHost ? headerText(viewer.headers, "host") : origin.domainName;
  const before = headerText(viewer.headers, "x-forwarded-for");
  return [
    { name: "Host", value: host },
    ...kept,
    { name: "X-Forwarded-For", value: before ? `${before}, ${viewer.clientIp}` : viewer.clientIp },
    { name: "Via", value: `1.1 ${domainName} (CloudFront)` },
  ];
}

export function headerText(headers: readonly Header[], name: string): string {
  return headers.find((header) => header.name.toLowerCase() === name)?.value ?? "";
}

function edgeHeadersOf(headers: readonly Header[]): EdgeHeaders {
  // Without a prototype, so that a viewer's header called `constructor` is a header like any other.
  const grouped: EdgeHeaders = Object.create(null);
  for (const { name, value } of headers) {
    const key = name.toLowerCase();
    grouped[key] = [...(grouped[key] ?? []), { key: name, value }];
  }
  return grouped;
}
