import { randomBytes } from "node:crypto";
import type { SignInSettings } from "../../local/cognito/settings.ts";
import { createSrpClient } from "../../local/cognito/srp-client.ts";
import { CLIENT_ID } from "../edge/builders.ts";
import { aPool, hashOf } from "./pool-caller.ts";

let pool: ReturnType<typeof aPool>;
const alice = "alice@example.com";
function start(settings: Partial<SignInSettings> = {}) {
  pool = aPool(settings);
  pool.users.addUser(alice, "correct horse", {
    attributes: { phone_number: "+14325550143", phone_number_verified: "true" },
  });
}
beforeEach(() => start());

const begin = (more: Record<string, string> = {}) => pool.initiate("USER_AUTH", { USERNAME: alice, ...more });
const answer = (name: string, Session: string, more: Record<string, string>) =>
  pool.respond(name, Session, { USERNAME: alice, ...more });
const everything = ["PASSWORD_SRP", "PASSWORD", "EMAIL_OTP", "SMS_OTP"];
const wrong = { __type: "NotAuthorizedException", message: "Incorrect username or password." };
const arrived = () => pool.user(alice).code?.text ?? "";

describe("what is offered", () => {
  test("without a preference: all that the user could use", () => {
    expect(begin()).toEqual({
      ChallengeName: "SELECT_CHALLENGE",
      Session: expect.any(String),
      ChallengeParameters: {},
      AvailableChallenges: everything,
    });
  });

  test("passwords alone to a user with a temporary one, whatever it prefers", () => {
    pool.users.addUser("bob@example.com", "chosen by someone", { temporary: true });
    const choice = pool.initiate("USER_AUTH", { USERNAME: "bob@example.com", PREFERRED_CHALLENGE: "EMAIL_OTP" });
    expect(choice).toMatchObject({
      ChallengeName: "SELECT_CHALLENGE",
      AvailableChallenges: ["PASSWORD_SRP", "PASSWORD"],
    });
  });

  test("no address that was not proved", () => {
    pool.user(alice).attributes["email_verified"] = "false";
    expect(begin().AvailableChallenges).not.toContain("EMAIL_OTP");
  });

  test("no one-time password where a second factor must follow", () => {
    for (const settings of [{ mfa: "required", mfaMethods: ["SOFTWARE_TOKEN_MFA"] }, { mfa: "optional" }] as const) {
      start(settings);
      if (settings.mfa === "optional") pool.user(alice).mfa.enabled = ["SMS_MFA"];
      expect(begin().AvailableChallenges).toEqual(["PASSWORD_SRP", "PASSWORD"]);
      const { ChallengeName } = begin({ PREFERRED_CHALLENGE: "PASSWORD", PASSWORD: "correct horse" });
      expect(ChallengeName).toBe(settings.mfa === "optional" ? "SMS_MFA" : "MFA_SETUP");
    }
  });

  test("what the pool allows", () => {
    start({ firstFactors: ["SMS_OTP"] });
    expect(begin().AvailableChallenges).toEqual(["SMS_OTP"]);
  });

  test("everything to a name that does not exist", () => {
    expect(pool.initiate("USER_AUTH", { USERNAME: "nobody" }).AvailableChallenges).toEqual(everything);
  });

  test("nothing where the client does not have the flow", () => {
    start({ flows: ["USER_SRP_AUTH"] });
    expect(begin()).toEqual({
      __type: "InvalidParameterException",
      message: "USER_AUTH flow not enabled for this client",
    });
  });

  test("no passkey, and no step-up", () => {
    expect(begin({ PREFERRED_CHALLENGE: "WEB_AUTHN" }).ChallengeName).toBe("SELECT_CHALLENGE");
    expect(answer("SELECT_CHALLENGE", begin().Session, { ANSWER: "WEB_AUTHN" }).__type).toBe(
      "InvalidParameterException",
    );
    expect(answer("WEB_AUTHN", begin().Session, { CREDENTIAL: "{}" }).__type).toBe("InvalidParameterException");
    expect(begin({ TARGET_ACR_VALUES: "urn:example" }).__type).toBe("FeatureUnavailableInTierException");
  });
});

describe("a password", () => {
  test("may come with the preference, with the choice, or after it", () => {
    const PASSWORD = "correct horse";
    expect(begin({ PREFERRED_CHALLENGE: "PASSWORD", PASSWORD })).toHaveProperty("AuthenticationResult");
    const choose = (more: object) => answer("SELECT_CHALLENGE", begin().Session, { ANSWER: "PASSWORD", ...more });
    expect(choose({ PASSWORD })).toHaveProperty("AuthenticationResult");
    for (const challenge of [choose({}), begin({ PREFERRED_CHALLENGE: "PASSWORD" })]) {
      expect(challenge.ChallengeName).toBe("PASSWORD");
      expect(answer("PASSWORD", challenge.Session, { PASSWORD })).toHaveProperty("AuthenticationResult");
      expect(answer("PASSWORD", challenge.Session, { PASSWORD }).message).toMatch("can only be used once");
    }
  });

  test("that is wrong may be tried again, and locks in the end", () => {
    const { Session } = begin({ PREFERRED_CHALLENGE: "PASSWORD" });
    for (let count = 0; count < 5; count++) expect(answer("PASSWORD", Session, { PASSWORD: "guessed" })).toEqual(wrong);
    expect(answer("PASSWORD", Session, { PASSWORD: "correct horse" }).message).toBe("Password attempts exceeded");
  });

  test("without a sign-in that asked for it is worth nothing", () => {
    expect(answer("PASSWORD", "made up", { PASSWORD: "correct horse" }).message).toBe("Invalid session for the user.");
    expect(answer("PASSWORD", begin().Session, { PASSWORD: "correct horse" }).message).toBe(
      "Invalid session for the user.",
    );
  });

  test.each(["preference", "choice", "challenge"])("may be proved by SRP (public value with the %s)", (place) => {
    const srp = createSrpClient("Ab12Cd34E", randomBytes);
    const SRP_A = srp.srpA;
    const challenge = () => {
      if (place === "preference") return begin({ PREFERRED_CHALLENGE: "PASSWORD_SRP", SRP_A });
      if (place === "choice") return answer("SELECT_CHALLENGE", begin().Session, { ANSWER: "PASSWORD_SRP", SRP_A });
      return answer("PASSWORD_SRP", begin({ PREFERRED_CHALLENGE: "PASSWORD_SRP" }).Session, { SRP_A });
    };
    const { ChallengeName, ChallengeParameters, Session } = challenge();
    expect(ChallengeName).toBe("PASSWORD_VERIFIER");
    const claim = srp.answer(ChallengeParameters, "correct horse", new Date(pool.now()));
    expect(pool.respond("PASSWORD_VERIFIER", undefined, claim).__type).toBe("InvalidParameterException");
    expect(pool.respond("PASSWORD_VERIFIER", Session, claim)).toHaveProperty("AuthenticationResult");
  });
});

