/**
 * CloudFront with the edge function: a viewer's HTTP request passes the distribution's web ACL, then the function
 * that the template names, then goes to the origin. Everything is logged, what was blocked included.
 */
import { createServer, type ServerResponse } from "node:http";

import type { Instant } from "../functions/domain/instant.ts";
import { type Distribution, readDistribution } from "./cloudfront/distribution.ts";
import { type EdgeResult, type ForwardedRequest, readEdgeResult } from "./cloudfront/edge-result.ts";
import { cloudFrontRecord, type ResultType } from "./cloudfront/log-record.ts";
import { egressAddress, newRequestId } from "./cloudfront/request-id.ts";
import { type Header, readViewer, type ViewerRequest } from "./cloudfront/viewer.ts";
import type { Exchange, Answer as OriginAnswer } from "./cognito/http.ts";
import { type EdgeEvent, type EventRequest, edgeEvent, headerText } from "./edge-event.ts";
import { EDGE_LOCATION } from "./edge-location.ts";
import { type Listening, listen } from "./http.ts";
import type { Clock, Functions, LogSink, WebAcls } from "./ports.ts";
import type { Resource } from "./template.ts";

export interface CloudFrontOptions {
  /** The template's distribution. */
  readonly distribution: Resource;
  readonly clock: Pick<Clock, "now" | "during">;
  readonly webAcls: WebAcls;
  readonly functions: Functions;
  readonly logs: Pick<LogSink, "cloudFront">;
  /** What answers at a host name; another name does not resolve. */
  readonly origins: Readonly<Record<string, (request: Exchange) => OriginAnswer | Promise<OriginAnswer>>>;
  readonly port?: number;
  /** Told of what must not happen: an error of this stand-in's own, or a function's result that CloudFront refuses. */
  readonly onFault?: (error: unknown) => void;
}

/** Starts serving viewers; its `url` stands for the distribution's domain name. */
export function createCloudFront(options: CloudFrontOptions): Promise<Listening> {
  const distribution = readDistribution(options.distribution);
  // CloudFront's own limit is checked below; Node's, which is lower, must not hide it.
  const server = createServer({ maxHeaderSize: 64 * 1024 }, (request, response) => {
    void options.clock.during(async () => {
      try {
        const viewer = await readViewer(request);
        if (!viewer) return response.writeHead(400).end();
        await serve(viewer, response, { ...options, distribution });
      } catch (error) {
        (options.onFault ?? console.error)(error);
        response.destroy();
      }
    });
  });
  return listen(server, options.port ?? 0);
}

type Edge = Omit<CloudFrontOptions, "distribution"> & { readonly distribution: Distribution };

interface Reply {
  readonly status: number;
  readonly headers: readonly Header[];
  readonly body: Buffer;
  readonly resultType: ResultType;
  readonly statusDescription?: string | undefined;
}

async function serve(viewer: ViewerRequest, response: ServerResponse, edge: Edge): Promise<void> {
  const from = edge.clock.now();
  const requestId = newRequestId();
  const reply = await answer(requestId, viewer, edge);
  const headers = [
    ...reply.headers.filter(({ name }) => !/^(content-length|connection|transfer-encoding)$/i.test(name)),
    { name: "Content-Length", value: String(reply.body.length) },
    { name: "X-Cache", value: `${reply.resultType === "Miss" ? "Miss" : reply.resultType} from cloudfront` },
    { name: "Via", value: `1.1 ${edge.distribution.domainName} (CloudFront)` },
    { name: "X-Amz-Cf-Pop", value: EDGE_LOCATION },
    { name: "X-Amz-Cf-Id", value: requestId },
  ];
  log({ requestId, viewer, reply, headers, from }, edge);
  const fields = headers.flatMap(({ name, value }) => [name, value]);
  if (reply.statusDescription) response.writeHead(reply.status, reply.statusDescription, fields);
  else response.writeHead(reply.status, fields);
  response.end(reply.body);
}

async function answer(requestId: string, viewer: ViewerRequest, edge: Edge): Promise<Reply> {
  if (viewer.path.length + viewer.query.length > 8_192) return errorPage(414, "Request-URI Too Long");
  if (requestSize(viewer) > 20_480) return errorPage(413, "Request Entity Too Large");
  const blocked = inspect(requestId, viewer, edge);
  if (blocked) return blocked;
  if (!edge.distribution.methods.includes(viewer.method)) return errorPage(403, "Forbidden");
  const event = edgeEvent(requestId, edge.distribution, viewer);
  const given = event.Records[0]?.cf.request;
  if (!given) throw new Error("The event holds no request");
  const result = await runFunction(event, given, edge);
  // An error or a time-out of the function is a 503, a result that breaks a rule a 502.
  if (result) return obey(result, requestId, viewer, edge);
  return errorPage(503, "Service Unavailable", "LambdaExecutionError");
}

