import { createHash } from "node:crypto";

import { HOUR } from "../../functions/domain/instant.ts";
import { operationNames } from "../../functions/edge/operations.ts";
import { secretHash } from "../../functions/edge/secret-hash.ts";
import type { Cognito, CognitoOptions } from "../../local/cognito/cognito.ts";
import type { Inspection, WebAcls } from "../../local/ports.ts";
import { CLIENT_ID, CLIENT_SECRET } from "../edge/builders.ts";
import { aCognito, allowAll, aWitness, deployment, POOL_ID } from "./proxied-pool.ts";

const NOW = Date.parse("2026-03-02T10:00:00.250Z");
let now: number;
let witness: ReturnType<typeof aWitness>;
let inspect: WebAcls["inspect"];
let cognito: Cognito;

function start(options: Partial<CognitoOptions> = {}) {
  now = NOW;
  witness = aWitness();
  inspect = () => allowAll;
  const webAcls: WebAcls = { inspect: (arn, request) => inspect(arn, request) };
  cognito = aCognito(witness, { clock: { now: () => now }, ...options }, webAcls);
  cognito.users.addUser("alice", "correct horse");
}
beforeEach(() => start());

function ask(operation: string, input: unknown, headers: Record<string, string> = {}) {
  const all = {
    "Content-Type": "application/x-amz-json-1.1",
    "X-Amz-Target": `AWSCognitoIdentityProviderService.${operation}`,
    Host: "cognito-idp.eu-west-1.amazonaws.com",
    "User-Agent": "test",
    ...headers,
  };
  const answer = cognito.handle({
    sourceIp: "203.0.113.7",
    method: "POST",
    path: "/",
    query: "",
    headers: Object.entries(all).map(([name, value]) => ({ name, value })),
    body: Buffer.from(JSON.stringify(input)),
  });
  return { ...answer, json: JSON.parse(answer.body) };
}

const hashOf = (username: string) => secretHash(username, CLIENT_ID, CLIENT_SECRET);
const withHash = (Username: string) => ({ ClientId: CLIENT_ID, Username, SecretHash: hashOf(Username) });
const signIn = (USERNAME: string, PASSWORD: string, SECRET_HASH: string | undefined = hashOf(USERNAME)) => ({
  AuthFlow: "USER_PASSWORD_AUTH",
  ClientId: CLIENT_ID,
  AuthParameters: { USERNAME, PASSWORD, ...(SECRET_HASH && { SECRET_HASH }) },
});
const tokens = () => ask("InitiateAuth", signIn("alice", "correct horse")).json.AuthenticationResult;
const usage = () => witness.metrics.filter(({ namespace }) => namespace === "AWS/Usage");

describe("the secret is asked for", () => {
  const missing = {
    __type: "NotAuthorizedException",
    message: `Client ${CLIENT_ID} is configured for secret but secret was not received`,
  };
  const wrong = { __type: "NotAuthorizedException", message: `Unable to verify secret hash for client ${CLIENT_ID}` };

  test.each(["SignUp", "ConfirmSignUp", "ResendConfirmationCode", "ForgotPassword", "ConfirmForgotPassword"])(
    "by %s, in Cognito's words",
    (operation) => {
      const input = { ClientId: CLIENT_ID, Username: "alice", Password: "long enough", ConfirmationCode: "1" };
      expect(ask(operation, input).json).toEqual(missing);
      expect(ask(operation, { ...input, SecretHash: hashOf("Alice") }).json).toEqual(wrong);
    },
  );

  test.each([
    {
      operation: "InitiateAuth",
      input: { AuthFlow: "USER_SRP_AUTH", AuthParameters: { USERNAME: "alice", SRP_A: "abcd" } },
    },
    {
      operation: "InitiateAuth",
      input: { AuthFlow: "USER_PASSWORD_AUTH", AuthParameters: { USERNAME: "alice", PASSWORD: "correct horse" } },
    },
    {
      operation: "RespondToAuthChallenge",
      input: { ChallengeName: "PASSWORD_VERIFIER", ChallengeResponses: { USERNAME: "alice" } },
    },
    { operation: "InitiateAuth", input: { AuthFlow: "REFRESH_TOKEN_AUTH", AuthParameters: { REFRESH_TOKEN: "r" } } },
    { operation: "GetTokensFromRefreshToken", input: { RefreshToken: "r" } },
  ])("by $operation $input.AuthFlow", ({ operation, input }) => {
    expect(ask(operation, { ClientId: CLIENT_ID, ...input }).json).toEqual(missing);
  });

  test("by RevokeToken, with an exception of its own", () => {
    expect(ask("RevokeToken", { ClientId: CLIENT_ID, Token: "t" })).toMatchObject({
      status: 400,
      json: { __type: "UnauthorizedException" },
    });
  });

  test("and either of two secrets is right while one is being replaced", () => {
    start({ clients: { [CLIENT_ID]: { secrets: ["old", "new"] } } });
    for (const secret of ["old", "new"])
      expect(ask("InitiateAuth", signIn("alice", "correct horse", secretHash("alice", CLIENT_ID, secret))).status).toBe(
        200,
      );
  });
});

