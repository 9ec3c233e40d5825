import { randomBytes } from "node:crypto";

import {
  AdminInitiateAuthCommand,
  type AdminInitiateAuthCommandInput,
  AdminRespondToAuthChallengeCommand,
  InitiateAuthCommand,
} from "@aws-sdk/client-cognito-identity-provider";

import { secretHash } from "../../functions/edge/secret-hash.ts";
import { AwsError } from "../../local/aws-wire.ts";
import type { CognitoOptions } from "../../local/cognito/cognito.ts";
import { createSrpClient } from "../../local/cognito/srp-client.ts";
import type { Permission } from "../../local/ports.ts";
import { CLIENT_ID, CLIENT_SECRET } from "../edge/builders.ts";
import { aCognitoService, type CognitoService } from "./cognito-service.ts";
import { deployment, POOL_ID } from "./proxied-pool.ts";

const ROLE = "arn:aws:iam::111122223333:role/portcullis-edge";
const SIGNED = "role.edge/20261122/eu-west-1";
let service: CognitoService;
const asked: { accessKeyId: string; needs: readonly Permission[] }[] = [];

async function start(cognito: Partial<CognitoOptions> = {}) {
  asked.length = 0;
  service = await aCognitoService({
    cognito: { roleOf: (key) => (key === "role.edge" ? ROLE : null), ...cognito },
    authorize(accessKeyId, needs) {
      asked.push({ accessKeyId, needs });
      if (accessKeyId === "role.poor") throw new AwsError("AccessDeniedException", "no", { status: 403 });
    },
  });
  service.cognito.users.addUser("alice", "correct horse");
}
beforeEach(() => start());
afterEach(() => service.stop());

const edge = () => service.as("role.edge");
const hashOf = (username: string) => secretHash(username, CLIENT_ID, CLIENT_SECRET);

const ContextData = {
  IpAddress: "2001:db8::7",
  ServerName: "d111111abcdef8.cloudfront.net",
  ServerPath: "/",
  HttpHeaders: [{ headerName: "user-agent", headerValue: "test" }],
};
const signIn = (over: Partial<AdminInitiateAuthCommandInput> = {}) =>
  new AdminInitiateAuthCommand({
    UserPoolId: POOL_ID,
    ClientId: CLIENT_ID,
    AuthFlow: "ADMIN_USER_PASSWORD_AUTH",
    AuthParameters: { USERNAME: "alice", PASSWORD: "correct horse", SECRET_HASH: hashOf("alice") },
    ContextData,
    ...over,
  });

