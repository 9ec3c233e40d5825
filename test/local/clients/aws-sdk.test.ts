import {
  AdminGetUserCommand,
  AssociateSoftwareTokenCommand,
  ChangePasswordCommand,
  CognitoIdentityProviderClient,
  ConfirmDeviceCommand,
  ConfirmForgotPasswordCommand,
  ConfirmSignUpCommand,
  DeleteUserAttributesCommand,
  DeleteUserCommand,
  ForbiddenException,
  ForgetDeviceCommand,
  ForgotPasswordCommand,
  GetDeviceCommand,
  GetTokensFromRefreshTokenCommand,
  GetUserAttributeVerificationCodeCommand,
  GetUserAuthFactorsCommand,
  GetUserCommand,
  GlobalSignOutCommand,
  InitiateAuthCommand,
  InternalErrorException,
  InvalidParameterException,
  ListDevicesCommand,
  ListUserSessionsCommand,
  NotAuthorizedException,
  ResendConfirmationCodeCommand,
  ResourceNotFoundException,
  RespondToAuthChallengeCommand,
  RevokeTokenCommand,
  RevokeUserSessionCommand,
  SetUserMFAPreferenceCommand,
  SetUserSettingsCommand,
  SignUpCommand,
  UpdateAuthEventFeedbackCommand,
  UpdateDeviceStatusCommand,
  UpdateUserAttributesCommand,
  UserNotConfirmedException,
  UserPoolAddOnNotEnabledException,
  VerifySoftwareTokenCommand,
  VerifyUserAttributeCommand,
} from "@aws-sdk/client-cognito-identity-provider";

import { operationNames } from "../../../functions/edge/operations.ts";
import { CLIENT_ID } from "../../edge/builders.ts";
import { call, POOL_ID } from "../proxied-pool.ts";
import { ALICE, aPoolWithAlice, appCode, blocked, codeOf, type ProxiedPool, requests, withApps } from "./builders.ts";

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
const called = new Set<unknown>();
beforeEach(() => start());
afterEach(() => {
  for (const { eventName } of pool.trail) called.add(eventName);
  return pool.stop();
});

const initiate = ({ username: USERNAME, password: PASSWORD } = ALICE) =>
  new InitiateAuthCommand({ ClientId, AuthFlow: "USER_PASSWORD_AUTH", AuthParameters: { USERNAME, PASSWORD } });

