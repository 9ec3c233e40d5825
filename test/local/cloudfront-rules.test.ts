import { readDistribution } from "../../local/cloudfront/distribution.ts";
import { createCloudFront } from "../../local/cloudfront.ts";
import type { Exchange } from "../../local/cognito/http.ts";
import type { Listening } from "../../local/http.ts";
import type { FunctionEnd } from "../../local/ports.ts";
import { ORIGIN } from "../edge/builders.ts";
import { aDistribution, allowAll, call } from "./proxied-pool.ts";

// biome-ignore lint/suspicious/noExplicitAny: events and results of hand-written functions
type Loose = any;

const MEGABYTE = 1024 * 1024;
const clock = { now: () => Date.now(), during: <T>(work: () => Promise<T>) => work() };
const edgeLog: Record<string, string>[] = [];
const faults: string[] = [];
const received: Exchange[] = [];
let run: (event: Loose) => unknown;
let viewers: Listening;

beforeAll(async () => {
  viewers = await createCloudFront({
    distribution: aDistribution(),
    clock,
    webAcls: { inspect: () => allowAll },
    functions: {
      async invoke(_arn, event): Promise<FunctionEnd> {
        const payload = run(event);
        return payload instanceof Error
          ? { ok: false, errorType: payload.name, errorMessage: payload.message, trace: [] }
          : { ok: true, payload };
      },
    },
    logs: { cloudFront: (_id, record) => void edgeLog.push({ ...record }) },
    origins: {
      [ORIGIN]: (request) => {
        received.push(request);
        return { status: 200, headers: {}, body: "{}" };
      },
    },
    onFault: (error) => faults.push(error instanceof Error ? error.message : String(error)),
  });
});
afterAll(() => viewers.stop());
beforeEach(() => {
  edgeLog.length = 0;
  faults.length = 0;
  received.length = 0;
});

const ask = (body: unknown = { a: 1 }, headers: Record<string, string> = {}) =>
  call(`${viewers.url}/`, "SignUp", body, headers);

/** A function that changes the request of its event and gives it back. */
const changing = (change: (request: Loose) => void) => (event: Loose) => {
  const { request } = event.Records[0].cf;
  change(request);
  return request;
};
const setting = (name: string, value = "x") =>
  changing((request) => {
    request.headers[name.toLowerCase()] = [{ key: name, value }];
  });
const removing = (name: string) =>
  changing((request) => {
    delete request.headers[name];
  });
const customSetting = (name: string, value = "x") =>
  changing((request) => {
    request.origin.custom.customHeaders[name.toLowerCase()] = [{ key: name, value }];
  });
const originWith = (over: object) => changing((request) => Object.assign(request.origin.custom, over));
const replacing = (over: object) => changing((request) => Object.assign(request.body, { action: "replace", ...over }));
const answering = (over: object) => () => ({ status: "200", ...over });
const answeringWith = (name: string, value = "x") =>
  answering({ headers: { [name.toLowerCase()]: [{ key: name, value }] } });

interface Rule {
  readonly case: string;
  readonly run: (event: Loose) => unknown;
  readonly problem: string | RegExp;
}

const disallowed =
  `Client-Cert Client-Cert-Chain CloudFront-Viewer-Cert-PEM Connection Expect Keep-Alive Proxy-Authenticate
  Proxy-Authorization Proxy-Connection Trailer Upgrade X-Accel-Buffering X-Accel-Charset X-Accel-Limit-Rate
  X-Accel-Redirect X-Amz-Cf-Id X-Amz-Cf-Anything X-Amzn-Auth X-Amzn-Cf-Billing X-Amzn-Cf-Id X-Amzn-Cf-Xff
  X-Amzn-ErrorType X-Amzn-Fle-Profile X-Amzn-Header-Count X-Amzn-Header-Order X-Amzn-Lambda-Integration-Tag
  X-Amzn-RequestId X-Cache X-Edge-Location X-Forwarded-Proto X-Real-IP`.split(/\s+/);
const readOnly = `Accept-Encoding CDN-Loop Content-Length If-Modified-Since If-None-Match If-Range If-Unmodified-Since
  Transfer-Encoding Via`.split(/\s+/);
const noCustomHeader = `Cache-Control Content-Length Cookie Host If-Match Max-Forwards Pragma Proxy-Authenticate Range
  Request-Range TE Upgrade Via X-Amz-Target X-Edge-Location X-Real-IP X-Cache`.split(/\s+/);

