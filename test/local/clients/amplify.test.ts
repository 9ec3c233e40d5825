import { Amplify } from "aws-amplify";
import {
  confirmResetPassword,
  confirmSignUp,
  deleteUser,
  fetchAuthSession,
  fetchUserAttributes,
  getCurrentUser,
  resendSignUpCode,
  resetPassword,
  signIn,
  signOut,
  signUp,
  updatePassword,
  updateUserAttributes,
} from "aws-amplify/auth";

import { CLIENT_ID } from "../../edge/builders.ts";
import { call, POOL_ID } from "../proxied-pool.ts";
import { ALICE, aPoolWithAlice, blocked, codeOf, operations, type ProxiedPool, requests } from "./builders.ts";

let pool: ProxiedPool;
let isBlocked: boolean;
beforeEach(async () => {
  jest.spyOn(console, "warn").mockImplementation(() => undefined); // Amplify doubts every endpoint but Cognito's
  isBlocked = false;
  const judge = () => (isBlocked ? blocked : ({ action: "ALLOW", rule: "Default_Action", response: null } as const));
  pool = await aPoolWithAlice({ judge });
  configure(pool.viewerUrl);
});
afterEach(async () => {
  await signOut().catch(() => undefined);
  await pool.stop();
});

const configure = (userPoolEndpoint: string) =>
  Amplify.configure({ Auth: { Cognito: { userPoolId: POOL_ID, userPoolClientId: CLIENT_ID, userPoolEndpoint } } });
const accessToken = async (forceRefresh = false) =>
  (await fetchAuthSession({ forceRefresh })).tokens?.accessToken.toString();

test.each(["USER_SRP_AUTH", "USER_PASSWORD_AUTH"] as const)(
  "signs in with %s, refreshes and signs out",
  async (authFlowType) => {
    expect((await signIn({ ...ALICE, options: { authFlowType } })).isSignedIn).toBe(true);
    expect((await getCurrentUser()).signInDetails?.loginId).toBe(ALICE.username);
    const before = await accessToken();
    const after = await accessToken(true);
    expect(after).toBeDefined();
    expect(after).not.toBe(before);
    await signOut();
    expect(operations(pool).slice(-2)).toEqual(["GetTokensFromRefreshToken", "RevokeToken"]);
  },
);

test("is told that the password is wrong, after two requests", async () => {
  await expect(signIn({ ...ALICE, password: "wrong" })).rejects.toMatchObject({
    name: "NotAuthorizedException",
    message: "Incorrect username or password.",
  });
  expect(requests(pool)).toBe(2);
});

test("fails at the pool itself, for it has no secret", async () => {
  configure(pool.poolUrl);
  await expect(signIn(ALICE)).rejects.toMatchObject({
    name: "NotAuthorizedException",
    message: `Client ${CLIENT_ID} is configured for secret but secret was not received`,
  });
});

test("signs a user up, sends the code again, confirms it and deletes the user", async () => {
  const bob = { username: "bob@example.com", password: "battery staple" };
  const { nextStep } = await signUp({ ...bob, options: { userAttributes: { email: bob.username } } });
  expect(nextStep.signUpStep).toBe("CONFIRM_SIGN_UP");
  expect((await signIn(bob)).nextStep.signInStep).toBe("CONFIRM_SIGN_UP");
  await resendSignUpCode(bob);
  const confirmationCode = codeOf(pool, bob.username);
  expect((await confirmSignUp({ ...bob, confirmationCode })).isSignUpComplete).toBe(true);
  expect((await signIn(bob)).isSignedIn).toBe(true);
  await deleteUser();
  expect(pool.users.find(bob.username)).toBeUndefined();
});

test("replaces a forgotten password", async () => {
  const { nextStep } = await resetPassword(ALICE);
  expect(nextStep.resetPasswordStep).toBe("CONFIRM_RESET_PASSWORD_WITH_CODE");
  const confirmationCode = codeOf(pool, ALICE.username);
  await confirmResetPassword({ ...ALICE, confirmationCode, newPassword: "battery staple" });
  expect((await signIn({ ...ALICE, password: "battery staple" })).isSignedIn).toBe(true);
});

test("reads and changes the signed-in user", async () => {
  await signIn(ALICE);
  await updateUserAttributes({ userAttributes: { given_name: "Alice" } });
  expect(await fetchUserAttributes()).toMatchObject({ given_name: "Alice" });
  await updatePassword({ oldPassword: ALICE.password, newPassword: "battery staple" });
  await signOut();
  await expect(signIn(ALICE)).rejects.toMatchObject({ name: "NotAuthorizedException" });
});

test("signs out everywhere", async () => {
  await signIn(ALICE);
  const AccessToken = await accessToken();
  expect((await call(pool.viewerUrl, "GetUser", { AccessToken })).status).toBe(200);
  await signOut({ global: true });
  expect((await call(pool.viewerUrl, "GetUser", { AccessToken })).json).toMatchObject({
    __type: "NotAuthorizedException",
  });
});

test("takes a refusal as a typed error, with one request", async () => {
  isBlocked = true;
  await expect(signIn(ALICE)).rejects.toMatchObject({ name: "ForbiddenException", message: "Request blocked." });
  expect([requests(pool), pool.trail]).toEqual([1, []]);
});
