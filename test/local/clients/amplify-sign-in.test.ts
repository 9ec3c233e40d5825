import { Amplify } from "aws-amplify";
import {
  confirmSignIn,
  fetchAuthSession,
  getCurrentUser,
  setUpTOTP,
  signIn,
  signOut,
  updateMFAPreference,
  verifyTOTPSetup,
} from "aws-amplify/auth";

import { CLIENT_ID } from "../../edge/builders.ts";
import { POOL_ID } from "../proxied-pool.ts";
import { ALICE, aPoolWithAlice, appCode, operations, type ProxiedPool, requests, withApps } from "./builders.ts";

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

test("replaces a temporary password", async () => {
  const carol = { username: "carol@example.com", password: "temporary horse" };
  pool.users.addUser(carol.username, carol.password, { temporary: true });
  expect((await signIn(carol)).nextStep.signInStep).toBe("CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED");
  expect((await confirmSignIn({ challengeResponse: "battery staple" })).isSignedIn).toBe(true);
  await signOut();
  expect((await signIn({ ...carol, password: "battery staple" })).isSignedIn).toBe(true);
});

test("sets up an authenticator app and signs in with it, also after a wrong code", async () => {
  await start({ cognito: withApps("optional") });
  await signIn(ALICE);
  const { sharedSecret } = await setUpTOTP();
  await verifyTOTPSetup({ code: appCode(sharedSecret, -1) });
  await updateMFAPreference({ totp: "PREFERRED" });
  await signOut();
  expect((await signIn(ALICE)).nextStep.signInStep).toBe("CONFIRM_SIGN_IN_WITH_TOTP_CODE");
  const wrong = confirmSignIn({ challengeResponse: "000000" });
  await expect(wrong).rejects.toMatchObject({ name: "CodeMismatchException" });
  expect((await confirmSignIn({ challengeResponse: appCode(sharedSecret) })).isSignedIn).toBe(true);
});

test("sets up an authenticator app within the sign-in where the pool requires one", async () => {
  await start({ cognito: withApps("required") });
  const { nextStep } = await signIn(ALICE);
  if (nextStep.signInStep !== "CONTINUE_SIGN_IN_WITH_TOTP_SETUP") throw new Error(nextStep.signInStep);
  const challengeResponse = appCode(nextStep.totpSetupDetails.sharedSecret);
  expect((await confirmSignIn({ challengeResponse })).isSignedIn).toBe(true);
});