test("an operation of the table is either played or refused by name; others do not exist here", () => {
  const types = operationNames.map((name) => ask(name, {}).json.__type);
  expect(types).not.toContain("UnknownOperationException");
  expect(types).toContain("UnsupportedOperationException");
  expect(ask("AdminGetUser", {})).toMatchObject({
    status: 403,
    json: { __type: "MissingAuthenticationTokenException" },
  });
  expect(ask("no operation", {}).json.__type).toBe("UnknownOperationException");
  expect(ask("InitiateAuth", signIn("alice", "x"), { "Content-Type": "application/json" }).json.__type).toBe(
    "UnknownOperationException",
  );
});

describe("sign-in", () => {
  test("gives tokens that open the user, until they are revoked", () => {
    const { AccessToken, RefreshToken } = tokens();
    expect(ask("GetUser", { AccessToken }).json.Username).toBe(cognito.users.find("alice")?.sub);
    const input = { ClientId: CLIENT_ID, ClientSecret: CLIENT_SECRET };
    expect(ask("GetTokensFromRefreshToken", { ...input, RefreshToken }).status).toBe(200);
    ask("RevokeToken", { ...input, Token: RefreshToken });
    expect(ask("GetTokensFromRefreshToken", { ...input, RefreshToken }).json.message).toBe(
      "Refresh Token has been revoked",
    );
    expect(ask("GetUser", { AccessToken }).json.message).toBe("Access Token has been revoked");
  });

  test("a trigger that throws is told to the caller, who is signed in once it is mended", () => {
    const { RefreshToken } = tokens();
    cognito.triggers.set("PreTokenGeneration", () => {
      throw new Error("timed out");
    });
    const input = { ClientId: CLIENT_ID, ClientSecret: CLIENT_SECRET, RefreshToken };
    for (const { json } of [
      ask("InitiateAuth", signIn("alice", "correct horse")),
      ask("GetTokensFromRefreshToken", input),
    ])
      expect(json).toMatchObject({
        __type: "UserLambdaValidationException",
        message: "PreTokenGeneration failed with error timed out.",
      });
    cognito.triggers.clear();
    expect(tokens()).toMatchObject({ TokenType: "Bearer" });
  });

  test("tokens expire and cannot be forged", () => {
    const { AccessToken } = tokens();
    const [head, , signature] = AccessToken.split(".");
    const claims = Buffer.from(JSON.stringify({ token_use: "access", exp: 9e9 })).toString("base64url");
    expect(ask("GetUser", { AccessToken: [head, claims, signature].join(".") }).json.message).toBe(
      "Invalid Access Token",
    );
    expect(ask("GetUser", { AccessToken: "rubbish" }).json.message).toBe("Invalid Access Token");
    now += HOUR;
    expect(ask("GetUser", { AccessToken }).json.message).toBe("Access Token has expired");
  });

  test("GlobalSignOut ends every session of the user", () => {
    const [one, two] = [tokens(), tokens()];
    ask("GlobalSignOut", { AccessToken: one.AccessToken });
    expect(ask("GetUser", { AccessToken: two.AccessToken }).status).toBe(400);
  });

  test("REFRESH_TOKEN_AUTH takes the hash over the internal name, not over the alias", () => {
    const { RefreshToken } = tokens();
    const refresh = (SECRET_HASH: string) =>
      ask("InitiateAuth", {
        AuthFlow: "REFRESH_TOKEN_AUTH",
        ClientId: CLIENT_ID,
        AuthParameters: { REFRESH_TOKEN: RefreshToken, SECRET_HASH },
      });
    expect(refresh(hashOf(cognito.users.find("alice")?.sub ?? "")).status).toBe(200);
    expect(refresh(hashOf("alice")).json.message).toBe(`Unable to verify secret hash for client ${CLIENT_ID}`);
  });

  test("a wrong password and an unknown user look the same", () => {
    const [wrong, unknown] = [signIn("alice", "x"), signIn("nobody", "x")].map(
      (input) => ask("InitiateAuth", input).json,
    );
    expect(wrong).toEqual({ __type: "NotAuthorizedException", message: "Incorrect username or password." });
    expect(unknown).toEqual(wrong);
  });

  test("a pool of the old kind tells who exists", () => {
    start({ hidesUsers: false });
    expect(ask("InitiateAuth", signIn("nobody", "x")).json.__type).toBe("UserNotFoundException");
  });

  test("five wrong passwords lock the user out for a second, the sixth for two", () => {
    const attempt = (password: string) => ask("InitiateAuth", signIn("alice", password)).json.message;
    for (let count = 0; count < 5; count++) expect(attempt("x")).toBe("Incorrect username or password.");
    expect(attempt("correct horse")).toBe("Password attempts exceeded");
    now += 1000;
    expect(attempt("x")).toBe("Incorrect username or password.");
    now += 1999;
    expect(attempt("correct horse")).toBe("Password attempts exceeded");
    now += 1;
    expect(attempt("correct horse")).toBeUndefined();
  });

  test("an unconfirmed user must confirm first, and the code works once", () => {
    ask("SignUp", { ...withHash("bob"), Password: "battery staple" });
    expect(ask("InitiateAuth", signIn("bob", "battery staple")).json.__type).toBe("UserNotConfirmedException");
    expect(ask("ConfirmSignUp", { ...withHash("bob"), ConfirmationCode: "wrong" }).json.__type).toBe(
      "CodeMismatchException",
    );
    const code = cognito.users.find("bob")?.code?.text;
    expect(ask("ConfirmSignUp", { ...withHash("bob"), ConfirmationCode: code }).status).toBe(200);
    expect(ask("InitiateAuth", signIn("bob", "battery staple")).status).toBe(200);
    expect(ask("SignUp", { ...withHash("Bob"), Password: "battery staple" }).json.__type).toBe(
      "UsernameExistsException",
    );
  });

  test("a forgotten password is replaced with a code, which an hour makes worthless", () => {
    const confirm = (ConfirmationCode: string | undefined) =>
      ask("ConfirmForgotPassword", { ...withHash("alice"), ConfirmationCode, Password: "battery staple" });
    ask("ForgotPassword", withHash("alice"));
    const late = cognito.users.find("alice")?.code?.text;
    now += HOUR;
    expect(confirm(late).json.__type).toBe("ExpiredCodeException");
    ask("ForgotPassword", withHash("alice"));
    expect(confirm(cognito.users.find("alice")?.code?.text).status).toBe(200);
    expect(ask("InitiateAuth", signIn("alice", "battery staple")).status).toBe(200);
  });

  test("five codes an hour, not more", () => {
    const results = Array.from({ length: 6 }, () => ask("ForgotPassword", withHash("alice")).json.__type);
    expect(results).toEqual([undefined, undefined, undefined, undefined, undefined, "LimitExceededException"]);
  });
});