async function signIn(user = ALICE) {
  const { AuthenticationResult = {} } = await sdk.send(initiate(user));
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

test("sets up an authenticator app and signs in with it", async () => {
  await start({ cognito: { signIn: withApps("optional") } });
  const { AccessToken } = await signIn();
  const { SecretCode = "" } = await sdk.send(new AssociateSoftwareTokenCommand({ AccessToken }));
  await sdk.send(new VerifySoftwareTokenCommand({ AccessToken, UserCode: appCode(SecretCode, -1) }));
  await sdk.send(new SetUserSettingsCommand({ AccessToken, MFAOptions: [] }));
  const SoftwareTokenMfaSettings = { Enabled: true, PreferredMfa: true };
  await sdk.send(new SetUserMFAPreferenceCommand({ AccessToken, SoftwareTokenMfaSettings }));
  const { Session, ChallengeName } = await sdk.send(initiate());
  const ChallengeResponses = { USERNAME: ALICE.username, SOFTWARE_TOKEN_MFA_CODE: appCode(SecretCode) };
  const answer = new RespondToAuthChallengeCommand({ ClientId, ChallengeName, Session, ChallengeResponses });
  expect((await sdk.send(answer)).AuthenticationResult?.AccessToken).toBeDefined();
});

test("confirms a device, reads it and forgets it", async () => {
  await start({ cognito: { signIn: { devices: { onUserPrompt: true, replacesMfa: true } } } });
  const { AuthenticationResult } = await sdk.send(initiate());
  const device = {
    AccessToken: AuthenticationResult?.AccessToken,
    DeviceKey: AuthenticationResult?.NewDeviceMetadata?.DeviceKey,
  };
  const DeviceSecretVerifierConfig = { PasswordVerifier: "dmVyaWZpZXI=", Salt: "c2FsdA==" };
  await sdk.send(new ConfirmDeviceCommand({ ...device, DeviceSecretVerifierConfig }));
  await sdk.send(new UpdateDeviceStatusCommand({ ...device, DeviceRememberedStatus: "remembered" }));
  const { Device } = await sdk.send(new GetDeviceCommand(device));
  expect(Device?.DeviceAttributes).toContainEqual({ Name: "dev:device_remembered_status", Value: "remembered" });
  expect((await sdk.send(new ListDevicesCommand(device))).Devices).toHaveLength(1);
  await sdk.send(new ForgetDeviceCommand(device));
  expect((await sdk.send(new ListDevicesCommand(device))).Devices).toEqual([]);
});

test("proves an attribute, removes one, and lists ways to sign in", async () => {
  const { AccessToken } = await signIn();
  const UserAttributes = [
    { Name: "email", Value: "alice@example.net" },
    { Name: "nickname", Value: "Al" },
  ];
  await sdk.send(new UpdateUserAttributesCommand({ AccessToken, UserAttributes }));
  await sdk.send(new GetUserAttributeVerificationCodeCommand({ AccessToken, AttributeName: "email" }));
  const Code = codeOf(pool, ALICE.username);
  await sdk.send(new VerifyUserAttributeCommand({ AccessToken, AttributeName: "email", Code }));
  await sdk.send(new DeleteUserAttributesCommand({ AccessToken, UserAttributeNames: ["nickname"] }));
  const user = await sdk.send(new GetUserCommand({ AccessToken }));
  expect(user.UserAttributes).toContainEqual({ Name: "email_verified", Value: "true" });
  expect(user.UserAttributes?.map(({ Name }) => Name)).not.toContain("nickname");
  const factors = await sdk.send(new GetUserAuthFactorsCommand({ AccessToken }));
  expect(factors.ConfiguredUserAuthFactors).toContain("PASSWORD");
});

test("lists the user's sessions and ends another one", async () => {
  const [{ AccessToken }, other] = [await signIn(), await signIn()];
  const { Sessions = [] } = await sdk.send(new ListUserSessionsCommand({ AccessToken }));
  const { SessionId } = Sessions.find(({ IsCurrentSession }) => !IsCurrentSession) ?? {};
  await sdk.send(new RevokeUserSessionCommand({ AccessToken, SessionId }));
  const refresh = new GetTokensFromRefreshTokenCommand({ ClientId, RefreshToken: other.RefreshToken });
  await expect(sdk.send(refresh)).rejects.toBeInstanceOf(NotAuthorizedException);
});

test("says what it thinks of a sign-in, and is told that the pool has no threat protection", async () => {
  const event = { UserPoolId: POOL_ID, Username: ALICE.username, EventId: "1", FeedbackToken: "token" };
  const feedback = new UpdateAuthEventFeedbackCommand({ ...event, FeedbackValue: "Valid" });
  await expect(sdk.send(feedback)).rejects.toBeInstanceOf(UserPoolAddOnNotEnabledException);
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
      command: new AdminGetUserCommand({ UserPoolId: POOL_ID, Username: "alice" }),
      ...{ type: ForbiddenException, status: 403, requests: 1 },
    },
    {
      case: "of an app client that is not ours",
      options: {},
      command: signUp({ ClientId: "9unknown23456789abcdefgh" }),
      ...{ type: ResourceNotFoundException, status: 404, requests: 1 },
    },
    {
      case: "of a flow that is not public",
      options: {},
      command: new InitiateAuthCommand({ ClientId, AuthFlow: "ADMIN_NO_SRP_AUTH", AuthParameters: {} }),
      ...{ type: InvalidParameterException, status: 422, requests: 1 },
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

test("every operation that the local Cognito plays was called above", async () => {
  const answers = operationNames.map(async (name) => {
    const { json } = await call(pool.poolUrl, name, {});
    return json["__type"] === "UnsupportedOperationException" ? [] : [name];
  });
  expect((await Promise.all(answers)).flat().filter((name) => !called.has(name))).toEqual([]);
});
