import fc from "fast-check";

import { aRequest, aSecretDocument, CLIENT_ID, CLIENT_SECRET, GATE, REQUEST_ID, relay, secretsOf } from "./builders.ts";

const signIn = (AuthParameters: unknown, AuthFlow = "USER_SRP_AUTH") => ({
  operation: "InitiateAuth",
  body: { AuthFlow, ClientId: CLIENT_ID, AuthParameters },
});
const answer = (ChallengeResponses: unknown, ChallengeName = "PASSWORD_VERIFIER") => ({
  operation: "RespondToAuthChallenge",
  body: { ChallengeName, ClientId: CLIENT_ID, ChallengeResponses },
});
const signUp = (more: object) => ({ body: { ClientId: CLIENT_ID, Username: "alice", ...more } });

const forbidden = [403, "ForbiddenException"] as const;
const invalid = [422, "InvalidParameterException"] as const;
const notFound = [404, "ResourceNotFoundException"] as const;
const unreadable = [422, "SerializationException"] as const;

test.each([
  { case: "GET", call: { request: { method: "GET" } }, reason: "method", expected: forbidden },
  { case: "PUT", call: { request: { method: "PUT" } }, reason: "method", expected: forbidden },
  { case: "another path", call: { request: { uri: "/oauth2/token" } }, reason: "path", expected: forbidden },
  { case: "a query string", call: { request: { querystring: "a=b" } }, reason: "path", expected: forbidden },
  {
    case: "form content",
    call: { headers: { "Content-Type": "text/plain" } },
    reason: "content-type",
    expected: forbidden,
  },
  {
    case: "two content types",
    call: { headers: { "Content-Type": ["application/x-amz-json-1.1", "text/plain"] } },
    reason: "content-type",
    expected: forbidden,
  },
  {
    case: "an operation with AWS credentials",
    call: { operation: "AdminInitiateAuth" },
    reason: "operation",
    expected: forbidden,
  },
  { case: "GetClientToken", call: { operation: "GetClientToken" }, reason: "operation", expected: forbidden },
  { case: "a management operation", call: { operation: "ListUsers" }, reason: "operation", expected: forbidden },
  {
    case: "a member of every object as operation",
    call: { operation: "constructor" },
    reason: "operation",
    expected: forbidden,
  },
  { case: "another spelling of an operation", call: { operation: "signup" }, reason: "operation", expected: forbidden },
  {
    case: "two targets",
    call: {
      headers: {
        "X-Amz-Target": ["AWSCognitoIdentityProviderService.GetUser", "AWSCognitoIdentityProviderService.SignUp"],
      },
    },
    reason: "operation",
    expected: forbidden,
  },
  {
    case: "an unknown client",
    call: signUp({ ClientId: "9unknown23456789abcdefgh" }),
    reason: "client",
    expected: notFound,
  },
  { case: "no client", call: { body: { Username: "alice" } }, reason: "client", expected: notFound },
  { case: "a client that is no text", call: signUp({ ClientId: [CLIENT_ID] }), reason: "client", expected: notFound },
  {
    case: "a client only in __proto__",
    call: { rawBody: `{"__proto__":{"ClientId":"${CLIENT_ID}"},"Username":"alice"}` },
    reason: "client",
    expected: notFound,
  },
  { case: "no body", call: { rawBody: "" }, reason: "body", expected: unreadable },
  { case: "no JSON", call: { rawBody: "{" }, reason: "body", expected: unreadable },
  { case: "an array", call: { rawBody: "[]" }, reason: "body", expected: unreadable },
  { case: "null", call: { rawBody: "null" }, reason: "body", expected: unreadable },
  {
    case: "invalid UTF-8",
    call: { rawBody: Buffer.from(`{"ClientId":"${CLIENT_ID}","Username":"\xff"}`, "latin1") },
    reason: "body",
    expected: unreadable,
  },
  { case: "no user name", call: { body: { ClientId: CLIENT_ID } }, reason: "user-name", expected: invalid },
  { case: "an empty user name", call: signUp({ Username: "" }), reason: "user-name", expected: invalid },
  { case: "a user name that is no text", call: signUp({ Username: { a: 1 } }), reason: "user-name", expected: invalid },
  { case: "a sign-in without user name", call: signIn({ SRP_A: "ab" }), reason: "user-name", expected: invalid },
  {
    case: "a challenge answered without user name",
    call: answer({ ANSWER: "x" }),
    reason: "user-name",
    expected: invalid,
  },
  { case: "no AuthParameters", call: signIn(undefined), reason: "parameters", expected: invalid },
  {
    case: "AuthParameters with a number",
    call: signIn({ USERNAME: "alice", SRP_A: 1 }),
    reason: "parameters",
    expected: invalid,
  },
  { case: "ChallengeResponses as a list", call: answer(["alice"]), reason: "parameters", expected: invalid },
  {
    case: "UserContextData as a text",
    call: signUp({ UserContextData: "x" }),
    reason: "parameters",
    expected: invalid,
  },
  {
    case: "an administrator's flow",
    call: signIn({ USERNAME: "alice" }, "ADMIN_USER_PASSWORD_AUTH"),
    reason: "flow",
    expected: invalid,
  },
  {
    case: "an administrator's challenge",
    call: answer({ USERNAME: "alice" }, "ADMIN_NO_SRP_AUTH"),
    reason: "challenge",
    expected: invalid,
  },
  {
    case: "a refresh without token",
    call: signIn({}, "REFRESH_TOKEN_AUTH"),
    reason: "refresh-token",
    expected: invalid,
  },
])("$case is refused at the edge ($reason)", async ({ call, reason, expected: [status, type] }) => {
  const { result, body, decision } = await relay(aRequest(call), {
    read: () => Promise.reject(new Error("not asked")),
  });
  expect(result).toMatchObject({
    status: String(status),
    headers: { "access-control-allow-origin": [{ value: "*" }] },
  });
  expect(body).toEqual({ __type: type, message: expect.any(String) });
  expect(decision).toMatchObject({ event: "edge.refused", reason, status });
});

