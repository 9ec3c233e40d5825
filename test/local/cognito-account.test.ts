import { DAY, MINUTE } from "../../functions/domain/instant.ts";
import { operationNames } from "../../functions/edge/operations.ts";
import { CLIENT_ID, CLIENT_SECRET } from "../edge/builders.ts";
import { aPool } from "./pool-caller.ts";
import { POOL_ID } from "./proxied-pool.ts";

let pool: ReturnType<typeof aPool>;
let AccessToken: string;
const alice = "alice@example.com";
const signIn = () => pool.signIn(alice, "correct horse").AuthenticationResult;
const ask = (operation: string, input: object = {}) => pool.ask(operation, { AccessToken, ...input });
const attributes = () => pool.user(alice).attributes;
const arrived = () => pool.user(alice).code?.text ?? "";
beforeEach(() => {
  pool = aPool({ requiredAttributes: ["email"] });
  pool.users.addUser(alice, "correct horse");
  ({ AccessToken } = signIn());
});

describe("attributes", () => {
  const set = (Name: string, Value: string) => ask("UpdateUserAttributes", { UserAttributes: [{ Name, Value }] });

  test("a new number must be proved with the code that goes there", () => {
    expect(set("phone_number", "+14325550143")).toEqual({
      CodeDeliveryDetailsList: [{ AttributeName: "phone_number", DeliveryMedium: "SMS", Destination: "+*******0143" }],
    });
    expect(attributes()).toMatchObject({ phone_number: "+14325550143", phone_number_verified: "false" });
    const verify = (Code: string) => ask("VerifyUserAttribute", { AttributeName: "phone_number", Code });
    expect(verify("wrong").__type).toBe("CodeMismatchException");
    expect(verify(arrived())).toEqual({});
    expect(attributes()["phone_number_verified"]).toBe("true");
  });

  test("the same address again is no news", () => {
    expect(set("email", alice)).toEqual({ CodeDeliveryDetailsList: [] });
    expect(attributes()["email_verified"]).toBe("true");
  });

  test("a code can be sent again, and is good for its own attribute for a day", () => {
    set("email", "alice@example.net");
    set("phone_number", "+14325550143");
    expect(ask("GetUserAttributeVerificationCode", { AttributeName: "email" })).toEqual({
      CodeDeliveryDetails: { AttributeName: "email", DeliveryMedium: "EMAIL", Destination: "a***@e***" },
    });
    const Code = arrived();
    expect(ask("VerifyUserAttribute", { AttributeName: "phone_number", Code }).__type).toBe("CodeMismatchException");
    pool.pass(DAY);
    ({ AccessToken } = signIn());
    expect(ask("VerifyUserAttribute", { AttributeName: "email", Code }).__type).toBe("ExpiredCodeException");
  });

  test("no code for what the user does not have, or what cannot be verified", () => {
    for (const AttributeName of ["phone_number", "name"])
      expect(ask("GetUserAttributeVerificationCode", { AttributeName }).__type).toBe("InvalidParameterException");
  });

  test("can be removed, with what was proved of them, but for those that the pool requires", () => {
    set("phone_number", "+14325550143");
    const remove = (...UserAttributeNames: string[]) => ask("DeleteUserAttributes", { UserAttributeNames });
    expect(remove("phone_number")).toEqual({});
    expect(attributes()).toEqual({ sub: expect.any(String), email: alice, email_verified: "true" });
    expect(remove("email")).toEqual({
      __type: "InvalidParameterException",
      message: "Attributes did not conform to the schema: email: The attribute is required",
    });
  });

  test.each(["sub", "email_verified"])("%s is not the client's to write", (name) => {
    const refused = { __type: "NotAuthorizedException", message: "A client attempted to write unauthorized attribute" };
    expect(set(name, "true")).toEqual(refused);
    expect(ask("DeleteUserAttributes", { UserAttributeNames: [name] })).toEqual(refused);
  });
});

test("a user sees by what it could sign in", () => {
  expect(ask("GetUserAuthFactors")).toEqual({
    Username: pool.user(alice).sub,
    ConfiguredUserAuthFactors: ["PASSWORD", "EMAIL_OTP"],
  });
  pool.user(alice).totp.secret = "MFRGGZDF";
  expect(ask("GetUserAuthFactors").ConfiguredUserAuthFactors).toContain("SOFTWARE_TOKEN");
});

describe("sessions", () => {
  const input = { ClientId: CLIENT_ID, ClientSecret: CLIENT_SECRET };

  test("are listed with when they were last used, the caller's own marked", () => {
    const start = pool.now() / 1000;
    pool.pass(MINUTE);
    const other = signIn();
    pool.pass(MINUTE);
    pool.ask("GetTokensFromRefreshToken", { ...input, RefreshToken: other.RefreshToken });
    const common = {
      SessionId: expect.stringMatching(/^tkn[a-z0-9]{25}$/),
      SessionType: "TOKEN",
      ClientId: CLIENT_ID,
      DeviceType: "unknown",
    };
    expect(ask("ListUserSessions")).toEqual({
      Sessions: [
        { ...common, CreateDate: start, LastActiveDate: start, IsCurrentSession: true },
        { ...common, CreateDate: start + 60, LastActiveDate: start + 120, IsCurrentSession: false },
      ],
    });
  });

  test("are ended one by one, never one's own or another user's", () => {
    const other = signIn();
    pool.users.addUser("bob", "battery staple");
    const bob = pool.signIn("bob", "battery staple").AuthenticationResult;
    const idOf = (token: string) =>
      pool
        .ask("ListUserSessions", { AccessToken: token })
        .Sessions.find(({ IsCurrentSession }: { IsCurrentSession: boolean }) => IsCurrentSession).SessionId;
    const ids = [idOf(AccessToken), idOf(bob.AccessToken), idOf(other.AccessToken)];
    const types = ids.map((SessionId) => ask("RevokeUserSession", { SessionId }).__type);
    expect(types).toEqual(["InvalidParameterException", "ResourceNotFoundException", undefined]);
    expect(pool.ask("GetUser", { AccessToken: other.AccessToken }).message).toBe("Access Token has been revoked");
    expect(pool.ask("GetUser", { AccessToken: bob.AccessToken })).toHaveProperty("Username");
    expect(ask("ListUserSessions").Sessions).toHaveLength(1);
  });
});

test("feedback is refused, for there is no threat protection to give it on", () => {
  const give = (more: object = {}) =>
    pool.ask("UpdateAuthEventFeedback", {
      UserPoolId: POOL_ID,
      Username: alice,
      EventId: "e",
      FeedbackToken: "t",
      FeedbackValue: "Valid",
      ...more,
    }).__type;
  expect(give()).toBe("UserPoolAddOnNotEnabledException");
  expect(give({ Username: "nobody" })).toBe("UserNotFoundException");
  expect(give({ UserPoolId: "eu-west-1_Other" })).toBe("ResourceNotFoundException");
  expect(give({ FeedbackValue: "maybe" })).toBe("InvalidParameterException");
});

test("of the public operations only those on passkeys are not played", () => {
  const types = operationNames.map((name) => [name, pool.ask(name, {}).__type]);
  const refused = types.filter(([, type]) => type === "UnsupportedOperationException").map(([name]) => name);
  expect(refused).toEqual([
    "StartWebAuthnRegistration",
    "CompleteWebAuthnRegistration",
    "ListWebAuthnCredentials",
    "DeleteWebAuthnCredential",
  ]);
});
