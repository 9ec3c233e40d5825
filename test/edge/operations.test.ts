import { challengeNames, operationNames, operationOf, signInFlows } from "../../functions/edge/operations.ts";
import { secretHash } from "../../functions/edge/secret-hash.ts";
import { aRequest, CLIENT_ID, CLIENT_SECRET, ORIGIN, relay } from "./builders.ts";

const hash = secretHash("alice", CLIENT_ID, CLIENT_SECRET);
const targetOf = (operation: string) => `AWSCognitoIdentityProviderService.${operation}`;

const hashed = operationNames.filter((name) => operationOf(name)?.place === "hash");
const untouched = operationNames.filter((name) => operationOf(name)?.place === "untouched");

test("the table holds the 34 operations that need no AWS credentials", () => {
  expect(operationNames).toHaveLength(34);
  expect(new Set(operationNames).size).toBe(34);
  expect(hashed).toEqual([
    "SignUp",
    "ConfirmSignUp",
    "ResendConfirmationCode",
    "ForgotPassword",
    "ConfirmForgotPassword",
  ]);
});

test.each([
  {
    case: "a phone number",
    user: "+46123456789",
    client: "someKey",
    secret: "someSecret",
    expected: "IaGDgKDFGW4GZ/M+pkM2lX0gN/su2fC8n1H7zW+mIUE=",
  },
  {
    case: "letters beyond ASCII",
    user: "jürgen@exämple.de",
    client: "cid",
    secret: "s",
    expected: "0Bo6KllLMVFHGopYHiuAkmgfGglsf/Ytd2dWWiNo+6A=",
  },
])("the secret hash of $case is Cognito's", ({ user, client, secret, expected }) => {
  expect(secretHash(user, client, secret)).toBe(expected);
});

test.each(hashed)("%s gets SecretHash over Username, and nothing else changes", async (operation) => {
  const body = { ClientId: CLIENT_ID, Username: "alice", ClientMetadata: { a: "b" }, UserContextData: {} };
  const { body: sent } = await relay(aRequest({ operation, body }));
  expect(sent).toEqual({ ...body, SecretHash: hash });
});

test.each([...signInFlows].filter(([, kind]) => kind === "hash").map(([flow]) => flow))(
  "InitiateAuth %s gets AuthParameters.SECRET_HASH over AuthParameters.USERNAME",
  async (flow) => {
    const body = { AuthFlow: flow, ClientId: CLIENT_ID, AuthParameters: { USERNAME: "alice", SRP_A: "ab" } };
    const { body: sent } = await relay(aRequest({ operation: "InitiateAuth", body }));
    expect(sent).toEqual({ ...body, AuthParameters: { ...body.AuthParameters, SECRET_HASH: hash } });
  },
);

test.each([...challengeNames])("the answer to %s gets SECRET_HASH over this request's own USERNAME", async (name) => {
  const body = { ChallengeName: name, ClientId: CLIENT_ID, Session: "s", ChallengeResponses: { USERNAME: "alice" } };
  const { body: sent } = await relay(aRequest({ operation: "RespondToAuthChallenge", body }));
  expect(sent).toEqual({ ...body, ChallengeResponses: { USERNAME: "alice", SECRET_HASH: hash } });
});

test.each([
  { operation: "GetTokensFromRefreshToken", body: { ClientId: CLIENT_ID, RefreshToken: "r" } },
  { operation: "RevokeToken", body: { ClientId: CLIENT_ID, Token: "t" } },
])("$operation gets the plain client secret", async ({ operation, body }) => {
  const { body: sent } = await relay(aRequest({ operation, body }));
  expect(sent).toEqual({ ...body, ClientSecret: CLIENT_SECRET });
});

describe.each(["REFRESH_TOKEN_AUTH", "REFRESH_TOKEN"])("InitiateAuth %s", (AuthFlow) => {
  const AuthParameters = { REFRESH_TOKEN: "r", DEVICE_KEY: "d" };
  const body = { AuthFlow, ClientId: CLIENT_ID, AuthParameters, ClientMetadata: { a: "b" } };

  test("becomes GetTokensFromRefreshToken, for it has no user name to hash", async () => {
    const relayed = await relay(aRequest({ operation: "InitiateAuth", body }));
    const { body: sent, forwarded, decision } = relayed;
    expect(forwarded?.headers["x-amz-target"]?.[0]?.value).toBe(targetOf("GetTokensFromRefreshToken"));
    expect(sent).toEqual({
      ClientId: CLIENT_ID,
      RefreshToken: "r",
      ClientSecret: CLIENT_SECRET,
      DeviceKey: "d",
      ClientMetadata: { a: "b" },
    });
    expect(decision).toMatchObject({ operation: "InitiateAuth", relayedAs: "GetTokensFromRefreshToken" });
  });

  test("becomes it also where a browser's storage knew no device, and answered null", async () => {
    const AuthParameters = { REFRESH_TOKEN: "r", DEVICE_KEY: null };
    const { body: sent } = await relay(aRequest({ operation: "InitiateAuth", body: { ...body, AuthParameters } }));
    expect(sent).toEqual({
      ClientId: CLIENT_ID,
      RefreshToken: "r",
      ClientSecret: CLIENT_SECRET,
      ClientMetadata: { a: "b" },
    });
  });

  test("keeps its form and carries the plain secret with the other strategy", async () => {
    const config = { "X-Portcullis-Refresh": "plain-secret" };
    const { body: sent, forwarded } = await relay(aRequest({ operation: "InitiateAuth", body, config }));
    expect(forwarded?.headers["x-amz-target"]?.[0]?.value).toBe(targetOf("InitiateAuth"));
    expect(sent).toEqual({ ...body, AuthParameters: { ...AuthParameters, SECRET_HASH: CLIENT_SECRET } });
  });
});

test.each(untouched)("%s goes on byte for byte", async (operation) => {
  const rawBody = Buffer.from('{ "AccessToken":"x",  "a":1, "a":2, "SecretHash": "\\u0041" }\xff', "latin1");
  const request = aRequest({ operation, rawBody });
  const { forwarded } = await relay(request);
  expect(forwarded?.body).toEqual(request.body);
  expect(forwarded?.headers["x-amz-target"]?.[0]?.value).toBe(targetOf(operation));
});

test("Cognito's host name replaces the distribution's, and the configuration stays at the edge", async () => {
  const { forwarded } = await relay(aRequest());
  expect(forwarded?.headers["host"]).toEqual([{ key: "Host", value: ORIGIN }]);
  expect(forwarded?.origin?.custom?.customHeaders).toEqual({});
});

test("headers that CloudFront owns are not touched", async () => {
  const request = aRequest({ headers: { "Accept-Encoding": "gzip", "If-Match": "x" } });
  const { forwarded } = await relay(request);
  for (const name of ["content-length", "accept-encoding", "via", "if-match"])
    expect(forwarded?.headers[name]).toEqual(request.headers[name]);
});
