import { TOTP } from "otpauth";

import { MINUTE, SECOND } from "../../functions/domain/instant.ts";
import type { SignInSettings } from "../../local/cognito/settings.ts";
import { aPool } from "./pool-caller.ts";

const PERIOD = 30 * SECOND;
let pool: ReturnType<typeof aPool>;
function start(settings: Partial<SignInSettings>) {
  pool = aPool(settings);
  pool.users.addUser("alice", "correct horse", {
    attributes: { email: "alice@example.com", phone_number: "+14325550143" },
  });
}
const codeAt = (secret: string, at = pool.now()) => new TOTP({ secret }).generate({ timestamp: at });
const signIn = () => pool.signIn("alice", "correct horse");
const answer = (name: string, Session: string, answers: Record<string, string>) =>
  pool.respond(name, Session, { USERNAME: "alice", ...answers });
const arrived = () => pool.user("alice").code?.text ?? "";

/** An app for a signed-in user, chosen as second factor; its secret. */
function anApp(preference: object = { Enabled: true, PreferredMfa: true }): string {
  const { AccessToken } = signIn().AuthenticationResult;
  const { SecretCode } = pool.ask("AssociateSoftwareToken", { AccessToken });
  pool.ask("VerifySoftwareToken", { AccessToken, UserCode: codeAt(SecretCode), FriendlyDeviceName: "phone" });
  pool.ask("SetUserMFAPreference", { AccessToken, SoftwareTokenMfaSettings: preference });
  pool.pass(PERIOD);
  return SecretCode;
}