describe("AdminInitiateAuth", () => {
  test.each(["ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"] as const)("signs in by %s", async (AuthFlow) => {
    const { AuthenticationResult } = await edge().send(signIn({ AuthFlow }));
    expect(AuthenticationResult).toMatchObject({ TokenType: "Bearer", RefreshToken: expect.any(String) });
  });

  test("by password is for servers where the client allows it to them alone", async () => {
    const publicly = new InitiateAuthCommand({ ...signIn().input, AuthFlow: "USER_PASSWORD_AUTH" });
    const restart = async (flow: string) => {
      await service.stop();
      await start({ clients: { [CLIENT_ID]: { secrets: [CLIENT_SECRET], flows: [flow] } } });
    };
    await restart("ALLOW_ADMIN_USER_PASSWORD_AUTH");
    expect((await edge().send(signIn())).AuthenticationResult).toBeDefined();
    await expect(edge().send(publicly)).rejects.toMatchObject({
      name: "InvalidParameterException",
      message: "USER_PASSWORD_AUTH flow not enabled for this client",
    });
    await restart("ALLOW_USER_PASSWORD_AUTH");
    expect((await edge().send(publicly)).AuthenticationResult).toBeDefined();
    await expect(edge().send(signIn())).rejects.toMatchObject({
      name: "InvalidParameterException",
      message: "Auth flow not enabled for this client",
    });
  });

  test("refreshes", async () => {
    const { AuthenticationResult } = await edge().send(signIn());
    const AuthParameters = {
      REFRESH_TOKEN: AuthenticationResult?.RefreshToken ?? "",
      SECRET_HASH: hashOf(service.cognito.users.find("alice")?.sub ?? ""),
    };
    const refreshed = await edge().send(signIn({ AuthFlow: "REFRESH_TOKEN_AUTH", AuthParameters }));
    expect(refreshed.AuthenticationResult?.AccessToken).toEqual(expect.any(String));
  });

  test.each<{ case: string; over: Partial<AdminInitiateAuthCommandInput>; name: string; message: string }>([
    {
      case: "the public operation's name of the password flow",
      over: { AuthFlow: "USER_PASSWORD_AUTH" },
      name: "InvalidParameterException",
      message: "Initiate Auth method not supported",
    },
    {
      case: "another pool",
      over: { UserPoolId: "eu-west-1_Other1234" },
      name: "ResourceNotFoundException",
      message: "User pool eu-west-1_Other1234 does not exist.",
    },
    {
      case: "another client",
      over: { ClientId: "2example23456789abcdefgh" },
      name: "ResourceNotFoundException",
      message: "User pool client 2example23456789abcdefgh does not exist.",
    },
    {
      case: "a missing hash",
      over: { AuthParameters: { USERNAME: "alice", PASSWORD: "correct horse" } },
      name: "NotAuthorizedException",
      message: `Client ${CLIENT_ID} is configured for secret but secret was not received`,
    },
    {
      case: "a wrong hash",
      over: { AuthParameters: { USERNAME: "alice", PASSWORD: "correct horse", SECRET_HASH: hashOf("bob") } },
      name: "NotAuthorizedException",
      message: `Unable to verify secret hash for client ${CLIENT_ID}`,
    },
    {
      case: "a wrong password",
      over: { AuthParameters: { USERNAME: "alice", PASSWORD: "x", SECRET_HASH: hashOf("alice") } },
      name: "NotAuthorizedException",
      message: "Incorrect username or password.",
    },
  ])("refuses $case", async ({ over, name, message }) => {
    await expect(edge().send(signIn(over))).rejects.toMatchObject({ name, message });
  });

  test.each([
    { case: "no address", context: { ...ContextData, IpAddress: undefined } },
    { case: "no valid address", context: { ...ContextData, IpAddress: "203.0.113.300" } },
    { case: "no server name", context: { ...ContextData, ServerName: undefined } },
    { case: "no path", context: { ...ContextData, ServerPath: undefined } },
    { case: "no headers", context: { ...ContextData, HttpHeaders: undefined } },
    { case: "headers in another form", context: { ...ContextData, HttpHeaders: [["user-agent", "test"]] } },
  ])("refuses ContextData with $case", async ({ context }) => {
    const answer = await service.post("AdminInitiateAuth", { ...signIn().input, ContextData: context }, SIGNED);
    expect(answer.json["__type"]).toBe("InvalidParameterException");
    expect(service.cognito.contexts).toEqual([]);
  });

  test("takes a call without ContextData, but none with UserContextData", async () => {
    const { ContextData: _, ...input } = signIn().input;
    expect((await service.post("AdminInitiateAuth", input, SIGNED)).status).toBe(200);
    const told = await service.post("AdminInitiateAuth", { ...input, UserContextData: { EncodedData: "e" } }, SIGNED);
    expect(told.json["__type"]).toBe("InvalidParameterException");
  });

  test("remembers the address that the edge gave, not the edge's own", async () => {
    await edge().send(signIn());
    await edge()
      .send(signIn({ AuthParameters: { USERNAME: "nobody", PASSWORD: "x", SECRET_HASH: "x" } }))
      .catch(() => 0);
    const seen = { operation: "AdminInitiateAuth", clientId: CLIENT_ID, ipAddress: "2001:db8::7", encodedData: null };
    expect(service.cognito.contexts).toEqual([
      { ...seen, username: "alice", sub: service.cognito.users.find("alice")?.sub, sourceIp: expect.any(String) },
      { ...seen, username: "nobody", sub: null, sourceIp: expect.any(String) },
    ]);
  });
});