describe("a one-time password", () => {
  test.each([
    { name: "EMAIL_OTP", medium: "EMAIL", to: "a***@e***" },
    { name: "SMS_OTP", medium: "SMS", to: "+*******0143" },
  ])("$name signs in, once", ({ name, medium, to }) => {
    const challenge = begin({ PREFERRED_CHALLENGE: name });
    expect(challenge).toEqual({
      ChallengeName: name,
      Session: expect.any(String),
      ChallengeParameters: { CODE_DELIVERY_DELIVERY_MEDIUM: medium, CODE_DELIVERY_DESTINATION: to },
      AvailableChallenges: everything,
    });
    const attempt = (code: string) => answer(name, challenge.Session, { [`${name}_CODE`]: code });
    for (let count = 0; count < 6; count++)
      expect(attempt("wrong")).toEqual({
        __type: "CodeMismatchException",
        message: "Invalid code or auth state for the user.",
      });
    expect(arrived()).toMatch(/^\d{8}$/);
    expect(attempt(arrived())).toHaveProperty("AuthenticationResult");
    expect(attempt(arrived()).message).toMatch("can only be used once");
  });

  test("is sent where it is chosen", () => {
    const challenge = answer("SELECT_CHALLENGE", begin().Session, { ANSWER: "EMAIL_OTP" });
    expect(answer("EMAIL_OTP", challenge.Session, { EMAIL_OTP_CODE: arrived() })).toHaveProperty(
      "AuthenticationResult",
    );
  });

  test("seems to be sent to a name that does not exist", () => {
    const USERNAME = "nobody@example.com";
    const challenge = pool.initiate("USER_AUTH", { USERNAME, PREFERRED_CHALLENGE: "EMAIL_OTP" });
    expect(challenge).toMatchObject({
      ChallengeName: "EMAIL_OTP",
      ChallengeParameters: { CODE_DELIVERY_DESTINATION: "n***@e***" },
    });
    const answered = pool.respond("EMAIL_OTP", challenge.Session, { USERNAME, EMAIL_OTP_CODE: "12345678" });
    expect(answered.__type).toBe("CodeMismatchException");
  });
});

describe("after a sign-up", () => {
  const bob = "bob@example.com";
  const named = { ClientId: CLIENT_ID, Username: bob, SecretHash: hashOf(bob) };
  function signUp() {
    const { Session } = pool.ask("SignUp", { ...named, Password: "battery staple" });
    const ConfirmationCode = pool.user(bob).code?.text;
    return { Session, ConfirmationCode };
  }
  const go = (USERNAME: string, Session: string) => pool.initiate("USER_AUTH", { USERNAME }, { Session });

  test("the session of ConfirmSignUp signs in without another code, once", () => {
    const confirmed = pool.ask("ConfirmSignUp", { ...named, ...signUp() });
    expect(go(bob, confirmed.Session)).toHaveProperty("AuthenticationResult");
    expect(go(bob, confirmed.Session).message).toMatch("can only be used once");
  });

  test("it signs in nobody else, and the session of SignUp nobody at all", () => {
    const { Session, ConfirmationCode } = signUp();
    const invalid = "Invalid session for the user.";
    expect(go(bob, Session).message).toBe(invalid);
    const confirmed = pool.ask("ConfirmSignUp", { ...named, ConfirmationCode });
    expect(go(alice, confirmed.Session).message).toBe(invalid);
  });

  test("a wrong code does not use up the session", () => {
    const { Session, ConfirmationCode } = signUp();
    expect(pool.ask("ConfirmSignUp", { ...named, Session, ConfirmationCode: "wrong" }).__type).toBe(
      "CodeMismatchException",
    );
    expect(pool.ask("ConfirmSignUp", { ...named, Session: "made up", ConfirmationCode }).__type).toBe(
      "NotAuthorizedException",
    );
    expect(pool.ask("ConfirmSignUp", { ...named, Session, ConfirmationCode })).toHaveProperty("Session");
  });

  test("a client without the flow gets no session", () => {
    start({ flows: ["USER_SRP_AUTH"] });
    const { Session, ConfirmationCode } = signUp();
    expect(Session).toBeUndefined();
    expect(pool.ask("ConfirmSignUp", { ...named, ConfirmationCode })).toEqual({});
  });
});