describe("an authenticator app", () => {
  beforeEach(() => start({ mfa: "optional" }));

  test("is asked for from the sign-in on after it was chosen", () => {
    const secret = anApp();
    const challenge = signIn();
    expect(challenge).toEqual({
      ChallengeName: "SOFTWARE_TOKEN_MFA",
      Session: expect.any(String),
      ChallengeParameters: { USER_ID_FOR_SRP: pool.user("alice").sub, FRIENDLY_DEVICE_NAME: "phone" },
    });
    const done = answer("SOFTWARE_TOKEN_MFA", challenge.Session, { SOFTWARE_TOKEN_MFA_CODE: codeAt(secret) });
    const { AccessToken } = done.AuthenticationResult;
    expect(pool.ask("GetUser", { AccessToken })).toMatchObject({
      PreferredMfaSetting: "SOFTWARE_TOKEN_MFA",
      UserMFASettingList: ["SOFTWARE_TOKEN_MFA"],
    });
  });

  test("that was set up but not chosen is not asked for", () => {
    anApp({ Enabled: false });
    expect(signIn()).toHaveProperty("AuthenticationResult");
  });

  test("is asked for after SRP as after a sent password", () => {
    anApp();
    expect(pool.proveIn("alice", "correct horse").ChallengeName).toBe("SOFTWARE_TOKEN_MFA");
  });

  test.each([
    { case: "half a minute early", shift: PERIOD, right: true },
    { case: "half a minute late", shift: -PERIOD, right: true },
    { case: "a minute late", shift: -2 * PERIOD, right: false },
  ])("may be $case: $right", ({ shift, right }) => {
    const secret = anApp();
    pool.pass(2 * PERIOD);
    const { Session } = signIn();
    const code = codeAt(secret, pool.now() + shift);
    const { __type } = answer("SOFTWARE_TOKEN_MFA", Session, { SOFTWARE_TOKEN_MFA_CODE: code });
    expect(__type).toBe(right ? undefined : "CodeMismatchException");
  });

  test("shows each code for one use, the first one included", () => {
    const secret = anApp();
    const used = { __type: "ExpiredCodeException", message: "Your software token has already been used once." };
    const first = codeAt(secret, pool.now() - PERIOD);
    const { Session } = signIn();
    expect(answer("SOFTWARE_TOKEN_MFA", Session, { SOFTWARE_TOKEN_MFA_CODE: first })).toEqual(used);
    const again = { SOFTWARE_TOKEN_MFA_CODE: codeAt(secret) };
    expect(answer("SOFTWARE_TOKEN_MFA", Session, again)).toHaveProperty("AuthenticationResult");
    expect(answer("SOFTWARE_TOKEN_MFA", signIn().Session, again)).toEqual(used);
  });

  test("may be tried again in the same session, until five wrong codes lock it for a second", () => {
    const secret = anApp();
    const { Session } = signIn();
    const attempt = (SOFTWARE_TOKEN_MFA_CODE: string) =>
      answer("SOFTWARE_TOKEN_MFA", Session, { SOFTWARE_TOKEN_MFA_CODE });
    for (let count = 0; count < 5; count++)
      expect(attempt("wrong!")).toEqual({
        __type: "CodeMismatchException",
        message: "Invalid code received for user",
      });
    expect(attempt(codeAt(secret)).message).toBe("Password attempts exceeded");
    pool.pass(SECOND);
    expect(attempt(codeAt(secret))).toHaveProperty("AuthenticationResult");
  });

  test("cannot be chosen before it has shown a code", () => {
    const { AccessToken } = signIn().AuthenticationResult;
    pool.ask("AssociateSoftwareToken", { AccessToken });
    expect(pool.ask("SetUserMFAPreference", { AccessToken, SoftwareTokenMfaSettings: { Enabled: true } })).toEqual({
      __type: "InvalidParameterException",
      message: "User does not have delivery config set to turn on SOFTWARE_TOKEN_MFA",
    });
  });

  test("is not set up with a wrong code, nor without a secret", () => {
    const { AccessToken } = signIn().AuthenticationResult;
    const verify = (UserCode: string) => pool.ask("VerifySoftwareToken", { AccessToken, UserCode });
    expect(verify("123456")).toEqual({
      __type: "SoftwareTokenMFANotFoundException",
      message: "Software Token MFA does not exist for the user.",
    });
    const { SecretCode } = pool.ask("AssociateSoftwareToken", { AccessToken });
    expect(verify(codeAt(SecretCode, 0))).toEqual({
      __type: "EnableSoftwareTokenMFAException",
      message: "Code mismatch and fail enable Software Token MFA",
    });
    expect(verify("12345").__type).toBe("InvalidParameterException");
    expect(verify(codeAt(SecretCode))).toEqual({ Status: "SUCCESS" });
  });

  test("is replaced by another with that one's first code, not before", () => {
    const old = anApp();
    const tokens = answer("SOFTWARE_TOKEN_MFA", signIn().Session, { SOFTWARE_TOKEN_MFA_CODE: codeAt(old) });
    const { AccessToken } = tokens.AuthenticationResult;
    const { SecretCode } = pool.ask("AssociateSoftwareToken", { AccessToken });
    pool.pass(PERIOD);
    const attempt = (secret: string) =>
      answer("SOFTWARE_TOKEN_MFA", signIn().Session, { SOFTWARE_TOKEN_MFA_CODE: codeAt(secret) });
    expect(attempt(old)).toHaveProperty("AuthenticationResult");
    pool.ask("VerifySoftwareToken", { AccessToken, UserCode: codeAt(SecretCode) });
    pool.pass(PERIOD);
    expect(attempt(old).__type).toBe("CodeMismatchException");
    expect(attempt(SecretCode)).toHaveProperty("AuthenticationResult");
  });

  test("wants a token or a session, not both", () => {
    const { AccessToken } = signIn().AuthenticationResult;
    for (const input of [{}, { AccessToken, Session: "s" }])
      expect(pool.ask("AssociateSoftwareToken", input).__type).toBe("InvalidParameterException");
  });

  test.each([{ mfa: "off" }, { mfa: "optional", mfaMethods: ["SMS_MFA"] }] as const)(
    "is refused by a pool that does not have it: %j",
    (settings) => {
      start(settings);
      const { AccessToken } = signIn().AuthenticationResult;
      expect(pool.ask("AssociateSoftwareToken", { AccessToken })).toEqual({
        __type: "SoftwareTokenMFANotFoundException",
        message: "Software Token MFA has not been enabled by the userPool.",
      });
    },
  );
});