test("what can be read but not written again is refused, not crashed on", async () => {
  const nested = `${"[".repeat(50_000)}${"]".repeat(50_000)}`;
  const { body } = await relay(aRequest({ rawBody: `{"ClientId":"${CLIENT_ID}","Username":"a","x":${nested}}` }));
  expect(body).toMatchObject({ __type: "SerializationException" });
});

test.each([
  { case: "cut off by CloudFront", truncated: true, size: 10 },
  { case: "far larger than any call", truncated: false, size: 300_000 },
])("a body that is $case gets a 413", async ({ truncated, size }) => {
  const request = aRequest({ body: { ClientId: CLIENT_ID, Username: "a".repeat(size) } });
  const { result, body } = await relay({
    ...request,
    body: { ...request.body, inputTruncated: truncated },
  });
  expect(result).toMatchObject({ status: "413" });
  expect(body).toMatchObject({ __type: "InvalidParameterException" });
});

describe("without a secret nothing goes on", () => {
  const broken = { config: { "X-Portcullis-Secret": "" } };
  const unknownToSecret = secretsOf(aSecretDocument({ clients: {} }));
  const failing = { read: () => Promise.reject(new Error("AccessDenied")) };

  test.each([
    { case: "the configuration is missing", call: broken, secrets: secretsOf(), reason: "configuration" },
    { case: "the secret cannot be read", call: {}, secrets: failing, reason: "secret" },
    { case: "the secret has no entry for the client", call: {}, secrets: unknownToSecret, reason: "client-secret" },
  ])("$case: 503", async ({ call, secrets, reason }) => {
    const { result, body, decision } = await relay(aRequest(call), secrets);
    expect(result).toMatchObject({ status: "503" });
    expect(body).toEqual({ __type: "InternalErrorException", message: expect.any(String) });
    expect(decision).toMatchObject({ reason, status: 503 });
  });
});

test("a preflight is answered at the edge, with the headers that an app adds by itself", async () => {
  const headers = { "Access-Control-Request-Headers": "content-type,x-my-header" };
  const { result } = await relay(aRequest({ headers, request: { method: "OPTIONS" } }));
  expect(result).toMatchObject({ status: "200" });
  const allowed = "headers" in result && result.headers?.["access-control-allow-headers"]?.[0]?.value;
  expect(String(allowed).split(",")).toEqual(
    expect.arrayContaining(["x-amz-target", "amz-sdk-request", "x-my-header"]),
  );
});

test("a preflight cannot put lines into the answer's headers", async () => {
  const headers = { "Access-Control-Request-Headers": "a\r\nset-cookie: b" };
  const { result } = await relay(aRequest({ headers, request: { method: "OPTIONS" } }));
  expect(JSON.stringify(result)).not.toContain("set-cookie");
});

