/** Ways to sign in that real clients take through the proxy, beside those of the plain password (see clients/). */
import {
  AuthenticationDetails,
  CognitoUser,
  CognitoUserPool,
  type CognitoUserSession,
} from "amazon-cognito-identity-js";
import { Amplify } from "aws-amplify";
import { autoSignIn, confirmSignIn, confirmSignUp, signIn, signOut, signUp } from "aws-amplify/auth";

import type { CustomAuth } from "../../local/cognito/custom-auth-triggers.ts";
import type { SignInSettings } from "../../local/cognito/settings.ts";
import { CLIENT_ID } from "../edge/builders.ts";
import { aProxiedPool, POOL_ID } from "./proxied-pool.ts";

const alice = { username: "alice@example.com", password: "correct horse" };
let pool: Awaited<ReturnType<typeof aProxiedPool>>;
async function start(settings: Partial<SignInSettings> = {}) {
  jest.spyOn(console, "warn").mockImplementation(() => undefined); // Amplify doubts every endpoint but Cognito's
  pool = await aProxiedPool({ cognito: { signIn: settings } });
  pool.users.addUser(alice.username, alice.password);
  const Cognito = { userPoolId: POOL_ID, userPoolClientId: CLIENT_ID, userPoolEndpoint: pool.viewerUrl };
  Amplify.configure({ Auth: { Cognito } });
}
afterEach(async () => {
  await signOut().catch(() => undefined);
  await pool.stop();
});
const codeOf = (username = alice.username) => pool.users.find(username)?.code?.text ?? "";

const riddle: CustomAuth = {
  define({ session }) {
    const last = session.at(-1);
    if (last?.challengeName === "SRP_A") return "PASSWORD_VERIFIER";
    if (last && !last.challengeResult) return "failAuthentication";
    return last?.challengeName === "CUSTOM_CHALLENGE" ? "issueTokens" : "CUSTOM_CHALLENGE";
  },
  create: () => ({ publicParameters: { question: "Who?" }, privateParameters: { answer: "a friend" } }),
  verify: (answer, expected) => answer === expected["answer"],
};

describe("aws-amplify", () => {
  test.each(["EMAIL_OTP", "PASSWORD", "PASSWORD_SRP"])("is offered factors and signs in with %s", async (factor) => {
    await start();
    const { nextStep } = await signIn({ username: alice.username, options: { authFlowType: "USER_AUTH" } });
    if (nextStep.signInStep !== "CONTINUE_SIGN_IN_WITH_FIRST_FACTOR_SELECTION") throw new Error(nextStep.signInStep);
    expect(nextStep.availableChallenges).toContain(factor);
    await confirmSignIn({ challengeResponse: factor });
    const challengeResponse = factor === "EMAIL_OTP" ? codeOf() : alice.password;
    expect((await confirmSignIn({ challengeResponse })).isSignedIn).toBe(true);
  });

  test.each(["EMAIL_OTP", "PASSWORD", "PASSWORD_SRP"] as const)("prefers %s", async (preferredChallenge) => {
    await start();
    const options = { authFlowType: "USER_AUTH", preferredChallenge } as const;
    const started = await signIn({ ...alice, options });
    const done = started.isSignedIn ? started : await confirmSignIn({ challengeResponse: codeOf() });
    expect(done.isSignedIn).toBe(true);
  });

  test("goes on from the sign-up without another code", async () => {
    await start();
    const timers = jest.spyOn(globalThis, "setTimeout"); // Amplify would wait for the sign-in for minutes
    const username = "bob@example.com";
    await signUp({
      username,
      password: "battery staple",
      options: { userAttributes: {}, autoSignIn: { authFlowType: "USER_AUTH" } },
    });
    await confirmSignUp({ username, confirmationCode: codeOf(username) });
    expect((await autoSignIn()).isSignedIn).toBe(true);
    for (const { value } of timers.mock.results) clearTimeout(value);
    timers.mockRestore();
  });

  test.each(["CUSTOM_WITHOUT_SRP", "CUSTOM_WITH_SRP"] as const)("solves a challenge (%s)", async (authFlowType) => {
    await start({ customAuth: riddle });
    const { username, password } = alice;
    const factor = authFlowType === "CUSTOM_WITH_SRP" ? { password } : {};
    const { nextStep } = await signIn({ username, ...factor, options: { authFlowType } });
    expect(nextStep).toMatchObject({
      signInStep: "CONFIRM_SIGN_IN_WITH_CUSTOM_CHALLENGE",
      additionalInfo: { question: "Who?" },
    });
    expect((await confirmSignIn({ challengeResponse: "a friend" })).isSignedIn).toBe(true);
  });

  test("gives an address within the sign-in where the pool wants a second factor", async () => {
    await start({ mfa: "required", mfaMethods: ["EMAIL_OTP"] });
    pool.users.addUser("bob", "battery staple");
    const { nextStep } = await signIn({ username: "bob", password: "battery staple" });
    expect(nextStep.signInStep).toBe("CONTINUE_SIGN_IN_WITH_EMAIL_SETUP");
    const sent = await confirmSignIn({ challengeResponse: "bob@example.com" });
    expect(sent.nextStep.signInStep).toBe("CONFIRM_SIGN_IN_WITH_EMAIL_CODE");
    expect((await confirmSignIn({ challengeResponse: codeOf("bob") })).isSignedIn).toBe(true);
  });

  test("chooses between text message and e-mail", async () => {
    await start({ mfa: "required", mfaMethods: ["SMS_MFA", "EMAIL_OTP"] });
    pool.users.addUser("bob@example.com", "battery staple", { attributes: { phone_number: "+14325550143" } });
    const { nextStep } = await signIn({ username: "bob@example.com", password: "battery staple" });
    expect(nextStep).toMatchObject({
      signInStep: "CONTINUE_SIGN_IN_WITH_MFA_SELECTION",
      allowedMFATypes: ["SMS", "EMAIL"],
    });
    await confirmSignIn({ challengeResponse: "EMAIL" });
    expect((await confirmSignIn({ challengeResponse: codeOf("bob@example.com") })).isSignedIn).toBe(true);
  });
});

