import { createHmac } from "node:crypto";

import { operations } from "../../functions/edge/operations.ts";
import {
  aCognitoEndpoint,
  aProxy,
  aRequest,
  CLIENT_ID,
  CLIENT_SECRET,
  DISTRIBUTION,
  ORIGIN,
  relay,
} from "./builders.ts";

const POOL = "eu-west-1_Ab12Cd34E";
const hash = createHmac("sha256", CLIENT_SECRET).update(`alice${CLIENT_ID}`).digest("base64");

const bodies: Readonly<Record<string, object>> = {
  InitiateAuth: { AuthFlow: "USER_SRP_AUTH", ClientId: CLIENT_ID, AuthParameters: { USERNAME: "alice", SRP_A: "ab" } },
  RespondToAuthChallenge: {
    ChallengeName: "SMS_MFA",
    ClientId: CLIENT_ID,
    Session: "s",
    ChallengeResponses: { USERNAME: "alice", SMS_MFA_CODE: "123456" },
  },
  GetTokensFromRefreshToken: { ClientId: CLIENT_ID, RefreshToken: "r" },
  RevokeToken: { ClientId: CLIENT_ID, Token: "t" },
};
const bodyOf = (operation: string) => bodies[operation] ?? { ClientId: CLIENT_ID, Username: "alice" };

describe("clientAddress: userContext", () => {
  const config = { "X-Portcullis-Client-Address": "userContext" };

  test("is taken by the seven operations that Cognito documents it for", () => {
    expect(operations.filter(({ takesContext }) => takesContext).map(({ name }) => name)).toEqual([
      "SignUp",
      "ConfirmSignUp",
      "ResendConfirmationCode",
      "ForgotPassword",
      "ConfirmForgotPassword",
      "InitiateAuth",
      "RespondToAuthChallenge",
    ]);
  });

  describe.each(operations.filter(({ place }) => place !== "untouched"))("$name", ({ name, takesContext }) => {
    const expected = takesContext ? { IpAddress: "203.0.113.7" } : undefined;

    test(takesContext ? "tells the address that CloudFront saw" : "tells no address", async () => {
      const { body } = await relay(aRequest({ operation: name, body: bodyOf(name), config }));
      expect(body["UserContextData"]).toEqual(expected);
    });

    test("never passes the viewer's own claim on, but keeps EncodedData", async () => {
      const UserContextData = { IpAddress: "192.0.2.1", EncodedData: "e" };
      const { body } = await relay(aRequest({ operation: name, body: { ...bodyOf(name), UserContextData }, config }));
      expect(body["UserContextData"]).toEqual({ EncodedData: "e", ...expected });
    });
  });

  test.each([
    { clientIp: "2001:0DB8:0:0:0:0:0:1", expected: "2001:db8::1" },
    { clientIp: "::ffff:198.51.100.4", expected: "198.51.100.4" },
  ])("the address is canonical: $clientIp", async ({ clientIp, expected }) => {
    const { body } = await relay(aRequest({ config, request: { clientIp } }));
    expect(body["UserContextData"]).toEqual({ IpAddress: expected });
  });

  test("a refresh that is rewritten has no place for it", async () => {
    const refresh = { AuthFlow: "REFRESH_TOKEN_AUTH", ClientId: CLIENT_ID, AuthParameters: { REFRESH_TOKEN: "r" } };
    const { body } = await relay(aRequest({ operation: "InitiateAuth", body: refresh, config }));
    expect(Object.keys(body)).toEqual(["ClientId", "RefreshToken", "ClientSecret"]);
  });

  test("without it no address is sent, whatever the viewer claims", async () => {
    const body = { ...bodyOf("SignUp"), UserContextData: { IpAddress: "192.0.2.1" } };
    expect((await relay(aRequest({ body }))).body["UserContextData"]).toEqual({});
  });
});