/** Null if the function failed. Without a function the request goes on as it is. */
async function runFunction(event: EdgeEvent, given: EventRequest, edge: Edge): Promise<EdgeResult | null> {
  if (!edge.distribution.edge) return readEdgeResult(given, given);
  // A copy: what the function does to its event must not reach what its result is compared with.
  const end = await edge.functions.invoke(edge.distribution.edge.functionArn, structuredClone(event));
  return end.ok ? readEdgeResult(end.payload, given) : null;
}

async function obey(result: EdgeResult, requestId: string, viewer: ViewerRequest, edge: Edge): Promise<Reply> {
  switch (result.kind) {
    case "invalid":
      (edge.onFault ?? console.error)(new Error(`CloudFront refuses the edge function's result: ${result.problem}`));
      return errorPage(502, "Bad Gateway", "LambdaValidationError");
    case "response":
      return { ...result, resultType: "LambdaGeneratedResponse" };
    case "request":
      return forward(result.request, requestId, viewer, edge);
  }
}

/** The web ACL comes before the function: what it blocks costs no run, and reaches no origin. */
function inspect(requestId: string, viewer: ViewerRequest, { distribution, webAcls }: Edge): Reply | null {
  const { response, action } = webAcls.inspect(distribution.arn, {
    clientIp: viewer.clientIp,
    country: null,
    method: viewer.method,
    uri: viewer.path,
    args: viewer.query,
    httpVersion: "HTTP/2.0",
    headers: viewer.headers,
    body: viewer.body,
    requestId,
    ja4: viewer.ja4,
  });
  if (action === "ALLOW") return null;
  if (!response) return errorPage(403, "Forbidden");
  const headers = Object.entries(response.headers).map(([name, value]) => ({ name, value }));
  return { status: response.status, headers, body: Buffer.from(response.body), resultType: "Error" };
}

async function forward(
  request: ForwardedRequest,
  requestId: string,
  viewer: ViewerRequest,
  edge: Edge,
): Promise<Reply> {
  const origin = Object.hasOwn(edge.origins, request.domainName) ? edge.origins[request.domainName] : undefined;
  if (!origin) return errorPage(502, "Bad Gateway");
  const body = request.body ?? viewer.body;
  const ours = /^(content-length|x-amz-cf-id)$/i;
  const answered = await origin({
    sourceIp: egressAddress(requestId),
    method: viewer.method,
    path: request.path,
    query: request.query,
    headers: [
      ...request.headers.filter(({ name }) => !ours.test(name)),
      ...request.customHeaders,
      { name: "Content-Length", value: String(body.length) },
      { name: "X-Amz-Cf-Id", value: requestId },
    ],
    body,
  });
  return {
    status: answered.status,
    headers: Object.entries(answered.headers).map(([name, value]) => ({ name, value })),
    body: Buffer.from(answered.body),
    resultType: answered.status < 400 ? "Miss" : "Error",
  };
}

/** CloudFront's own errors are HTML, which no Cognito SDK can read. */
function errorPage(status: number, description: string, resultType: ResultType = "Error"): Reply {
  const body = `<HTML><HEAD><TITLE>ERROR: The request could not be satisfied</TITLE></HEAD><BODY><H1>${status} ERROR</H1>${description}</BODY></HTML>`;
  return { status, headers: [{ name: "Content-Type", value: "text/html" }], body: Buffer.from(body), resultType };
}

/** CloudFront counts the request line and the headers; beyond its limit it answers 413. */
function requestSize({ method, path, query, headers }: ViewerRequest): number {
  const line = method.length + path.length + query.length + 12;
  return headers.reduce((sum, { name, value }) => sum + name.length + value.length + 4, line);
}

interface Served {
  readonly requestId: string;
  readonly viewer: ViewerRequest;
  readonly reply: Reply;
  readonly headers: readonly Header[];
  readonly from: Instant;
}

function log({ requestId, viewer, reply, headers, from }: Served, { distribution, logs, clock }: Edge): void {
  const headerBytes = headers.reduce((sum, { name, value }) => sum + name.length + value.length + 4, 15);
  const { status, resultType, body } = reply;
  const record = cloudFrontRecord({
    requestId,
    distribution,
    viewer,
    status,
    resultType,
    sentBytes: headerBytes + body.length,
    contentType: headerText(headers, "content-type"),
    contentLength: body.length,
    from,
    to: clock.now(),
  });
  logs.cloudFront(distribution.id, record);
}
