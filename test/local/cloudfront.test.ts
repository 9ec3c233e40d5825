import { readDistribution } from "../../local/cloudfront/distribution.ts";
import type { Functions, Inspection } from "../../local/ports.ts";
import { CLIENT_ID, ORIGIN, SECRET_ARN } from "../edge/builders.ts";
import { aDistribution, allowAll, aProxiedPool, call } from "./proxied-pool.ts";

type Pool = Awaited<ReturnType<typeof aProxiedPool>>;
let pool: Pool;
afterEach(async () => {
  await pool?.stop();
  jest.restoreAllMocks();
});

// biome-ignore lint/suspicious/noExplicitAny: events and results of hand-written functions
type Loose = any;
const runs = (run: (event: Loose) => unknown): Functions => ({
  invoke: async (_arn, event) => ({ ok: true, payload: run(event) }),
});
const requestOf = (event: Loose) => event.Records[0].cf.request;
const signUp = { ClientId: CLIENT_ID, Username: "alice", Password: "correct horse" };

/** What reached the pool, with the header names in lower case. */
const forwarded = () => {
  const request = pool.inspected.find(({ arn }) => arn.includes("userpool"))?.request;
  return {
    ...request,
    headers: Object.fromEntries(request?.headers.map(({ name, value }) => [name.toLowerCase(), value]) ?? []),
  };
};

const JA4 = "t13d1516h2_8daaf6152771_02713d6af862";

test("the event is that of an origin request with its body", async () => {
  let seen: Loose;
  pool = await aProxiedPool({
    functions: runs((event) => {
      seen = event;
      return { status: "200", body: "{}" };
    }),
  });
  const claims = { "x-portcullis-viewer": "2001:db8:0:0::7", "x-portcullis-ja4": JA4 };
  await call(pool.viewerUrl, "SignUp", "héllo", { "X-Twice": "a", ...claims });
  expect(seen).toEqual({
    Records: [
      {
        cf: {
          config: {
            distributionDomainName: "edfdvbd6example.cloudfront.net",
            distributionId: "EDFDVBD6EXAMPLE",
            eventType: "origin-request",
            requestId: expect.stringMatching(/^[A-Za-z0-9_-]{54}==$/),
          },
          request: {
            clientIp: "2001:db8::7",
            method: "POST",
            uri: "/",
            querystring: "",
            headers: expect.objectContaining({
              host: [{ key: "Host", value: ORIGIN }],
              "x-twice": [{ key: "X-Twice", value: "a" }],
              "x-forwarded-for": [{ key: "X-Forwarded-For", value: "2001:db8::7" }],
              via: [{ key: "Via", value: expect.stringContaining("(CloudFront)") }],
            }),
            origin: {
              custom: {
                customHeaders: expect.objectContaining({
                  "x-portcullis-secret": [{ key: "x-portcullis-secret", value: SECRET_ARN }],
                }),
                domainName: ORIGIN,
                keepaliveTimeout: 5,
                path: "",
                port: 443,
                protocol: "https",
                readTimeout: 30,
                sslProtocols: ["TLSv1.2"],
              },
            },
            body: {
              action: "read-only",
              data: Buffer.from("héllo").toString("base64"),
              encoding: "base64",
              inputTruncated: false,
            },
          },
        },
      },
    ],
  });
  for (const claim of Object.keys(claims)) expect(requestOf(seen).headers).not.toHaveProperty(claim);
});

test("a body beyond 1 MB is cut in the event, and the edge answers 413", async () => {
  pool = await aProxiedPool();
  const { status, json } = await call(pool.viewerUrl, "SignUp", { ...signUp, Password: "x".repeat(1024 * 1024) });
  expect([status, json["__type"]]).toEqual([413, "InvalidParameterException"]);
});

test("a request whose headers exceed CloudFront's limit never gets to the function", async () => {
  pool = await aProxiedPool({ functions: runs(() => fail("must not run")) });
  const { status } = await call(pool.viewerUrl, "SignUp", signUp, { "User-Agent": "a".repeat(20_480) });
  expect(status).toBe(413);
});

test.each([0, 1, 1023, 1024, 20_000])("a user agent of %d bytes reaches CloudTrail behind the token", async (size) => {
  pool = await aProxiedPool();
  const { status } = await call(pool.viewerUrl, "SignUp", signUp, { "User-Agent": "a".repeat(size) });
  expect(status).toBe(200);
  const agent = String(pool.trail[0]?.["userAgent"]);
  expect(agent).toMatch(/^portcullis\/1 \(.{22}; [\w=-]+; SignUp; 203\.0\.113\.7; [\w-]{16}\)( a{0,256})?$/);
  expect(agent).toContain(`; ${pool.edgeLog[0]?.["x_edge_request_id"]};`);
});

test("the pool sees CloudFront's address, the origin's host and the new content length, not the viewer", async () => {
  pool = await aProxiedPool();
  await call(pool.viewerUrl, "SignUp", signUp);
  const { clientIp, headers } = forwarded();
  expect(clientIp).toMatch(/^130\.176\./);
  expect(headers["host"]).toBe(ORIGIN);
  expect(Number(headers["content-length"])).toBeGreaterThan(JSON.stringify(signUp).length);
  expect(JSON.stringify(headers)).not.toContain("x-portcullis");
});

