import {
  AuthenticationDetails,
  CognitoRefreshToken,
  CognitoUser,
  CognitoUserPool,
  type CognitoUserSession,
  type ISignUpResult,
} from "amazon-cognito-identity-js";

import { CLIENT_ID } from "../../edge/builders.ts";
import { POOL_ID } from "../proxied-pool.ts";
import {
  ALICE,
  aPoolWithAlice,
  appCode,
  blocked,
  codeOf,
  operations,
  type ProxiedPool,
  requests,
  unreadable,
  withApps,
  withOtherClient,
} from "./builders.ts";

let pool: ProxiedPool;
async function start(options: Parameters<typeof aPoolWithAlice>[0] = {}) {
  await pool?.stop();
  pool = await aPoolWithAlice(options);
}
beforeEach(() => start());
afterEach(() => pool.stop());

const userPool = (endpoint = pool.viewerUrl) =>
  new CognitoUserPool({ UserPoolId: POOL_ID, ClientId: CLIENT_ID, endpoint });
const aUser = (Username = ALICE.username, endpoint?: string) => new CognitoUser({ Username, Pool: userPool(endpoint) });

/** What a function tells its node-style callback. */
const told = <Result>(ask: (callback: (error?: Error | null, result?: Result) => void) => void) =>
  new Promise<Result>((resolve, reject) => ask((error, result) => (error ? reject(error) : resolve(result as Result))));
/** What a function tells its pair of callbacks. */
const settled = <Result>(
  ask: (callbacks: { onSuccess: (result: Result) => void; onFailure: (error: Error) => void }) => void,
) => new Promise<Result>((onSuccess, onFailure) => ask({ onSuccess, onFailure }));

function authenticate(user: CognitoUser, Password = ALICE.password) {
  const details = new AuthenticationDetails({ Username: user.getUsername(), Password });
  return settled<CognitoUserSession>((callbacks) => user.authenticateUser(details, callbacks));
}

test.each(["USER_SRP_AUTH", "USER_PASSWORD_AUTH"])("signs in with %s, refreshes and signs out", async (flow) => {
  const user = aUser();
  user.setAuthenticationFlowType(flow);
  const session = await authenticate(user);
  const next = await told<CognitoUserSession>((done) => user.refreshSession(session.getRefreshToken(), done));
  expect(next.getAccessToken().getJwtToken()).not.toBe(session.getAccessToken().getJwtToken());
  await new Promise<void>((resolve) => user.signOut(resolve));
  const signIn = flow === "USER_SRP_AUTH" ? ["InitiateAuth", "RespondToAuthChallenge"] : ["InitiateAuth"];
  expect(operations(pool)).toEqual([...signIn, "GetTokensFromRefreshToken", "RevokeToken"]);
});

/** As in a browser, where what is not there is null; in node the SDK keeps things in an object of its own. */
function browserStorage() {
  const items = new Map<string, string>();
  return {
    setItem: (key: string, value: string) => void items.set(key, value),
    getItem: (key: string) => items.get(key) ?? null,
    removeItem: (key: string) => void items.delete(key),
    clear: () => items.clear(),
  };
}

test("refreshes in a browser, where it sends null for the key of a device that there is not", async () => {
  const Storage = browserStorage();
  const Pool = new CognitoUserPool({ UserPoolId: POOL_ID, ClientId: CLIENT_ID, endpoint: pool.viewerUrl, Storage });
  const user = new CognitoUser({ Username: ALICE.username, Pool, Storage });
  const session = await authenticate(user);
  const next = await told<CognitoUserSession>((done) => user.refreshSession(session.getRefreshToken(), done));
  expect(next.isValid()).toBe(true);
});

test("is told that the password is wrong, in the words it knows, after two requests", async () => {
  await expect(authenticate(aUser(), "wrong")).rejects.toMatchObject({
    code: "NotAuthorizedException",
    message: "Incorrect username or password.",
  });
  expect(requests(pool)).toBe(2);
});

test("fails at the pool itself, for it has no secret", async () => {
  await expect(authenticate(aUser(ALICE.username, pool.poolUrl))).rejects.toMatchObject({
    message: `Client ${CLIENT_ID} is configured for secret but secret was not received`,
  });
});

test("signs a user up, sends the code again and confirms it", async () => {
  const bob = "bob@example.com";
  const { userConfirmed } = await told<ISignUpResult>((done) => userPool().signUp(bob, "battery staple", [], [], done));
  expect(userConfirmed).toBe(false);
  await expect(authenticate(aUser(bob), "battery staple")).rejects.toMatchObject({ code: "UserNotConfirmedException" });
  await told((done) => aUser(bob).resendConfirmationCode(done));
  await told((done) => aUser(bob).confirmRegistration(codeOf(pool, bob), true, done));
  expect((await authenticate(aUser(bob), "battery staple")).isValid()).toBe(true);
});

test("replaces a forgotten password", async () => {
  await settled((callbacks) => aUser().forgotPassword(callbacks));
  await settled((callbacks) => aUser().confirmPassword(codeOf(pool, ALICE.username), "battery staple", callbacks));
  expect((await authenticate(aUser(), "battery staple")).isValid()).toBe(true);
});