describe("codes that are sent", () => {
  const chosen = (settings: object) => {
    start({ mfa: "optional" });
    const { AccessToken } = signIn().AuthenticationResult;
    return pool.ask("SetUserMFAPreference", { AccessToken, ...settings });
  };

  test.each([
    {
      setting: "SMSMfaSettings",
      name: "SMS_MFA",
      answerAs: "SMS_MFA",
      member: "SMS_MFA_CODE",
      digits: 6,
      medium: "SMS",
      to: "+*******0143",
    },
    {
      setting: "EmailMfaSettings",
      name: "EMAIL_OTP",
      answerAs: "EMAIL_OTP",
      member: "EMAIL_OTP_CODE",
      digits: 8,
      medium: "EMAIL",
      to: "a***@e***",
    },
    {
      setting: "EmailMfaSettings",
      name: "EMAIL_OTP",
      answerAs: "EMAIL_MFA",
      member: "EMAIL_MFA_CODE",
      digits: 8,
      medium: "EMAIL",
      to: "a***@e***",
    },
  ])("$answerAs: is right once, in its own session", ({ setting, name, answerAs, member, digits, medium, to }) => {
    chosen({ [setting]: { Enabled: true } });
    const [one, two] = [signIn(), signIn()];
    expect(two).toMatchObject({
      ChallengeName: name,
      ChallengeParameters: { CODE_DELIVERY_DELIVERY_MEDIUM: medium, CODE_DELIVERY_DESTINATION: to },
    });
    const code = arrived();
    expect(code).toHaveLength(digits);
    for (const [Session, text] of [
      [one.Session, code],
      [two.Session, "wrong"],
    ])
      expect(answer(answerAs, Session, { [member]: text })).toEqual({
        __type: "CodeMismatchException",
        message: "Invalid code or auth state for the user.",
      });
    expect(answer(answerAs, two.Session, {})).toMatchObject({ __type: "InvalidParameterException" });
    expect(answer(answerAs, two.Session, { [member]: code })).toHaveProperty("AuthenticationResult");
    expect(answer(answerAs, two.Session, { [member]: code }).message).toMatch("can only be used once");
  });

  test("are worth nothing after three minutes", () => {
    chosen({ SMSMfaSettings: { Enabled: true } });
    const { Session } = signIn();
    pool.pass(3 * MINUTE);
    expect(answer("SMS_MFA", Session, { SMS_MFA_CODE: arrived() }).message).toMatch("session is expired");
  });

  test("do not answer another challenge", () => {
    chosen({ SMSMfaSettings: { Enabled: true } });
    const { Session } = signIn();
    expect(answer("EMAIL_OTP", Session, { EMAIL_OTP_CODE: arrived() }).message).toBe("Invalid session for the user.");
  });

  test("need an address to go to", () => {
    pool = aPool({ mfa: "optional" });
    pool.users.addUser("alice", "correct horse");
    const { AccessToken } = signIn().AuthenticationResult;
    expect(pool.ask("SetUserMFAPreference", { AccessToken, SMSMfaSettings: { Enabled: true } }).message).toBe(
      "User does not have delivery config set to turn on SMS_MFA",
    );
    expect(
      pool.ask("SetUserSettings", {
        AccessToken,
        MFAOptions: [{ DeliveryMedium: "SMS", AttributeName: "phone_number" }],
      }).__type,
    ).toBe("InvalidParameterException");
  });

  test("of several factors the preferred one is asked for, else the user chooses", () => {
    chosen({ SMSMfaSettings: { Enabled: true }, EmailMfaSettings: { Enabled: true } });
    const selection = signIn();
    expect(selection).toMatchObject({
      ChallengeName: "SELECT_MFA_TYPE",
      ChallengeParameters: { MFAS_CAN_CHOOSE: '["SMS_MFA","EMAIL_OTP"]' },
    });
    const choose = (ANSWER: string) => answer("SELECT_MFA_TYPE", selection.Session, { ANSWER });
    expect(choose("SOFTWARE_TOKEN_MFA").__type).toBe("InvalidParameterException");
    const challenge = choose("EMAIL_OTP");
    expect(challenge.ChallengeName).toBe("EMAIL_OTP");
    expect(choose("SMS_MFA").message).toMatch("can only be used once");
    const { AccessToken } = answer("EMAIL_OTP", challenge.Session, { EMAIL_OTP_CODE: arrived() }).AuthenticationResult;
    const prefer = (settings: object) => pool.ask("SetUserMFAPreference", { AccessToken, ...settings });
    expect(prefer({ SMSMfaSettings: { Enabled: false, PreferredMfa: true } }).__type).toBe("InvalidParameterException");
    const both = { Enabled: true, PreferredMfa: true };
    expect(prefer({ SMSMfaSettings: both, EmailMfaSettings: both }).__type).toBe("InvalidParameterException");
    prefer({ SMSMfaSettings: both });
    expect(signIn().ChallengeName).toBe("SMS_MFA");
    prefer({ SMSMfaSettings: { Enabled: false } });
    expect(signIn().ChallengeName).toBe("EMAIL_OTP");
  });
});