describe("amazon-cognito-identity-js", () => {
  const aUser = () => {
    const userPool = new CognitoUserPool({ UserPoolId: POOL_ID, ClientId: CLIENT_ID, endpoint: pool.viewerUrl });
    return new CognitoUser({ Username: alice.username, Pool: userPool });
  };
  const details = () => new AuthenticationDetails({ Username: alice.username, Password: alice.password });
  const authenticate = (user: CognitoUser) =>
    new Promise<CognitoUserSession>((onSuccess, onFailure) =>
      user.authenticateUser(details(), { onSuccess, onFailure }),
    );

  test("refreshes in a browser, whose storage answers null for a device key that it does not have", async () => {
    await start();
    const kept = new Map<string, string>();
    const Storage = {
      setItem: (name: string, value: string) => void kept.set(name, value),
      getItem: (name: string) => kept.get(name) ?? null,
      removeItem: (name: string) => void kept.delete(name),
      clear: () => kept.clear(),
    };
    const userPool = new CognitoUserPool({
      UserPoolId: POOL_ID,
      ClientId: CLIENT_ID,
      endpoint: pool.viewerUrl,
      Storage: Storage as never,
    });
    const user = new CognitoUser({ Username: alice.username, Pool: userPool, Storage: Storage as never });
    const session = await authenticate(user);
    await new Promise<void>((resolve, reject) =>
      user.refreshSession(session.getRefreshToken(), (error: unknown) => (error ? reject(error) : resolve())),
    );
  });

  test("signs in again after its device was forgotten, with the same answer and a key of null", async () => {
    await start({ devices: { onUserPrompt: false, replacesMfa: true } });
    await authenticate(aUser());
    const devices = pool.users.find(alice.username)?.devices;
    expect(devices?.size).toBe(1);
    devices?.clear();
    const before = pool.trail.length;
    await authenticate(aUser());
    expect(pool.trail.slice(before).map(({ eventName, errorCode }) => errorCode ?? eventName)).toEqual([
      "InitiateAuth",
      "ResourceNotFoundException",
      "RespondToAuthChallenge",
      "ConfirmDevice",
    ]);
  });

  test("solves a challenge, after the password", async () => {
    await start({ customAuth: riddle });
    const user = aUser();
    user.setAuthenticationFlowType("CUSTOM_AUTH");
    const session = await new Promise<CognitoUserSession>((onSuccess, onFailure) => {
      const customChallenge = () => user.sendCustomChallengeAnswer("a friend", { onSuccess, onFailure });
      user.authenticateUser(details(), { onSuccess, onFailure, customChallenge });
    });
    expect(session.isValid()).toBe(true);
  });
});
