/** Signing in with Amplify, by each way that it has and in each variant of the proxy. */
import { setTimeout as pause } from "node:timers/promises";
import { Amplify } from "aws-amplify";
import {
  autoSignIn,
  confirmSignIn,
  confirmSignUp,
  fetchAuthSession,
  fetchDevices,
  forgetDevice,
  getCurrentUser,
  setUpTOTP,
  signIn,
  signOut,
  signUp,
  updateMFAPreference,
  verifyTOTPSetup,
} from "aws-amplify/auth";

import { CLIENT_ID } from "../../edge/builders.ts";
import { POOL_ID } from "../proxied-pool.ts";
import { ALICE, appCode, codeOf, operations, requests, withApps } from "./builders.ts";
import { aPoolBehind, type VariantPool, variants } from "./variants.ts";

// Amplify names a device after its browser, and confirms none where it cannot. Later versions of Node have this.
beforeAll(() => {
  if (!("navigator" in globalThis)) Object.assign(globalThis, { navigator: { userAgent: "Node.js/20" } });
});

let pool: VariantPool;
async function start(options: Parameters<typeof aPoolBehind>[0]) {
  jest.spyOn(console, "warn").mockImplementation(() => undefined); // Amplify doubts every endpoint but Cognito's
  pool = await aPoolBehind(options);
  const Cognito = { userPoolId: POOL_ID, userPoolClientId: CLIENT_ID, userPoolEndpoint: pool.viewerUrl };
  Amplify.configure({ Auth: { Cognito } });
}
afterEach(async () => {
  await signOut().catch(() => undefined);
  await pool.stop();
});

const accessToken = async (forceRefresh = false) =>
  (await fetchAuthSession({ forceRefresh })).tokens?.accessToken.toString();

describe.each(variants)("$variant", ({ edge, signIn: calls, address }) => {
  test.each([
    { authFlowType: "USER_SRP_AUTH", seen: calls },
    { authFlowType: "USER_PASSWORD_AUTH", seen: calls.slice(0, 1) },
  ] as const)("signs in with $authFlowType, refreshes and signs out", async ({ authFlowType, seen }) => {
    await start({ edge });
    expect((await signIn({ ...ALICE, options: { authFlowType } })).isSignedIn).toBe(true);
    expect((await getCurrentUser()).signInDetails?.loginId).toBe(ALICE.username);
    const before = await accessToken();
    const after = await accessToken(true);
    expect(after).toBeDefined();
    expect(after).not.toBe(before);
    await signOut();
    expect(operations(pool)).toEqual([...seen, "GetTokensFromRefreshToken", "RevokeToken"]);
    expect(pool.cognito.contexts.map(({ ipAddress }) => ipAddress)).toEqual(seen.map(() => address));
  });

  test("is told that the password is wrong, after two requests", async () => {
    await start({ edge });
    await expect(signIn({ ...ALICE, password: "wrong" })).rejects.toMatchObject({
      name: "NotAuthorizedException",
      message: "Incorrect username or password.",
    });
    expect(requests(pool)).toBe(2);
  });

  test("replaces a temporary password", async () => {
    await start({ edge });
    const carol = { username: "carol@example.com", password: "temporary horse" };
    pool.users.addUser(carol.username, carol.password, { temporary: true });
    expect((await signIn(carol)).nextStep.signInStep).toBe("CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED");
    expect((await confirmSignIn({ challengeResponse: "battery staple" })).isSignedIn).toBe(true);
    await signOut();
    expect((await signIn({ ...carol, password: "battery staple" })).isSignedIn).toBe(true);
  });

  test("sets up an authenticator app and signs in with it, also after a wrong code", async () => {
    await start({ edge, signIn: withApps("optional") });
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
    await start({ edge, signIn: withApps("required") });
    const { nextStep } = await signIn(ALICE);
    if (nextStep.signInStep !== "CONTINUE_SIGN_IN_WITH_TOTP_SETUP") throw new Error(nextStep.signInStep);
    const challengeResponse = appCode(nextStep.totpSetupDetails.sharedSecret);
    expect((await confirmSignIn({ challengeResponse })).isSignedIn).toBe(true);
  });

  test("proves a remembered device, reads it and forgets it", async () => {
    await start({ edge, signIn: { devices: { onUserPrompt: false, replacesMfa: true } } });
    await signIn(ALICE);
    await signOut();
    const before = pool.trail.length;
    expect((await signIn(ALICE)).isSignedIn).toBe(true);
    expect(operations(pool).slice(before)).toEqual([...calls, calls[1], calls[1]]);
    expect(await accessToken(true)).toBeDefined();
    const [device] = await fetchDevices();
    expect(device?.attributes["dev:device_remembered_status"]).toBe("remembered");
    await forgetDevice();
    expect(await fetchDevices()).toEqual([]);
  });

  test("goes on where refresh tokens rotate", async () => {
    await start({ edge, signIn: { rotation: { graceSeconds: 0 } } });
    await signIn(ALICE);
    const tokens = [await accessToken(), await accessToken(true), await accessToken(true)];
    expect(new Set(tokens).size).toBe(3);
    expect(tokens).not.toContain(undefined);
  });

  test("signs in with a code by e-mail, without a password", async () => {
    await start({ edge });
    const options = { authFlowType: "USER_AUTH", preferredChallenge: "EMAIL_OTP" } as const;
    const { nextStep } = await signIn({ username: ALICE.username, options });
    expect(nextStep.signInStep).toBe("CONFIRM_SIGN_IN_WITH_EMAIL_CODE");
    expect((await confirmSignIn({ challengeResponse: codeOf(pool, ALICE.username) })).isSignedIn).toBe(true);
  });

  test("goes on from the sign-up without another code", async () => {
    const timers = jest.spyOn(globalThis, "setTimeout");
    await start({ edge });
    const username = "bob@example.com";
    const options = { userAttributes: { email: username }, autoSignIn: { authFlowType: "USER_AUTH" } } as const;
    await signUp({ username, password: "battery staple", options });
    await confirmSignUp({ username, confirmationCode: codeOf(pool, username) });
    expect((await autoSignIn()).isSignedIn).toBe(true);
    expect(operations(pool)).toEqual(["SignUp", "ConfirmSignUp", calls[0]]);
    await pause(300); // Amplify takes another one within this time for the same.
    // It also waits three minutes for a confirmation that has come; the process need not.
    for (const { value } of timers.mock.results) value.unref();
    timers.mockRestore();
  });
});
