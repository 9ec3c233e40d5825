import { Amplify } from "aws-amplify";
import {
  confirmResetPassword,
  confirmSignUp,
  deleteUser,
  fetchAuthSession,
  fetchUserAttributes,
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
import {
  ALICE,
  aPoolWithAlice,
  blocked,
  codeOf,
  type ProxiedPool,
  requests,
  unreadable,
  withOtherClient,
} from "./builders.ts";

let pool: ProxiedPool;
async function start(options: Parameters<typeof aPoolWithAlice>[0] = {}) {
  await pool?.stop();
  pool = await aPoolWithAlice(options);
  configure(pool.viewerUrl);
}
beforeEach(async () => {
  jest.spyOn(console, "warn").mockImplementation(() => undefined); // Amplify doubts every endpoint but Cognito's
  await start();
});
afterEach(async () => {
  await signOut().catch(() => undefined);
  await pool.stop();
});

const configure = (userPoolEndpoint: string) =>
  Amplify.configure({ Auth: { Cognito: { userPoolId: POOL_ID, userPoolClientId: CLIENT_ID, userPoolEndpoint } } });
const accessToken = async (forceRefresh = false) =>
  (await fetchAuthSession({ forceRefresh })).tokens?.accessToken.toString();

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

test("fails at the pool itself, for it has no secret", async () => {
  configure(pool.poolUrl);
  await expect(signIn(ALICE)).rejects.toMatchObject({
    name: "NotAuthorizedException",
    message: `Client ${CLIENT_ID} is configured for secret but secret was not received`,
  });
});

test.each([
  {
    case: "by the web ACL",
    options: { judge: () => blocked },
    user: ALICE,
    ...{ told: { name: "ForbiddenException", message: "Request blocked." }, count: 1 },
  },
  {
    case: "of a caller that is no web page",
    options: { edge: { "x-portcullis-origins": "https://app.example.com", "x-portcullis-native-clients": "-" } },
    user: ALICE,
    ...{ told: { name: "ForbiddenException" }, count: 1 },
  },
  {
    case: "of an app client that is not configured",
    options: withOtherClient,
    user: ALICE,
    ...{ told: { name: "ResourceNotFoundException", message: "User pool client does not exist." }, count: 1 },
  },
  {
    case: "of a request that makes no sense",
    options: { judge: () => unreadable },
    user: ALICE,
    ...{ told: { name: "InvalidParameterException" }, count: 1 },
  },
  {
    case: "of a body that is too large",
    options: {},
    user: { ...ALICE, options: { clientMetadata: { x: "x".repeat(300_000) } } },
    ...{ told: { name: "InvalidParameterException", message: "The request is too large." }, count: 1 },
  },
  {
    case: "for want of the secret",
    options: { secrets: { read: () => Promise.reject(new Error("Secrets Manager does not answer")) } },
    user: ALICE,
    ...{ told: { name: "InternalErrorException" }, count: 3 },
  },
])("a refusal $case is a typed error after $count request(s)", async ({ options, user, told, count }) => {
  await start(options);
  await expect(signIn(user)).rejects.toMatchObject(told);
  expect([requests(pool), pool.trail]).toEqual([count, []]);
});