describe("a sign-in by SRP", () => {
  const toAdmin = (answers: Record<string, string>) =>
    edge().send(
      new AdminRespondToAuthChallengeCommand({
        UserPoolId: POOL_ID,
        ClientId: CLIENT_ID,
        ChallengeName: "PASSWORD_VERIFIER",
        ChallengeResponses: answers,
        ContextData,
      }),
    );
  const srp = createSrpClient("Ab12Cd34E", randomBytes);
  const AuthParameters = { USERNAME: "alice", SRP_A: srp.srpA, SECRET_HASH: hashOf("alice") };
  const beginAdmin = () => edge().send(signIn({ AuthFlow: "USER_SRP_AUTH", AuthParameters }));
  function answer(challenge: Record<string, string> = {}) {
    const answers = srp.answer(challenge, "correct horse", new Date());
    return { ...answers, SECRET_HASH: hashOf(answers["USERNAME"] ?? "") };
  }

  test("goes through both Admin operations", async () => {
    const { ChallengeParameters } = await beginAdmin();
    const { AuthenticationResult } = await toAdmin(answer(ChallengeParameters));
    expect(AuthenticationResult?.AccessToken).toEqual(expect.any(String));
  });

  test("that began in the public variant does not go on in the other", async () => {
    const begun = new InitiateAuthCommand({ ClientId: CLIENT_ID, AuthFlow: "USER_SRP_AUTH", AuthParameters });
    const { ChallengeParameters } = await edge().send(begun);
    await expect(toAdmin(answer(ChallengeParameters))).rejects.toMatchObject({
      name: "NotAuthorizedException",
      message: "Invalid session for the user.",
    });
  });

  test("that began in the Admin variant does not go on in the public one", async () => {
    const { ChallengeParameters } = await beginAdmin();
    const ChallengeResponses = answer(ChallengeParameters);
    const input = { ClientId: CLIENT_ID, ChallengeName: "PASSWORD_VERIFIER", ChallengeResponses };
    expect((await service.post("RespondToAuthChallenge", input)).json).toEqual({
      __type: "NotAuthorizedException",
      message: "Invalid session for the user.",
    });
  });
});

describe("who may call", () => {
  test("IAM is asked for the operation on the pool that the call names", async () => {
    await edge().send(signIn());
    await edge()
      .send(signIn({ UserPoolId: "eu-west-1_Other1234" }))
      .catch(() => 0);
    const needs = (pool: string) => [
      {
        action: "cognito-idp:AdminInitiateAuth",
        resource: `arn:aws:cognito-idp:eu-west-1:111122223333:userpool/${pool}`,
      },
    ];
    expect(asked).toEqual([
      { accessKeyId: "role.edge", needs: needs(POOL_ID) },
      { accessKeyId: "role.edge", needs: needs("eu-west-1_Other1234") },
    ]);
    await expect(service.as("role.poor").send(signIn())).rejects.toMatchObject({ name: "AccessDeniedException" });
  });

  test.each([
    { case: "unsigned", credential: undefined, type: "MissingAuthenticationTokenException", status: 403 },
    {
      case: "signed for another Region than the pool's",
      credential: "role.edge/20261122/us-east-1",
      type: "InvalidSignatureException",
      status: 400,
    },
  ])("a call that is $case is refused in Cognito's form", async ({ credential, type, status }) => {
    const answer = await service.post("AdminInitiateAuth", signIn().input, credential);
    expect(answer).toMatchObject({ status, json: { __type: type } });
    expect(answer.headers.get("x-amzn-errortype")).toBe(`${type}:`);
    expect(service.metrics).toEqual([]);
  });

  test("operations that the stand-in does not have are refused by name", async () => {
    const answer = await service.post("AdminDeleteUser", { UserPoolId: POOL_ID, Username: "alice" }, SIGNED);
    expect(answer.json["__type"]).toBe("UnknownOperationException");
  });
});

