import { MINUTE } from "../../functions/domain/instant.ts";
import { CLIENT_ID } from "../edge/builders.ts";
import { aPool, hashOf } from "./pool-caller.ts";

const invited = "bob@example.com";
let pool: ReturnType<typeof aPool>;
beforeEach(() => {
  pool = aPool({ requiredAttributes: ["email", "name"] });
  pool.users.addUser(invited, "chosen by someone", { temporary: true });
  pool.users.addUser("alice", "correct horse");
});
const start = () => pool.signIn(invited, "chosen by someone");
const answer = (Session: string, more: Record<string, string> = {}) =>
  pool.respond("NEW_PASSWORD_REQUIRED", Session, {
    USERNAME: invited,
    NEW_PASSWORD: "battery staple",
    "userAttributes.name": "Bob",
    ...more,
  });

describe("a temporary password", () => {
  test.each(["signIn", "proveIn"] as const)("gives no tokens but a challenge (%s)", (way) => {
    const challenge = pool[way](invited, "chosen by someone");
    expect(challenge).toEqual({
      ChallengeName: "NEW_PASSWORD_REQUIRED",
      Session: expect.any(String),
      ChallengeParameters: {
        USER_ID_FOR_SRP: pool.user(invited).sub,
        requiredAttributes: '["userAttributes.name"]',
        userAttributes: JSON.stringify({ email: invited, email_verified: "true" }),
      },
    });
    expect(answer(challenge.Session).AuthenticationResult.RefreshToken).toEqual(expect.any(String));
  });

  test("is good for nothing once it was replaced", () => {
    answer(start().Session);
    expect(start().message).toBe("Incorrect username or password.");
    expect(pool.signIn(invited, "battery staple")).toHaveProperty("AuthenticationResult.AccessToken");
    expect(pool.user(invited).attributes).toMatchObject({ name: "Bob" });
  });

  test("expires at its instant, not after it", () => {
    pool.users.addUser("carol", "chosen by someone", { temporary: pool.now() + MINUTE });
    pool.pass(MINUTE - 1);
    expect(pool.signIn("carol", "chosen by someone").ChallengeName).toBe("NEW_PASSWORD_REQUIRED");
    pool.pass(1);
    expect(pool.signIn("carol", "chosen by someone")).toEqual({
      __type: "NotAuthorizedException",
      message: "Temporary password has expired and must be reset by an administrator.",
    });
  });

  test("cannot be forgotten", () => {
    expect(pool.ask("ForgotPassword", { ClientId: CLIENT_ID, Username: invited, SecretHash: hashOf(invited) })).toEqual(
      {
        __type: "NotAuthorizedException",
        message: "User password cannot be reset in the current state.",
      },
    );
  });
});

describe("the answer", () => {
  test("must bring the attributes that the pool requires, and none that are there already", () => {
    const { Session } = start();
    expect(answer(Session, { "userAttributes.name": "" })).toEqual({
      __type: "InvalidParameterException",
      message: "Attributes did not conform to the schema: name: The attribute is required",
    });
    expect(answer(Session, { "userAttributes.email": invited })).toEqual({
      __type: "NotAuthorizedException",
      message: "Cannot modify an already provided email",
    });
    expect(answer(Session, { "userAttributes.phone_number_verified": "true" }).__type).toBe("NotAuthorizedException");
    expect(answer(Session)).toHaveProperty("AuthenticationResult");
  });

  test("must keep to the password policy, and may be tried again in the same session", () => {
    const { Session } = start();
    expect(answer(Session, { NEW_PASSWORD: "short" }).__type).toBe("InvalidPasswordException");
    expect(answer(Session, { NEW_PASSWORD: "x".repeat(257) }).__type).toBe("InvalidParameterException");
    expect(answer(Session)).toHaveProperty("AuthenticationResult");
  });

  test("may name the user by its internal name, over which the hash then is", () => {
    const { sub } = pool.user(invited);
    expect(answer(start().Session, { USERNAME: sub })).toHaveProperty("AuthenticationResult");
  });
});

describe("a session", () => {
  const refusal = (more: string) => ({
    __type: "NotAuthorizedException",
    message: `Invalid session for the user${more}.`,
  });

  test("is good for one step", () => {
    const { Session } = start();
    answer(Session);
    expect(answer(Session)).toEqual(refusal(", session can only be used once"));
  });

  test("lasts three minutes", () => {
    const [one, two] = [start(), start()];
    pool.pass(3 * MINUTE - 1);
    expect(answer(one.Session)).toHaveProperty("AuthenticationResult");
    pool.pass(1);
    expect(answer(two.Session)).toEqual(refusal(", session is expired"));
  });

  test("must be sent, and be one of this pool", () => {
    const without = pool.respond("NEW_PASSWORD_REQUIRED", undefined, {
      USERNAME: invited,
      NEW_PASSWORD: "long enough",
    });
    expect(without).toEqual({
      __type: "InvalidParameterException",
      message: "Missing required parameter Session",
    });
    expect(answer("made up")).toEqual(refusal(""));
  });

  test("belongs to its user and its client", () => {
    expect(answer(start().Session, { USERNAME: "alice" })).toEqual(refusal(""));
    const both = { [CLIENT_ID]: { secrets: [] }, other: { secrets: [] } };
    pool = aPool({}, { clients: both });
    pool.users.addUser(invited, "chosen by someone", { temporary: true });
    const { Session } = start();
    const answers = { USERNAME: invited, NEW_PASSWORD: "battery staple" };
    expect(pool.respond("NEW_PASSWORD_REQUIRED", Session, answers, { ClientId: "other" })).toEqual(refusal(""));
    expect(pool.respond("NEW_PASSWORD_REQUIRED", Session, answers)).toHaveProperty("AuthenticationResult");
  });

  test("says nothing to one who does not know the secret", () => {
    const { Session } = start();
    expect(answer(Session, { SECRET_HASH: hashOf("alice") })).toEqual({
      __type: "NotAuthorizedException",
      message: `Unable to verify secret hash for client ${CLIENT_ID}`,
    });
    expect(answer("made up", { SECRET_HASH: "wrong" }).message).toMatch("Unable to verify secret hash");
  });

  test("tells CloudTrail whose it is", () => {
    answer(start().Session);
    expect(pool.trail.at(-1)).toMatchObject({ additionalEventData: { sub: pool.user(invited).sub } });
  });
});