test("reads and changes the signed-in user", async () => {
  const user = aUser();
  await authenticate(user);
  await told((done) => user.updateAttributes([{ Name: "given_name", Value: "Alice" }], done));
  const attributes = await told<readonly object[]>((done) => user.getUserAttributes(done));
  expect(attributes).toContainEqual(expect.objectContaining({ Name: "given_name", Value: "Alice" }));
  await told((done) => user.changePassword(ALICE.password, "battery staple", done));
  await expect(authenticate(aUser())).rejects.toMatchObject({ code: "NotAuthorizedException" });
});

test("replaces a temporary password", async () => {
  const carol = "carol@example.com";
  pool.users.addUser(carol, "temporary horse", { temporary: true });
  const user = aUser(carol);
  const session = await settled<CognitoUserSession>((callbacks) => {
    const details = new AuthenticationDetails({ Username: carol, Password: "temporary horse" });
    const newPasswordRequired = () => user.completeNewPasswordChallenge("battery staple", {}, callbacks);
    user.authenticateUser(details, { ...callbacks, newPasswordRequired });
  });
  expect(session.isValid()).toBe(true);
  expect((await authenticate(aUser(carol), "battery staple")).isValid()).toBe(true);
});

test("sets up an authenticator app and signs in with it", async () => {
  await start({ cognito: { signIn: withApps("optional") } });
  const user = aUser();
  await authenticate(user);
  const secret = await new Promise<string>((associateSecretCode, onFailure) => {
    user.associateSoftwareToken({ associateSecretCode, onFailure });
  });
  await settled((callbacks) => user.verifySoftwareToken(appCode(secret, -1), "phone", callbacks));
  await told((done) => user.setUserMfaPreference(null, { PreferredMfa: true, Enabled: true }, done));
  const again = aUser();
  const session = await settled<CognitoUserSession>((callbacks) => {
    const details = new AuthenticationDetails({ Username: ALICE.username, Password: ALICE.password });
    const totpRequired = () => again.sendMFACode(appCode(secret), callbacks, "SOFTWARE_TOKEN_MFA");
    again.authenticateUser(details, { ...callbacks, totpRequired });
  });
  expect(session.isValid()).toBe(true);
});

test("proves a device that it has confirmed", async () => {
  await start({ cognito: { signIn: { devices: { onUserPrompt: false, replacesMfa: true } } } });
  await authenticate(aUser());
  const before = pool.trail.length;
  expect((await authenticate(aUser())).isValid()).toBe(true);
  const proofs = Array.from({ length: 3 }, () => "RespondToAuthChallenge");
  expect(operations(pool).slice(before)).toEqual(["InitiateAuth", ...proofs]);
});

test("goes on where refresh tokens rotate, though it asks in the old way", async () => {
  await start({ cognito: { signIn: { rotation: { graceSeconds: 0 } } } });
  const user = aUser();
  let session = await authenticate(user);
  for (const _ of [1, 2])
    session = await told<CognitoUserSession>((done) => user.refreshSession(session.getRefreshToken(), done));
  expect(session.isValid()).toBe(true);
  expect(operations(pool).slice(-2)).toEqual(["GetTokensFromRefreshToken", "GetTokensFromRefreshToken"]);
});

test("signs out everywhere", async () => {
  const [here, there] = [aUser(), aUser()];
  await authenticate(here);
  const session = await authenticate(there);
  await settled((callbacks) => here.globalSignOut(callbacks));
  const user = told((done) => there.getUserAttributes(done));
  await expect(user).rejects.toMatchObject({ code: "NotAuthorizedException" });
  expect(session.isValid()).toBe(true); // the client cannot know before it asks
});

test("takes a refusal as a typed error, with one request", async () => {
  await start({ judge: () => blocked });
  await expect(authenticate(aUser())).rejects.toMatchObject({
    code: "ForbiddenException",
    message: "Request blocked.",
  });
  expect([requests(pool), pool.trail]).toEqual([1, []]);
});

test.each([
  {
    case: "an app client that is not configured",
    options: withOtherClient,
    metadata: {},
    code: "ResourceNotFoundException",
  },
  {
    case: "a request that makes no sense",
    options: { judge: () => unreadable },
    metadata: {},
    code: "InvalidParameterException",
  },
  {
    case: "a body that is too large",
    options: {},
    metadata: { x: "x".repeat(300_000) },
    code: "InvalidParameterException",
  },
  {
    case: "a secret that cannot be read",
    options: { secrets: { read: () => Promise.reject(new Error("Secrets Manager does not answer")) } },
    metadata: {},
    code: "InternalErrorException",
  },
])("is told of $case, after one request", async ({ options, metadata, code }) => {
  await start(options);
  const signUp = told<ISignUpResult>((done) =>
    userPool().signUp("bob@example.com", "battery staple", [], [], done, metadata),
  );
  await expect(signUp).rejects.toMatchObject({ code });
  expect([requests(pool), pool.trail]).toEqual([1, []]);
});

test("repeats a refresh with a dead token six times, which detections must bear", async () => {
  const dead = new CognitoRefreshToken({ RefreshToken: "dead" });
  await expect(told((done) => aUser().refreshSession(dead, done))).rejects.toMatchObject({
    code: "NotAuthorizedException",
  });
  expect(requests(pool)).toBe(6);
});
