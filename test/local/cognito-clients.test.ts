import {
  CognitoIdentityProviderClient,
  ConfirmSignUpCommand,
  GetUserCommand,
  InitiateAuthCommand,
  SignUpCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import {
  AuthenticationDetails,
  CognitoUser,
  CognitoUserPool,
  type CognitoUserSession,
} from "amazon-cognito-identity-js";
import { Amplify } from "aws-amplify";
import { fetchAuthSession, getCurrentUser, signIn, signOut } from "aws-amplify/auth";

import { CLIENT_ID } from "../edge/builders.ts";
import { aProxiedPool, POOL_ID } from "./proxied-pool.ts";

type Pool = Awaited<ReturnType<typeof aProxiedPool>>;
let pool: Pool;
beforeEach(async () => {
  jest.spyOn(console, "warn").mockImplementation(() => undefined); // Amplify doubts every endpoint but Cognito's
  pool = await aProxiedPool();
  pool.users.addUser("alice@example.com", "correct horse");
});
afterEach(() => pool.stop());

const operations = () =>
  pool.trail.map(({ eventName, errorMessage }) => [eventName, errorMessage].filter(Boolean).join(": "));

describe("amazon-cognito-identity-js", () => {
  function aUser(endpoint: string) {
    const userPool = new CognitoUserPool({ UserPoolId: POOL_ID, ClientId: CLIENT_ID, endpoint });
    return new CognitoUser({ Username: "alice@example.com", Pool: userPool });
  }
  const authenticate = (user: CognitoUser, Password: string) =>
    new Promise<CognitoUserSession>((onSuccess, onFailure) => {
      const details = new AuthenticationDetails({ Username: "alice@example.com", Password });
      user.authenticateUser(details, { onSuccess, onFailure });
    });
  const refresh = (user: CognitoUser, session: CognitoUserSession) =>
    new Promise<CognitoUserSession>((resolve, reject) => {
      user.refreshSession(session.getRefreshToken(), (error, next) => (error ? reject(error) : resolve(next)));
    });

  test("signs in with SRP, refreshes and signs out through the proxy", async () => {
    const user = aUser(pool.viewerUrl);
    const session = await authenticate(user, "correct horse");
    const next = await refresh(user, session);
    expect(next.getAccessToken().getJwtToken()).not.toBe(session.getAccessToken().getJwtToken());
    await new Promise<void>((resolve) => user.signOut(resolve));
    expect(operations()).toEqual([
      "InitiateAuth",
      "RespondToAuthChallenge",
      "GetTokensFromRefreshToken",
      "RevokeToken",
    ]);
  });

  test("is told that the password is wrong, in the words it knows", async () => {
    await expect(authenticate(aUser(pool.viewerUrl), "wrong")).rejects.toMatchObject({
      code: "NotAuthorizedException",
      message: "Incorrect username or password.",
    });
  });

  test("fails at the pool itself, for it has no secret", async () => {
    await expect(authenticate(aUser(pool.poolUrl), "correct horse")).rejects.toMatchObject({
      message: `Client ${CLIENT_ID} is configured for secret but secret was not received`,
    });
  });
});

describe("aws-amplify", () => {
  const configure = (userPoolEndpoint: string) =>
    Amplify.configure({ Auth: { Cognito: { userPoolId: POOL_ID, userPoolClientId: CLIENT_ID, userPoolEndpoint } } });
  afterEach(() => signOut().catch(() => undefined));

  test.each(["USER_SRP_AUTH", "USER_PASSWORD_AUTH"] as const)(
    "signs in with %s, refreshes and signs out through the proxy",
    async (authFlowType) => {
      configure(pool.viewerUrl);
      const username = "alice@example.com";
      const { isSignedIn } = await signIn({ username, password: "correct horse", options: { authFlowType } });
      expect(isSignedIn).toBe(true);
      expect((await getCurrentUser()).signInDetails?.loginId).toBe(username);
      const before = (await fetchAuthSession()).tokens?.accessToken.toString();
      const after = (await fetchAuthSession({ forceRefresh: true })).tokens?.accessToken.toString();
      expect(after).toBeDefined();
      expect(after).not.toBe(before);
      await signOut();
      expect(operations().slice(-2)).toEqual(["GetTokensFromRefreshToken", "RevokeToken"]);
    },
  );

  test("fails at the pool itself, for it has no secret", async () => {
    configure(pool.poolUrl);
    await expect(signIn({ username: "alice@example.com", password: "correct horse" })).rejects.toMatchObject({
      name: "NotAuthorizedException",
      message: `Client ${CLIENT_ID} is configured for secret but secret was not received`,
    });
  });
});

describe("the AWS SDK", () => {
  const client = (endpoint: string) => new CognitoIdentityProviderClient({ region: "eu-west-1", endpoint });

  test("signs up, confirms, signs in and reads the user through the proxy", async () => {
    const sdk = client(pool.viewerUrl);
    const Username = "bob@example.com";
    const signUp = await sdk.send(new SignUpCommand({ ClientId: CLIENT_ID, Username, Password: "battery staple" }));
    const password = {
      AuthFlow: "USER_PASSWORD_AUTH",
      AuthParameters: { USERNAME: Username, PASSWORD: "battery staple" },
    } as const;
    await expect(sdk.send(new InitiateAuthCommand({ ClientId: CLIENT_ID, ...password }))).rejects.toMatchObject({
      name: "UserNotConfirmedException",
    });
    const ConfirmationCode = pool.users.find(Username)?.code?.text;
    await sdk.send(new ConfirmSignUpCommand({ ClientId: CLIENT_ID, Username, ConfirmationCode }));
    const { AuthenticationResult } = await sdk.send(new InitiateAuthCommand({ ClientId: CLIENT_ID, ...password }));
    const user = await sdk.send(new GetUserCommand({ AccessToken: AuthenticationResult?.AccessToken }));
    expect(user.Username).toBe(signUp.UserSub);
  });

  test("gets a typed error for what the edge refuses", async () => {
    const other = client(pool.viewerUrl).send(
      new SignUpCommand({ ClientId: "9unknown23456789abcdefgh", Username: "u", Password: "battery staple" }),
    );
    await expect(other).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    expect(pool.trail).toEqual([]);
  });
});