const headerRules: readonly Rule[] = [
  ...disallowed.map((name) => ({ case: `${name} set`, run: setting(name), problem: "may not be set" })),
  ...readOnly.map((name) => ({ case: `${name} set`, run: setting(name), problem: "is read-only" })),
  ...["accept-encoding", "content-length", "via"].map((name) => ({
    case: `${name} removed`,
    run: removing(name),
    problem: "is read-only and was removed",
  })),
  { case: "a value with a line break", run: setting("X-Ok", "a\r\nb"), problem: "control character" },
  { case: "a name with a space", run: setting("X Ok"), problem: "is no header name" },
  {
    case: "a key unlike its name",
    run: changing(({ headers }) => {
      headers["x-a"] = [{ key: "x-b", value: "c" }];
    }),
    problem: "has the key x-b",
  },
  {
    case: "a name in capitals",
    run: changing(({ headers }) => {
      headers["X-A"] = [{ key: "X-A", value: "c" }];
    }),
    problem: "is not in lower case",
  },
  {
    case: "a header without values",
    run: changing(({ headers }) => {
      headers["x-a"] = [];
    }),
    problem: "has no value",
  },
  {
    case: "a header that is no list",
    run: changing(({ headers }) => {
      headers["x-a"] = "c";
    }),
    problem: "expected array",
  },
  ...noCustomHeader.map((name) => ({
    case: `the custom header ${name} added`,
    run: changing((request) => {
      delete request.headers[name.toLowerCase()];
      request.headers["content-length"] ??= [{ key: "Content-Length", value: "7" }];
      request.headers.via ??= [{ key: "Via", value: "1.1 edfdvbd6example.cloudfront.net (CloudFront)" }];
      customSetting(name)({ Records: [{ cf: { request } }] });
    }),
    problem: /may not be a custom header|stands among/,
  })),
  {
    case: "a custom header that is also a header",
    run: changing((request) => {
      request.headers["x-a"] = [{ key: "X-A", value: "1" }];
      request.origin.custom.customHeaders["x-a"] = [{ key: "X-A", value: "2" }];
    }),
    problem: "stands among the headers and the custom headers",
  },
];

const requestRules: readonly Rule[] = [
  { case: "nothing returned", run: () => undefined, problem: "returned no object" },
  { case: "a text returned", run: () => "{}", problem: "returned no object" },
  { case: "an empty object returned", run: () => ({}), problem: "clientIp" },
  { case: "another method", run: changing((r) => Object.assign(r, { method: "GET" })), problem: "method is read-only" },
  {
    case: "another client address",
    run: changing((r) => Object.assign(r, { clientIp: "192.0.2.1" })),
    problem: "clientIp is read-only",
  },
  { case: "a relative URI", run: changing((r) => Object.assign(r, { uri: "a" })), problem: "uri" },
  { case: "a URI with a space", run: changing((r) => Object.assign(r, { uri: "/a b" })), problem: "the URI holds" },
  {
    case: "a query string with a fragment",
    run: changing((r) => Object.assign(r, { querystring: "a#b" })),
    problem: "the query string holds",
  },
  {
    case: "a URI and query string of 8,192 characters",
    run: changing((r) => Object.assign(r, { querystring: "a".repeat(8_191) })),
    problem: "too long",
  },
  { case: "no origin", run: changing((r) => delete r.origin), problem: "origin" },
  {
    case: "an S3 origin",
    run: changing((r) => Object.assign(r, { origin: { s3: { domainName: "b.s3.amazonaws.com" } } })),
    problem: "origin",
  },
  { case: "an origin without a name", run: originWith({ domainName: "" }), problem: "domainName" },
  { case: "an origin that is an address", run: originWith({ domainName: "192.0.2.1" }), problem: "no domain name" },
  { case: "an origin with a port in its name", run: originWith({ domainName: "a.example:80" }), problem: "no domain" },
  { case: "an origin name that is too long", run: originWith({ domainName: "a".repeat(254) }), problem: "domainName" },
  { case: "an origin path without slash", run: originWith({ path: "a" }), problem: "path" },
  { case: "an origin path that ends with a slash", run: originWith({ path: "/a/" }), problem: "path" },
  { case: "a reserved port", run: originWith({ port: 22 }), problem: "port" },
  { case: "a protocol policy", run: originWith({ protocol: "https-only" }), problem: "protocol" },
  { case: "an endless read time-out", run: originWith({ readTimeout: 121 }), problem: "readTimeout" },
  { case: "a lost keep-alive time-out", run: originWith({ keepaliveTimeout: null }), problem: "keepaliveTimeout" },
  { case: "an unknown TLS version", run: originWith({ sslProtocols: ["TLSv9"] }), problem: "sslProtocols" },
  { case: "custom headers removed as a whole", run: originWith({ customHeaders: null }), problem: "customHeaders" },
];