describe("the web ACL", () => {
  const blocked: Inspection = {
    action: "BLOCK",
    rule: "DenyList",
    response: {
      status: 403,
      headers: { "Content-Type": "application/json", "Access-Control-Allow-Origin": "*" },
      body: '{"__type":"ForbiddenException","message":"blocked"}',
    },
  };

  test("is asked before the function runs, and its answer is the viewer's", async () => {
    const functions = runs(() => fail("must not run"));
    pool = await aProxiedPool({ judge: () => blocked, functions });
    const { status, json, headers } = await call(pool.viewerUrl, "SignUp", signUp);
    expect([status, json["__type"]]).toEqual([403, "ForbiddenException"]);
    expect(headers.get("access-control-allow-origin")).toBe("*");
    expect(pool.edgeLog[0]).toMatchObject({ sc_status: "403", c_ip: "203.0.113.7", x_edge_result_type: "Error" });
  });

  test("sees the viewer's request, with the request id of the other logs", async () => {
    pool = await aProxiedPool();
    await call(`${pool.viewerUrl}?a=b`, "SignUp", signUp);
    expect(pool.inspected[0]).toMatchObject({
      arn: "arn:aws:cloudfront::111122223333:distribution/EDFDVBD6EXAMPLE",
      request: { clientIp: "203.0.113.7", method: "POST", uri: "/", args: "a=b" },
    });
    expect(pool.inspected[0]?.request.requestId).toBe(pool.edgeLog[0]?.["x_edge_request_id"]);
    expect(pool.inspected[0]?.request.body.toString()).toBe(JSON.stringify(signUp));
    await call(pool.viewerUrl, "SignUp", signUp, { "x-portcullis-ja4": JA4 });
    await call(pool.viewerUrl, "SignUp", signUp, { "x-portcullis-ja4": "of any other form" });
    const atEdge = pool.inspected.filter(({ arn }) => arn.includes("cloudfront"));
    expect(atEdge.map(({ request }) => request.ja4)).toEqual([null, JA4, null]);
  });

  test("a block without an answer of its own is CloudFront's HTML page", async () => {
    pool = await aProxiedPool({
      judge: (arn) => (arn.includes("cloudfront") ? { ...blocked, response: null } : allowAll),
    });
    expect((await call(pool.viewerUrl, "SignUp", signUp)).text).toContain("<H1>403 ERROR</H1>");
  });
});

describe("the template decides", () => {
  test("without the function nothing adds the secret", async () => {
    pool = await aProxiedPool({ distribution: aDistribution({ LambdaFunctionAssociations: [] }) });
    const { json } = await call(pool.viewerUrl, "SignUp", signUp);
    expect(json["message"]).toBe(`Client ${CLIENT_ID} is configured for secret but secret was not received`);
  });

  test("without the body in the event the function cannot work", async () => {
    const [association] = [
      {
        EventType: "origin-request",
        LambdaFunctionARN: "arn:aws:lambda:us-east-1:111122223333:function:portcullis-edge:1",
      },
    ];
    pool = await aProxiedPool({ distribution: aDistribution({ LambdaFunctionAssociations: [association] }) });
    expect((await call(pool.viewerUrl, "SignUp", signUp)).json).toMatchObject({ __type: "SerializationException" });
  });

  test("methods that the behaviour does not allow are refused by CloudFront itself", async () => {
    pool = await aProxiedPool({ distribution: aDistribution({ AllowedMethods: ["GET", "HEAD"] }) });
    expect((await call(pool.viewerUrl, "SignUp", signUp)).text).toContain("<H1>403 ERROR</H1>");
  });

  test.each([
    {
      case: "an alias instead of a version",
      change: {
        LambdaFunctionAssociations: [
          {
            EventType: "origin-request",
            LambdaFunctionARN: "arn:aws:lambda:us-east-1:111122223333:function:portcullis-edge:live",
          },
        ],
      },
    },
    {
      case: "a function on the viewer's request",
      change: {
        LambdaFunctionAssociations: [
          {
            EventType: "viewer-request",
            LambdaFunctionARN: "arn:aws:lambda:us-east-1:111122223333:function:portcullis-edge:1",
          },
        ],
      },
    },
    { case: "caching", change: { CachePolicyId: "658327ea-f89d-4fab-a63d-7e88639e58f6" } },
    { case: "no origin request policy", change: { OriginRequestPolicyId: undefined } },
    { case: "an origin that is not there", change: { TargetOriginId: "other" } },
  ])("$case stops the boot", ({ change }) => {
    expect(() => readDistribution(aDistribution(change))).toThrow("portcullis-edge/Distribution");
  });
});

test("a viewer's claim that is no address is refused", async () => {
  pool = await aProxiedPool();
  expect((await call(pool.viewerUrl, "SignUp", signUp, { "x-portcullis-viewer": "somewhere" })).status).toBe(400);
});

test("a log record has every column, as text", async () => {
  pool = await aProxiedPool();
  await call(pool.viewerUrl, "SignUp", signUp, { "User-Agent": 'my "agent" 1' });
  const record = pool.edgeLog[0] ?? {};
  expect(record).toMatchObject({
    cs_method: "POST",
    cs_uri_stem: "/",
    sc_status: "200",
    c_ip: "203.0.113.7",
    x_edge_result_type: "Miss",
    cs_user_agent: "my%20%22agent%22%201",
  });
  expect(Object.keys(record)).toHaveLength(35);
  expect(Object.values(record).every((value) => typeof value === "string" && value !== "")).toBe(true);
});

test("a preflight gets its answer from the edge", async () => {
  pool = await aProxiedPool();
  const response = await fetch(pool.viewerUrl, { method: "OPTIONS", headers: { origin: "https://app.example" } });
  expect([response.status, response.headers.get("access-control-allow-origin")]).toEqual([200, "*"]);
  expect(pool.trail).toEqual([]);
});