describe("AdvancedSecurityEnabled", () => {
  const config = { "X-Portcullis-Admin-Pool": POOL };
  const tokens = { body: '{"AuthenticationResult":{"AccessToken":"a"},"ChallengeParameters":{}}' };

  async function sign(operation: string, body: object, headers: Record<string, string> = {}) {
    const cognito = aCognitoEndpoint(() => tokens);
    const answer = await aProxy({ cognito })(aRequest({ operation, body, config, headers }));
    const [request] = cognito.requests;
    return { answer, request, sent: JSON.parse(request?.body ?? "{}") };
  }

  test("InitiateAuth becomes a signed AdminInitiateAuth with the viewer's context", async () => {
    const { answer, request, sent } = await sign("InitiateAuth", bodyOf("InitiateAuth"), {
      Origin: "https://app.example",
      Cookie: "a=b",
      Authorization: "Bearer x",
    });
    expect(request).toMatchObject({
      host: ORIGIN,
      signed: true,
      headers: { "x-amz-target": "AWSCognitoIdentityProviderService.AdminInitiateAuth" },
    });
    expect(sent).toEqual({
      UserPoolId: POOL,
      ClientId: CLIENT_ID,
      AuthFlow: "USER_SRP_AUTH",
      AuthParameters: { USERNAME: "alice", SRP_A: "ab", SECRET_HASH: hash },
      ContextData: {
        IpAddress: "203.0.113.7",
        ServerName: DISTRIBUTION,
        ServerPath: "/",
        HttpHeaders: [
          { headerName: "user-agent", headerValue: "test-agent/1.0" },
          { headerName: "origin", headerValue: "https://app.example" },
        ],
      },
    });
    expect(answer.body).toEqual(JSON.parse(tokens.body));
    expect(answer.result).toMatchObject({
      status: "200",
      headers: { "access-control-allow-origin": [{ value: "*" }] },
    });
    expect(answer.decision).toMatchObject({
      event: "edge.relayed",
      operation: "InitiateAuth",
      relayedAs: "AdminInitiateAuth",
      asked: { status: 200, tried: 1 },
    });
  });

  test("RespondToAuthChallenge becomes AdminRespondToAuthChallenge and keeps the session", async () => {
    const { request, sent } = await sign("RespondToAuthChallenge", bodyOf("RespondToAuthChallenge"));
    expect(request?.headers["x-amz-target"]).toBe("AWSCognitoIdentityProviderService.AdminRespondToAuthChallenge");
    expect(sent).toMatchObject({
      UserPoolId: POOL,
      ChallengeName: "SMS_MFA",
      Session: "s",
      ChallengeResponses: { USERNAME: "alice", SMS_MFA_CODE: "123456", SECRET_HASH: hash },
    });
  });

  test.each([
    ["USER_PASSWORD_AUTH", "ADMIN_USER_PASSWORD_AUTH"],
    ["USER_SRP_AUTH", "USER_SRP_AUTH"],
    ["CUSTOM_AUTH", "CUSTOM_AUTH"],
    ["USER_AUTH", "USER_AUTH"],
  ])("the flow %s is %s there", async (AuthFlow, expected) => {
    const { sent } = await sign("InitiateAuth", { ...bodyOf("InitiateAuth"), AuthFlow });
    expect(sent.AuthFlow).toBe(expected);
  });

  test("EncodedData goes along, a claimed address and members that the edge does not know do not", async () => {
    const { sent } = await sign("InitiateAuth", {
      ...bodyOf("InitiateAuth"),
      UserContextData: { IpAddress: "192.0.2.1", EncodedData: "e" },
      ContextData: { IpAddress: "192.0.2.2" },
      UserPoolId: "eu-west-1_Other0000",
      AnalyticsMetadata: { AnalyticsEndpointId: "p" },
    });
    expect(sent).toMatchObject({ UserPoolId: POOL, AnalyticsMetadata: { AnalyticsEndpointId: "p" } });
    expect(sent.ContextData).toMatchObject({ IpAddress: "203.0.113.7", EncodedData: "e" });
    expect(JSON.stringify(sent)).not.toMatch(/192\.0\.2\.|UserContextData|Other0000/);
  });

  test.each(operations.filter(({ asAdmin }) => asAdmin === null))(
    "$name stays the public operation",
    async ({ name }) => {
      const { forwarded } = await relay(aRequest({ operation: name, body: bodyOf(name), config }));
      expect(forwarded?.headers["x-amz-target"]?.[0]?.value).toBe(`AWSCognitoIdentityProviderService.${name}`);
    },
  );

  test("a refresh is rewritten as ever, and is the public operation then", async () => {
    const refresh = { AuthFlow: "REFRESH_TOKEN_AUTH", ClientId: CLIENT_ID, AuthParameters: { REFRESH_TOKEN: "r" } };
    const { forwarded } = await relay(aRequest({ operation: "InitiateAuth", body: refresh, config }));
    expect(forwarded?.headers["x-amz-target"]?.[0]?.value).toMatch(/GetTokensFromRefreshToken$/);
  });

  test.each([
    "AccessDeniedException",
    "UnrecognizedClientException",
    "InvalidSignatureException",
    "ExpiredTokenException",
    "IncompleteSignatureException",
    "MissingAuthenticationTokenException",
    "SomethingNewException",
  ])("%s, which is about our own credentials, becomes a 503", async (type) => {
    const cognito = aCognitoEndpoint(() => ({
      status: 400,
      body: `{"__type":"${type}","message":"arn:aws:sts::111122223333:assumed-role/edge is not authorized"}`,
    }));
    const { result, body, decision } = await aProxy({ cognito })(
      aRequest({ operation: "InitiateAuth", body: bodyOf("InitiateAuth"), config }),
    );
    expect(result).toMatchObject({ status: "503" });
    expect(body).toEqual({ __type: "InternalErrorException", message: expect.not.stringContaining("arn:") });
    expect(decision).toMatchObject({ reason: "credentials", fault: type });
  });

  test.each([
    { case: "in the body", answer: { body: '{"__type":"UserNotConfirmedException","message":"m"}' } },
    {
      case: "with a namespace",
      answer: { body: '{"__type":"com.amazonaws#UserNotConfirmedException","message":"m"}' },
    },
    {
      case: "in the header only",
      answer: { body: '{"message":"m"}', headers: { "x-amzn-errortype": "UserNotConfirmedException:http://x/" } },
    },
  ])("an error about the user reaches the viewer, its type $case", async ({ answer }) => {
    const cognito = aCognitoEndpoint(() => ({ status: 400, ...answer }));
    const { result, body } = await aProxy({ cognito })(
      aRequest({ operation: "InitiateAuth", body: bodyOf("InitiateAuth"), config }),
    );
    expect(result).toMatchObject({ status: "400" });
    expect(result).not.toHaveProperty("headers.x-amzn-errortype");
    expect(body).toEqual({ __type: "UserNotConfirmedException", message: "m" });
  });

  test.each([
    { case: "HTML", answer: { status: 502, body: "<html>" } },
    { case: "an empty answer", answer: { status: 200, body: "" } },
    { case: "a redirect", answer: { status: 302, body: "{}" } },
    { case: "a status that does not exist", answer: { status: 799, body: '{"__type":"UserNotFoundException"}' } },
    { case: "nearly a megabyte", answer: { body: JSON.stringify({ a: "b".repeat(1_048_500) }) } },
    {
      case: "an error nested too deeply",
      answer: {
        status: 400,
        body: `{"__type":"UserNotFoundException","a":${"[".repeat(10_000)}${"]".repeat(10_000)}}`,
      },
    },
    { case: "an error without a type", answer: { status: 400, body: "{}" } },
    { case: "no answer", answer: new Error("connect ECONNREFUSED with a body") },
  ])("$case from Cognito becomes a 503 in JSON", async ({ answer }) => {
    const cognito = aCognitoEndpoint(() => answer);
    const { result, body, decision } = await aProxy({ cognito })(
      aRequest({ operation: "InitiateAuth", body: bodyOf("InitiateAuth"), config }),
    );
    expect(result).toMatchObject({ status: "503" });
    expect(body).toMatchObject({ __type: "InternalErrorException" });
    expect(decision).toMatchObject({ event: "edge.refused", reason: "cognito" });
    expect(JSON.stringify(decision)).not.toContain("ECONNREFUSED");
  });
});