describe("quotas", () => {
  test("the second's limit is for everyone; what is over it is throttled and counted all the same", () => {
    const limit = deployment.quotas.UserAccountRecovery;
    const types = Array.from(
      { length: limit + 2 },
      (_, index) => ask("ForgotPassword", withHash(`u${index}`)).json.__type,
    );
    expect(types.filter((type) => type === "TooManyRequestsException")).toHaveLength(2);
    const sum = (name: string) =>
      usage()
        .filter((datum) => datum.name === name)
        .reduce((total, { value }) => total + value, 0);
    expect([sum("CallCount"), sum("ThrottleCount")]).toEqual([limit + 2, 2]);
    now += 750;
    expect(ask("ForgotPassword", withHash("alice")).status).toBe(200);
  });

  test("use is counted with the dimensions that the alarms look for", () => {
    tokens();
    expect(usage()).toEqual([
      {
        namespace: "AWS/Usage",
        name: "CallCount",
        dimensions: { Type: "API", Resource: "UserAuthentication", Service: "Cognito user pool", Class: "None" },
        value: 1,
        at: NOW,
      },
    ]);
  });

  test("a call without the secret uses quota too", () => {
    ask("SignUp", { ClientId: CLIENT_ID, Username: "x", Password: "long enough" });
    expect(usage()[0]?.dimensions["Resource"]).toBe("UserCreation");
  });

  test("answers to challenges have three times the allowance before they count", () => {
    start({ deployment: { ...deployment, quotas: { ...deployment.quotas, UserAuthentication: 2 } } });
    const answer = () =>
      ask("RespondToAuthChallenge", { ChallengeName: "PASSWORD_VERIFIER", ClientId: CLIENT_ID }).json.__type;
    for (let count = 0; count < 6; count++) expect(answer()).toBe("InvalidParameterException");
    expect(usage()).toEqual([]);
    expect([answer(), answer(), answer()]).toEqual([
      "InvalidParameterException",
      "InvalidParameterException",
      "TooManyRequestsException",
    ]);
    expect(usage().map(({ name }) => name)).toEqual(["CallCount", "CallCount", "CallCount", "ThrottleCount"]);
  });

  test("the pool's own metrics tell successes from failures", () => {
    tokens();
    ask("InitiateAuth", signIn("alice", "x"));
    const signIns = witness.metrics.filter(({ name }) => name === "SignInSuccesses");
    expect(signIns.map(({ value }) => value)).toEqual([1, 0]);
    expect(signIns[0]?.dimensions).toEqual({ UserPool: POOL_ID, UserPoolClient: CLIENT_ID });
  });
});

