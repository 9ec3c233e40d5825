import {
  AdminGetUserCommand,
  ChangePasswordCommand,
  CognitoIdentityProviderClient,
  ConfirmForgotPasswordCommand,
  ConfirmSignUpCommand,
  DeleteUserCommand,
  ForbiddenException,
  ForgotPasswordCommand,
  GetTokensFromRefreshTokenCommand,
  GetUserCommand,
  GlobalSignOutCommand,
  InitiateAuthCommand,
  InternalErrorException,
  InvalidParameterException,
  NotAuthorizedException,
  ResendConfirmationCodeCommand,
  ResourceNotFoundException,
  RevokeTokenCommand,
  SignUpCommand,
  UpdateUserAttributesCommand,
  UserNotConfirmedException,
} from "@aws-sdk/client-cognito-identity-provider";

import { CLIENT_ID } from "../../edge/builders.ts";
import { ALICE, aPoolWithAlice, blocked, codeOf, type ProxiedPool, requests } from "./builders.ts";

const ClientId = CLIENT_ID;
let pool: ProxiedPool;
let sdk: CognitoIdentityProviderClient;

async function start(options: Parameters<typeof aPoolWithAlice>[0] = {}) {
  await pool?.stop();
  pool = await aPoolWithAlice(options);
  // Used by the one operation that wants them; the public ones are not signed.
  const credentials = { accessKeyId: "key", secretAccessKey: "secret" };
  sdk = new CognitoIdentityProviderClient({ region: "eu-west-1", endpoint: pool.viewerUrl, credentials });
}
beforeEach(() => start());
afterEach(() => pool.stop());

async function signIn({ username: USERNAME, password: PASSWORD } = ALICE) {
  const { AuthenticationResult = {} } = await sdk.send(
    new InitiateAuthCommand({ ClientId, AuthFlow: "USER_PASSWORD_AUTH", AuthParameters: { USERNAME, PASSWORD } }),
  );
  const { AccessToken = "", RefreshToken = "" } = AuthenticationResult;
  return { AccessToken, RefreshToken };
}

test("signs a user up, confirms it and deletes it", async () => {
  const bob = { username: "bob@example.com", password: "battery staple" };
  const Username = bob.username;
  const { UserSub } = await sdk.send(new SignUpCommand({ ClientId, Username, Password: bob.password }));
  await expect(signIn(bob)).rejects.toBeInstanceOf(UserNotConfirmedException);
  await sdk.send(new ResendConfirmationCodeCommand({ ClientId, Username }));
  const ConfirmationCode = codeOf(pool, Username);
  await sdk.send(new ConfirmSignUpCommand({ ClientId, Username, ConfirmationCode }));
  const { AccessToken } = await signIn(bob);
  expect((await sdk.send(new GetUserCommand({ AccessToken }))).Username).toBe(UserSub);
  await sdk.send(new DeleteUserCommand({ AccessToken }));
  await expect(signIn(bob)).rejects.toBeInstanceOf(NotAuthorizedException);
});

test("stays signed in, by either way to refresh, until it signs out", async () => {
  const { RefreshToken } = await signIn();
  const refreshed = await sdk.send(new GetTokensFromRefreshTokenCommand({ ClientId, RefreshToken }));
  const refresh = new InitiateAuthCommand({
    ...{ ClientId, AuthFlow: "REFRESH_TOKEN_AUTH", AuthParameters: { REFRESH_TOKEN: RefreshToken } },
  });
  expect(refreshed.AuthenticationResult?.AccessToken).toBeDefined();
  expect((await sdk.send(refresh)).AuthenticationResult?.AccessToken).toBeDefined();
  await sdk.send(new RevokeTokenCommand({ ClientId, Token: RefreshToken }));
  await expect(sdk.send(refresh)).rejects.toBeInstanceOf(NotAuthorizedException);
});

test("replaces a forgotten password and then changes it", async () => {
  const Username = ALICE.username;
  await sdk.send(new ForgotPasswordCommand({ ClientId, Username }));
  const code = { ConfirmationCode: codeOf(pool, Username), Password: "battery staple" };
  await sdk.send(new ConfirmForgotPasswordCommand({ ClientId, Username, ...code }));
  const { AccessToken } = await signIn({ ...ALICE, password: "battery staple" });
  const change = { PreviousPassword: "battery staple", ProposedPassword: "staple battery" };
  await sdk.send(new ChangePasswordCommand({ AccessToken, ...change }));
  await expect(signIn()).rejects.toBeInstanceOf(NotAuthorizedException);
});

test("changes attributes, and signs out everywhere", async () => {
  const { AccessToken } = await signIn();
  const UserAttributes = [{ Name: "given_name", Value: "Alice" }];
  await sdk.send(new UpdateUserAttributesCommand({ AccessToken, UserAttributes }));
  const user = await sdk.send(new GetUserCommand({ AccessToken }));
  expect(user.UserAttributes).toContainEqual({ Name: "given_name", Value: "Alice" });
  await sdk.send(new GlobalSignOutCommand({ AccessToken }));
  await expect(sdk.send(new GetUserCommand({ AccessToken }))).rejects.toBeInstanceOf(NotAuthorizedException);
});

describe("a refusal", () => {
  const signUp = (over: object = {}) =>
    new SignUpCommand({ ClientId, Username: "bob@example.com", Password: "battery staple", ...over });

  test.each([
    {
      case: "by the web ACL",
      options: { judge: () => blocked },
      command: signUp(),
      ...{ type: ForbiddenException, status: 403, requests: 1 },
    },
    {
      case: "of an operation that is not public",
      options: {},
      command: new AdminGetUserCommand({ UserPoolId: "eu-west-1_Ab12Cd34E", Username: "alice" }),
      ...{ type: ForbiddenException, status: 403, requests: 1 },
    },
    {
      case: "of an app client that is not ours",
      options: {},
      command: signUp({ ClientId: "9unknown23456789abcdefgh" }),
      ...{ type: ResourceNotFoundException, status: 400, requests: 1 },
    },
    {
      case: "of a body that is too large",
      options: {},
      command: signUp({ ClientMetadata: { x: "x".repeat(300_000) } }),
      ...{ type: InvalidParameterException, status: 413, requests: 1 },
    },
    {
      case: "for want of the secret, which the next try may find",
      options: { secrets: { read: () => Promise.reject(new Error("Secrets Manager does not answer")) } },
      command: signUp(),
      ...{ type: InternalErrorException, status: 503, requests: 3 },
    },
  ])("$case is a typed error with status $status after $requests request(s)", async (given) => {
    await start(given.options);
    // Every command is sent alike; their input types have nothing in common.
    const error = await sdk.send(given.command as SignUpCommand).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(given.type);
    expect(error).toMatchObject({ $metadata: { httpStatusCode: given.status } });
    expect([requests(pool), pool.trail]).toEqual([given.requests, []]);
  });
});