const bodyRules: readonly Rule[] = [
  { case: "an unknown action", run: replacing({ action: "append" }), problem: "action" },
  { case: "an unknown encoding", run: replacing({ encoding: "utf8" }), problem: "encoding" },
  { case: "a body that is no text", run: replacing({ data: { a: 1 } }), problem: "data" },
  {
    case: "a text of more than 1 MB",
    run: replacing({ encoding: "text", data: "x".repeat(MEGABYTE + 1) }),
    problem: "the replaced body is too large",
  },
  {
    case: "a text of more than 1 MB in UTF-8",
    run: replacing({ encoding: "text", data: "é".repeat(MEGABYTE / 2 + 1) }),
    problem: "the replaced body is too large",
  },
  {
    case: "base64 of more than 1.33 MB",
    run: replacing({ encoding: "base64", data: "A".repeat(4 * Math.ceil((1.33 * MEGABYTE) / 4)) }),
    problem: "the replaced body is too large",
  },
  { case: "what is not base64", run: replacing({ encoding: "base64", data: "{}" }), problem: "not base64" },
  { case: "cut base64", run: replacing({ encoding: "base64", data: "YWJj=" }), problem: "not base64" },
  {
    case: "another inputTruncated",
    run: changing(({ body }) => Object.assign(body, { inputTruncated: true })),
    problem: "inputTruncated is read-only",
  },
];

const responseRules: readonly Rule[] = [
  { case: "a status that is no text", run: answering({ status: 200 }), problem: "status" },
  ...["199", "600", "2000", "ok"].map((status) => ({
    case: `status ${status}`,
    run: answering({ status }),
    problem: "status",
  })),
  {
    case: "a description with a line break",
    run: answering({ statusDescription: "OK\r\nX-A: b" }),
    problem: "statusDescription",
  },
  { case: "a body that is no text", run: answering({ body: { a: 1 } }), problem: "body" },
  { case: "an unknown encoding", run: answering({ bodyEncoding: "utf8" }), problem: "bodyEncoding" },
  { case: "not base64", run: answering({ bodyEncoding: "base64", body: "{}" }), problem: "not base64" },
  { case: "204 with a body", run: answering({ status: "204", body: "x" }), problem: "has no body" },
  { case: "304 with a body", run: answering({ status: "304", body: "x" }), problem: "has no body" },
  { case: "more than 1 MB", run: answering({ body: "x".repeat(MEGABYTE + 1) }), problem: "larger than 1 MB" },
  {
    case: "more than 1 MB with its headers",
    run: answering({ body: "x".repeat(MEGABYTE - 4), headers: { "x-a": [{ key: "X-A", value: "b" }] } }),
    problem: "larger than 1 MB",
  },
  {
    case: "more than 1 MB in base64",
    run: answering({ bodyEncoding: "base64", body: "AAAA".repeat(MEGABYTE / 4 + 1) }),
    problem: "larger than 1 MB",
  },
  { case: "content-length by hand", run: answeringWith("Content-Length", "0"), problem: "is read-only" },
  { case: "X-Amzn-ErrorType", run: answeringWith("X-Amzn-ErrorType"), problem: "may not be set" },
  { case: "X-Cache", run: answeringWith("X-Cache"), problem: "may not be set" },
];

describe.each([
  { about: "headers", rules: headerRules },
  { about: "the request", rules: requestRules },
  { about: "the body", rules: bodyRules },
  { about: "a generated response", rules: responseRules },
])("a result that breaks a rule about $about is a 502 and reaches no origin", ({ rules }) => {
  test.each(rules)("$case", async ({ run: broken, problem }) => {
    run = broken;
    const { status, text } = await ask();
    expect([status, text]).toEqual([502, expect.stringContaining("<H1>502 ERROR</H1>")]);
    expect(faults).toEqual([expect.stringMatching(problem)]);
    expect(edgeLog[0]).toMatchObject({ sc_status: "502", x_edge_detailed_result_type: "LambdaValidationError" });
    expect(received).toEqual([]);
  });
});

test.each<{ case: string; run: (event: Loose) => unknown; status?: number }>([
  { case: "the request as it came", run: changing(() => undefined) },
  { case: "an ordinary header set", run: setting("X-Ok") },
  { case: "a header removed", run: removing("user-agent") },
  { case: "another Host", run: setting("Host", "other.example") },
  { case: "a CloudFront header set", run: setting("CloudFront-Viewer-Country", "DE") },
  { case: "a custom header changed", run: customSetting("x-portcullis-refresh", "plain-secret") },
  {
    case: "all custom headers removed",
    run: originWith({ customHeaders: {} }),
  },
  { case: "a text of 1 MB", run: replacing({ encoding: "text", data: "x".repeat(MEGABYTE) }) },
  { case: "base64 of 1 MB", run: replacing({ data: Buffer.alloc(0.99 * MEGABYTE).toString("base64") }) },
  {
    case: "a header without a key",
    run: changing(({ headers }) => Object.assign(headers, { "x-a": [{ value: "b" }] })),
  },
  { case: "a bare status", run: () => ({ status: "429" }), status: 429 },
  { case: "204 without a body", run: () => ({ status: "204", body: "" }), status: 204 },
  { case: "an answer of 1 MB", run: () => ({ status: "200", body: "x".repeat(MEGABYTE) }) },
])("what keeps to the rules passes: $case", async ({ run: kept, status = 200 }) => {
  run = kept;
  expect((await ask()).status).toBe(status);
  expect(faults).toEqual([]);
});