describe("the pool's web ACL", () => {
  const blocked: Inspection = {
    action: "BLOCK",
    rule: "DenyList",
    response: { status: 403, headers: { "access-control-allow-origin": "*" }, body: '{"__type":"ForbiddenException"}' },
  };

  test("comes first: what it blocks uses no quota, runs nothing, and gets the rule's own answer", () => {
    inspect = () => blocked;
    expect(ask("InitiateAuth", signIn("alice", "correct horse"))).toMatchObject({
      status: 403,
      body: blocked.response?.body,
    });
    expect(witness.metrics).toEqual([]);
    expect(witness.trail).toEqual([]);
  });

  test("a block without an answer of its own is a ForbiddenException", () => {
    inspect = () => ({ ...blocked, response: null });
    expect(ask("InitiateAuth", signIn("alice", "x")).json.__type).toBe("ForbiddenException");
  });

  test("sees the caller, its headers, the operation and the client, but no body", () => {
    const seen: unknown[] = [];
    inspect = (arn, request) => {
      seen.push(arn, request);
      return allowAll;
    };
    tokens();
    const [arn, request] = seen;
    expect(arn).toBe(`arn:aws:cognito-idp:eu-west-1:111122223333:userpool/${POOL_ID}`);
    expect(request).toMatchObject({ clientIp: "203.0.113.7", body: { length: 0 } });
    expect(request).toHaveProperty(
      "headers",
      expect.arrayContaining([
        { name: "User-Agent", value: "test" },
        { name: "x-amzn-cognito-operation-name", value: "InitiateAuth" },
        { name: "x-amzn-cognito-client-id", value: CLIENT_ID },
      ]),
    );
  });
});

describe("CloudTrail", () => {
  test("records a sign-in of a user that exists, with its sub and without its name", () => {
    ask("InitiateAuth", signIn("alice", "x"));
    expect(witness.trail).toEqual([
      {
        eventVersion: "1.10",
        userIdentity: { type: "Unknown", principalId: "Anonymous" },
        eventTime: "2026-03-02T10:00:00Z",
        eventSource: "cognito-idp.amazonaws.com",
        eventName: "InitiateAuth",
        awsRegion: "eu-west-1",
        sourceIPAddress: "203.0.113.7",
        userAgent: "test",
        errorCode: "NotAuthorizedException",
        errorMessage: "Incorrect username or password.",
        requestParameters: {
          authFlow: "USER_PASSWORD_AUTH",
          authParameters: "HIDDEN_DUE_TO_SECURITY_REASONS",
          clientId: CLIENT_ID,
        },
        responseElements: null,
        additionalEventData: { sub: cognito.users.find("alice")?.sub },
        requestID: expect.any(String),
        eventID: expect.any(String),
        readOnly: false,
        eventType: "AwsApiCall",
        managementEvent: true,
        recipientAccountId: "111122223333",
        eventCategory: "Management",
        tlsDetails: expect.objectContaining({ clientProvidedHostHeader: "cognito-idp.eu-west-1.amazonaws.com" }),
      },
    ]);
  });

  test("knows no sub where there is no user, and no error where there was none", () => {
    ask("InitiateAuth", signIn("nobody", "x"));
    tokens();
    expect(witness.trail[0]).not.toHaveProperty("additionalEventData");
    expect(witness.trail[1]).not.toHaveProperty("errorCode");
  });

  test("cuts user agents at one kilobyte", () => {
    ask("InitiateAuth", signIn("alice", "x"), { "User-Agent": "a".repeat(4096) });
    expect(witness.trail[0]?.["userAgent"]).toBe("a".repeat(1024));
  });
});

test("the same random source gives the same pool", () => {
  const run = () => {
    let count = 0;
    const bytes = (size: number) => {
      const blocks = Array.from({ length: Math.ceil(size / 32) }, () =>
        createHash("sha256").update(String(count++)).digest(),
      );
      return Buffer.concat(blocks).subarray(0, size);
    };
    start({ random: bytes });
    ask("SignUp", { ...withHash("bob"), Password: "battery staple" });
    const { sub, salt, code } = cognito.users.find("bob") ?? {};
    return { sub, salt, code };
  };
  expect(run()).toEqual(run());
});