describe("a pool that requires a second factor", () => {
  test("has an app set up within the sign-in, which then is the second factor", () => {
    pool = aPool({ mfa: "required", mfaMethods: ["SOFTWARE_TOKEN_MFA"] });
    pool.users.addUser("alice", "correct horse");
    const setup = signIn();
    expect(setup).toMatchObject({
      ChallengeName: "MFA_SETUP",
      ChallengeParameters: { MFAS_CAN_SETUP: '["SOFTWARE_TOKEN_MFA"]' },
    });
    expect(answer("MFA_SETUP", setup.Session, {})).toEqual({
      __type: "InvalidParameterException",
      message: "User has not verified software token mfa",
    });
    const associated = pool.ask("AssociateSoftwareToken", { Session: setup.Session });
    expect(pool.ask("AssociateSoftwareToken", { Session: setup.Session }).message).toMatch("can only be used once");
    expect(answer("MFA_SETUP", associated.Session, {}).__type).toBe("InvalidParameterException");
    const UserCode = codeAt(associated.SecretCode);
    const verified = pool.ask("VerifySoftwareToken", { Session: associated.Session, UserCode });
    expect(verified.Status).toBe("SUCCESS");
    expect(answer("MFA_SETUP", verified.Session, {})).toHaveProperty("AuthenticationResult");
    expect(signIn().ChallengeName).toBe("SOFTWARE_TOKEN_MFA");
  });

  test("takes an address within the sign-in, and proves it with the first code", () => {
    pool = aPool({ mfa: "required", mfaMethods: ["EMAIL_OTP"] });
    pool.users.addUser("alice", "correct horse");
    const { Session } = signIn();
    const challenge = answer("MFA_SETUP", Session, { EMAIL: "alice@example.com" });
    expect(challenge.ChallengeName).toBe("EMAIL_OTP");
    expect(pool.user("alice").attributes["email_verified"]).toBe("false");
    answer("EMAIL_OTP", challenge.Session, { EMAIL_OTP_CODE: arrived() });
    expect(pool.user("alice").attributes).toMatchObject({ email: "alice@example.com", email_verified: "true" });
  });

  test("asks for what the user has, chosen or not", () => {
    start({ mfa: "required", mfaMethods: ["SMS_MFA"] });
    expect(signIn().ChallengeName).toBe("SMS_MFA");
  });

  test("comes after a temporary password was replaced", () => {
    start({ mfa: "required", mfaMethods: ["SMS_MFA"] });
    pool.users.addUser("bob", "chosen by someone", { temporary: true, attributes: { phone_number: "+14325550199" } });
    const { Session } = pool.signIn("bob", "chosen by someone");
    const answers = { USERNAME: "bob", NEW_PASSWORD: "battery staple" };
    expect(pool.respond("NEW_PASSWORD_REQUIRED", Session, answers).ChallengeName).toBe("SMS_MFA");
  });
});