test("a truncated body cannot be replaced, but goes on whole", async () => {
  const long = "x".repeat(MEGABYTE + 1);
  run = replacing({ encoding: "text", data: "short" });
  expect((await ask(long)).status).toBe(502);
  expect(faults).toEqual([expect.stringContaining("a truncated body cannot be replaced")]);
  run = changing(() => undefined);
  expect((await ask(long)).status).toBe(200);
  expect(received[0]?.body.length).toBe(long.length);
});

test("headers that no function may see are not in its event", async () => {
  let seen: string[] = [];
  run = changing(({ headers }) => {
    seen = Object.keys(headers);
  });
  const hidden = [
    "x-real-ip",
    "x-forwarded-proto",
    "x-edge-a",
    "x-amz-cf-id",
    "x-cache",
    "client-cert",
    "proxy-connection",
  ];
  const values = Object.fromEntries(hidden.map((name) => [name, "x"]));
  expect((await ask({}, { ...values, "x-shown": "x" })).status).toBe(200);
  expect(seen).toContain("x-shown");
  expect(seen.filter((name) => hidden.includes(name))).toEqual([]);
});

test("a viewer's headers that only look like members of an object are headers like any other", async () => {
  run = changing(() => undefined);
  expect((await ask({}, { constructor: "a", __proto__: "b" })).status).toBe(200);
  expect(received[0]?.headers).toContainEqual({ name: "constructor", value: "a" });
});

test("the description of a generated status reaches the viewer", async () => {
  run = () => ({ status: "403", statusDescription: "Not Here", body: "{}" });
  expect((await fetch(viewers.url)).statusText).toBe("Not Here");
});

test("an origin that does not exist is a 502", async () => {
  run = originWith({ domainName: "other.example" });
  expect((await ask()).status).toBe(502);
  expect([received, edgeLog[0]?.["x_edge_detailed_result_type"]]).toEqual([[], "Error"]);
});

test("a function that fails is a 503", async () => {
  run = () => new Error("x");
  const { status, text } = await ask();
  expect([status, text]).toEqual([503, expect.stringContaining("<H1>503 ERROR</H1>")]);
  expect(edgeLog[0]).toMatchObject({ sc_status: "503", x_edge_detailed_result_type: "LambdaExecutionError" });
});

test("a URL beyond CloudFront's limit never gets to the function", async () => {
  run = () => fail("must not run");
  expect((await fetch(`${viewers.url}/?${"a".repeat(8_192)}`)).status).toBe(414);
});

const customHeaders = (headers: readonly { HeaderName: string; HeaderValue: string }[]) => {
  const resource = structuredClone(aDistribution()) as Loose;
  resource.properties.DistributionConfig.Origins[0].OriginCustomHeaders = headers;
  return resource;
};
const many = (count: number, length: number) =>
  Array.from({ length: count }, (_, index) => ({ HeaderName: `x-a${index}`, HeaderValue: "v".repeat(length) }));

test.each([
  { case: "too many", headers: many(31, 1), problem: "there are 31, at most 30" },
  { case: "too long a value", headers: many(1, 1_784), problem: "has a value of 1784 characters, at most 1783" },
  { case: "too much in all", headers: many(6, 1_783), problem: "at most 10240" },
  { case: "no value", headers: many(1, 0), problem: "x-a0 has no value" },
  {
    case: "too long a name",
    headers: [{ HeaderName: "x".repeat(257), HeaderValue: "v" }],
    problem: "a name of 257 characters",
  },
  { case: "a name twice", headers: [...many(1, 1), { HeaderName: "X-A0", HeaderValue: "v" }], problem: "stands twice" },
  ...noCustomHeader.map((HeaderName) => ({
    case: HeaderName,
    headers: [{ HeaderName, HeaderValue: "v" }],
    problem: `${HeaderName} may not be added to origin requests`,
  })),
])("custom headers of the template that CloudFront refuses stop the boot: $case", ({ headers, problem }) => {
  expect(() => readDistribution(customHeaders(headers))).toThrow(problem);
});

test("custom headers at the limits boot", () => {
  expect(readDistribution(customHeaders(many(5, 1_783))).origin.customHeaders).toHaveLength(5);
  expect(readDistribution(customHeaders(many(30, 1))).origin.customHeaders).toHaveLength(30);
});