describe("what the account sees of it", () => {
  test("the quota of sign-ins, and the pool's own metrics", async () => {
    await edge().send(signIn());
    const [use, ...own] = service.metrics;
    expect(use).toMatchObject({ name: "CallCount", dimensions: { Resource: "UserAuthentication" }, value: 1 });
    expect(own.find(({ name }) => name === "SignInSuccesses")).toMatchObject({
      dimensions: { UserPool: POOL_ID, UserPoolClient: CLIENT_ID },
      value: 1,
    });
  });

  test("public and Admin sign-ins share one allowance", async () => {
    const AuthParameters = { USERNAME: "alice", PASSWORD: "correct horse", SECRET_HASH: hashOf("alice") };
    const publicly = { ClientId: CLIENT_ID, AuthFlow: "USER_PASSWORD_AUTH", AuthParameters };
    await service.stop();
    await start({
      clock: { now: () => Date.parse("2026-03-02T10:00:00Z") },
      deployment: { ...deployment, quotas: { ...deployment.quotas, UserAuthentication: 1 } },
    });
    expect((await service.post("InitiateAuth", publicly)).status).toBe(200);
    await expect(edge().send(signIn())).rejects.toMatchObject({ name: "TooManyRequestsException" });
  });

  test("the pool's web ACL judges public calls only, also those of the edge function", async () => {
    await edge().send(signIn());
    expect(service.inspected).toEqual([]);
    await service.post("GetUser", { AccessToken: "t" });
    await service.post("GetUser", { AccessToken: "t" }, SIGNED);
    expect(service.inspected).toHaveLength(2);
  });

  test("CloudTrail's record names the role and an address of AWS, and hides the rest", async () => {
    await edge().send(signIn());
    expect(service.trail).toEqual([
      expect.objectContaining({
        userIdentity: {
          type: "AssumedRole",
          principalId: "portcullis-edge:local",
          arn: "arn:aws:sts::111122223333:assumed-role/portcullis-edge/local",
          accountId: "111122223333",
          accessKeyId: "role.edge",
          sessionContext: {
            sessionIssuer: {
              type: "Role",
              principalId: "portcullis-edge",
              arn: ROLE,
              accountId: "111122223333",
              userName: "portcullis-edge",
            },
            attributes: { creationDate: expect.any(String), mfaAuthenticated: "false" },
          },
        },
        eventName: "AdminInitiateAuth",
        sourceIPAddress: "3.80.0.10",
        userAgent: expect.stringContaining("aws-sdk-js/"),
        requestParameters: {
          userPoolId: POOL_ID,
          clientId: CLIENT_ID,
          authFlow: "ADMIN_USER_PASSWORD_AUTH",
          authParameters: "HIDDEN_DUE_TO_SECURITY_REASONS",
          contextData: "HIDDEN_DUE_TO_SECURITY_REASONS",
        },
        additionalEventData: { sub: service.cognito.users.find("alice")?.sub },
      }),
    ]);
  });
});

test("a public call at the AWS endpoint is answered byte for byte as at the pool's own", async () => {
  const input = { ClientId: CLIENT_ID, Username: "alice" };
  const { headers, status, text } = await service.post("ForgotPassword", input);
  const direct = service.cognito.handle({
    sourceIp: "203.0.113.7",
    method: "POST",
    path: "/",
    query: "",
    headers: [
      { name: "content-type", value: "application/x-amz-json-1.1" },
      { name: "x-amz-target", value: "AWSCognitoIdentityProviderService.ForgotPassword" },
    ],
    body: Buffer.from(JSON.stringify(input)),
  });
  expect([status, text]).toEqual([direct.status, direct.body]);
  const { "x-amzn-requestid": _, ...told } = direct.headers;
  expect(Object.fromEntries(headers)).toMatchObject(told);
});