describe("what a viewer must not decide", () => {
  const ours = { SecretHash: "x", SECRET_HASH: "x", ClientSecret: "x", UserPoolId: "x", IpAddress: "192.0.2.1" };

  test.each([
    { place: "the request", more: ours },
    { place: "AuthParameters", more: { AuthParameters: { USERNAME: "alice", ...ours } } },
    { place: "UserContextData", more: { UserContextData: { EncodedData: "e", ...ours } } },
  ])("is dropped from $place", async ({ more }) => {
    const body = { AuthFlow: "USER_SRP_AUTH", ClientId: CLIENT_ID, AuthParameters: { USERNAME: "alice" }, ...more };
    const { body: sent } = await relay(aRequest({ operation: "InitiateAuth", body }));
    expect(JSON.stringify(sent)).not.toMatch(/"x"|192\.0\.2\.1/);
    expect(sent).toMatchObject({ AuthParameters: { USERNAME: "alice", SECRET_HASH: expect.stringMatching(/=$/) } });
    if ("UserContextData" in more) expect(sent["UserContextData"]).toEqual({ EncodedData: "e" });
  });

  test("is dropped from a rewritten refresh", async () => {
    const body = { AuthFlow: "REFRESH_TOKEN", ClientId: CLIENT_ID, AuthParameters: { REFRESH_TOKEN: "r" }, ...ours };
    const { body: sent } = await relay(aRequest({ operation: "InitiateAuth", body }));
    expect(sent).toEqual({ ClientId: CLIENT_ID, RefreshToken: "r", ClientSecret: CLIENT_SECRET });
  });

  test("credentials, cookies and claims about the address stay at the edge", async () => {
    const headers = {
      Authorization: "AWS4-HMAC-SHA256 x",
      Cookie: "a=b",
      "X-Forwarded-For": "192.0.2.1",
      "CloudFront-Viewer-Address": "192.0.2.1:1",
    };
    const { forwarded } = await relay(aRequest({ headers }));
    expect(Object.keys(forwarded?.headers ?? {})).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(auth|cookie|x-for|cloudfr)/)]),
    );
  });
});

test("a member called __proto__ goes on like any other", async () => {
  const rawBody = `{"ClientId":"${CLIENT_ID}","Username":"alice","__proto__":{"SecretHash":"x"}}`;
  const { forwarded } = await relay(aRequest({ rawBody }));
  const text = forwarded?.body?.data ?? "";
  expect(text).toContain('"__proto__":{"SecretHash":"x"}');
  expect(Object.keys(JSON.parse(text))).toEqual(["ClientId", "Username", "__proto__", "SecretHash"]);
});

describe("whatever arrives", () => {
  const json = fc.json({ maxDepth: 3 });
  const shaped = fc.record(
    {
      ClientId: fc.constantFrom<unknown>(CLIENT_ID, "x", 1, null),
      Username: fc.oneof(fc.string({ unit: "binary" }), fc.jsonValue()),
      AuthFlow: fc.constantFrom("USER_SRP_AUTH", "REFRESH_TOKEN", "x"),
      ChallengeName: fc.constantFrom("SMS_MFA", "x"),
      AuthParameters: fc.dictionary(fc.constantFrom("USERNAME", "SECRET_HASH", "REFRESH_TOKEN"), fc.string()),
      ChallengeResponses: fc.dictionary(fc.constantFrom("USERNAME", "SECRET_HASH"), fc.jsonValue()),
      UserContextData: fc.jsonValue(),
      SecretHash: fc.constant("forged"),
    },
    { requiredKeys: [] },
  );
  const bodies = fc.oneof(
    json,
    shaped.map((body) => JSON.stringify(body)),
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  );
  const operations = fc.constantFrom("SignUp", "InitiateAuth", "RespondToAuthChallenge", "RevokeToken", "GetUser", "x");
  const agents = fc.dictionary(
    fc.constantFrom("User-Agent", "X-Amz-User-Agent", "Cookie"),
    fc.string({ unit: "binary" }),
  );

  test("the answer is a request with our secret in it, or a JSON refusal; the log holds neither gate nor secret", async () => {
    await fc.assert(
      fc.asyncProperty(operations, bodies, agents, async (operation, rawBody, headers) => {
        const relayed = await relay(aRequest({ operation, rawBody, headers }));
        const { refused, forwarded, decision, result } = relayed;
        expect(JSON.stringify(decision)).not.toMatch(new RegExp(`${GATE}|${CLIENT_SECRET}`));
        if (refused) {
          expect(relayed.body).toEqual({ __type: expect.stringMatching(/Exception$/), message: expect.any(String) });
          expect(JSON.stringify(result)).not.toMatch(new RegExp(`${GATE}|${CLIENT_SECRET}`));
        } else if (operation !== "GetUser") {
          expect(JSON.stringify(relayed.body)).toMatch(/"(SecretHash|SECRET_HASH|ClientSecret)":"(?!forged)/);
          expect(JSON.stringify(forwarded?.headers)).not.toContain("cookie");
        }
      }),
      { numRuns: 300 },
    );
  });
});

test("an unknown operation's name, which a stranger wrote, is not logged", async () => {
  const { decision } = await relay(aRequest({ operation: "Evil" }));
  expect(decision).toEqual({ event: "edge.refused", requestId: REQUEST_ID, reason: "operation", status: 403 });
});
