import { randomBytes } from "node:crypto";

import { MINUTE } from "../../functions/domain/instant.ts";
import type { SignInSettings } from "../../local/cognito/settings.ts";
import { verifierOf } from "../../local/cognito/srp.ts";
import { createSrpClient } from "../../local/cognito/srp-client.ts";
import { CLIENT_ID, CLIENT_SECRET } from "../edge/builders.ts";
import { aPool } from "./pool-caller.ts";

let pool: ReturnType<typeof aPool>;
function start(settings: Partial<SignInSettings> = {}) {
  pool = aPool({ devices: { onUserPrompt: false, replacesMfa: true }, ...settings });
  pool.users.addUser("alice", "correct horse", { attributes: { phone_number: "+14325550143" } });
}
beforeEach(() => start());

const PASSWORD = "the device's own";
const signIn = (more: Record<string, string> = {}) => pool.signIn("alice", "correct horse", more);

function secretsOf(groupKey: string, key: string, password = PASSWORD) {
  const salt = 123456789n;
  const verifier = verifierOf({ poolName: groupKey, userId: key, password }, salt);
  const base64 = (value: bigint) => Buffer.from(value.toString(16).padStart(770, "0"), "hex").toString("base64");
  return { Salt: base64(salt), PasswordVerifier: base64(verifier) };
}

/** Signs in and confirms the device that the pool then names. */
function aDevice(tokens = signIn().AuthenticationResult) {
  const { AccessToken, RefreshToken, NewDeviceMetadata } = tokens;
  const { DeviceKey, DeviceGroupKey } = NewDeviceMetadata;
  const confirmed = pool.ask("ConfirmDevice", {
    AccessToken,
    DeviceKey,
    DeviceSecretVerifierConfig: secretsOf(DeviceGroupKey, DeviceKey),
    DeviceName: "laptop",
  });
  return { AccessToken, RefreshToken, DeviceKey, DeviceGroupKey, confirmed };
}
type Device = ReturnType<typeof aDevice>;

/** Answers DEVICE_SRP_AUTH and DEVICE_PASSWORD_VERIFIER. */
function proveDevice({ DeviceKey, DeviceGroupKey }: Device, Session: string | undefined, password = PASSWORD) {
  const srp = createSrpClient(DeviceGroupKey, randomBytes);
  const named = { USERNAME: "alice", DEVICE_KEY: DeviceKey };
  const challenge = pool.respond("DEVICE_SRP_AUTH", Session, { ...named, SRP_A: srp.srpA });
  if (challenge.__type) return challenge;
  expect(challenge.ChallengeName).toBe("DEVICE_PASSWORD_VERIFIER");
  const parameters = { ...challenge.ChallengeParameters, USER_ID_FOR_SRP: DeviceKey };
  const answer = { ...srp.answer(parameters, password, new Date(pool.now())), ...named };
  return pool.respond("DEVICE_PASSWORD_VERIFIER", Session && challenge.Session, answer);
}
const claims = (token: string) => JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());

test("a pool without device tracking names no devices", () => {
  start({ devices: null });
  expect(signIn({ DEVICE_KEY: "any" }).AuthenticationResult).not.toHaveProperty("NewDeviceMetadata");
});

describe("a new device", () => {
  test("gets a key of the Region, which the access token carries", () => {
    const { AccessToken, NewDeviceMetadata } = signIn().AuthenticationResult;
    expect(NewDeviceMetadata.DeviceKey).toMatch(/^eu-west-1_[0-9a-f-]{36}$/);
    expect(claims(AccessToken).device_key).toBe(NewDeviceMetadata.DeviceKey);
  });

  test("is confirmed once, and only by whom it was named to", () => {
    const other = signIn().AuthenticationResult;
    const device = aDevice();
    expect(device.confirmed).toEqual({ UserConfirmationNecessary: false });
    const again = {
      DeviceKey: device.DeviceKey,
      DeviceSecretVerifierConfig: secretsOf(device.DeviceGroupKey, device.DeviceKey),
    };
    expect(pool.ask("ConfirmDevice", { AccessToken: device.AccessToken, ...again }).__type).toBe(
      "DeviceKeyExistsException",
    );
    expect(pool.ask("ConfirmDevice", { AccessToken: other.AccessToken, ...again })).toEqual({
      __type: "InvalidParameterException",
      message: "Invalid device key given.",
    });
  });

  test("waits for the user where the user is asked", () => {
    start({ devices: { onUserPrompt: true, replacesMfa: true } });
    const device = aDevice();
    const { AccessToken, DeviceKey } = device;
    expect(device.confirmed).toEqual({ UserConfirmationNecessary: true });
    expect(signIn({ DEVICE_KEY: DeviceKey })).toHaveProperty("AuthenticationResult");
    pool.ask("UpdateDeviceStatus", { AccessToken, DeviceKey, DeviceRememberedStatus: "remembered" });
    expect(signIn({ DEVICE_KEY: DeviceKey }).ChallengeName).toBe("DEVICE_SRP_AUTH");
  });
});

describe("a remembered device", () => {
  test("proves itself after the password, and is named no more", () => {
    const device = aDevice();
    const { Session } = signIn({ DEVICE_KEY: device.DeviceKey });
    const { AuthenticationResult } = proveDevice(device, Session);
    expect(AuthenticationResult).not.toHaveProperty("NewDeviceMetadata");
    expect(claims(AuthenticationResult.AccessToken).device_key).toBe(device.DeviceKey);
  });

  test("may leave the sessions out, as clients in the field do", () => {
    const device = aDevice();
    signIn({ DEVICE_KEY: device.DeviceKey });
    expect(proveDevice(device, undefined)).toHaveProperty("AuthenticationResult");
  });

  test("does not stand in for the password: without one there is no session to go on with", () => {
    const device = aDevice();
    expect(proveDevice(device, undefined)).toEqual({
      __type: "InvalidParameterException",
      message: "Missing required parameter Session",
    });
  });

  test("is the one that the sign-in began with, not another of the user's", () => {
    const [one, two] = [aDevice(), aDevice()];
    const { Session } = signIn({ DEVICE_KEY: one.DeviceKey });
    expect(proveDevice(two, undefined).message).toBe("Missing required parameter Session");
    expect(proveDevice(two, Session).message).toBe("Device does not exist.");
    expect(proveDevice(one, Session)).toHaveProperty("AuthenticationResult");
  });

  test("with a wrong password is nobody", () => {
    const device = aDevice();
    const { Session } = signIn({ DEVICE_KEY: device.DeviceKey });
    expect(proveDevice(device, Session, "guessed")).toEqual({
      __type: "NotAuthorizedException",
      message: "Incorrect username or password.",
    });
    expect(proveDevice(device, Session).message).toMatch("can only be used once");
  });

  test("stands in for the second factor, or comes after it", () => {
    for (const replacesMfa of [true, false]) {
      start({ mfa: "required", mfaMethods: ["SMS_MFA"], devices: { onUserPrompt: false, replacesMfa } });
      const code = (challenge: { Session: string }, more: Record<string, string> = {}) => {
        const SMS_MFA_CODE = pool.user("alice").code?.text ?? "";
        return pool.respond("SMS_MFA", challenge.Session, { USERNAME: "alice", SMS_MFA_CODE, ...more });
      };
      const device = aDevice(code(signIn()).AuthenticationResult);
      const first = signIn({ DEVICE_KEY: device.DeviceKey });
      expect(first.ChallengeName).toBe(replacesMfa ? "DEVICE_SRP_AUTH" : "SMS_MFA");
      const challenge = replacesMfa ? first : code(first);
      expect(proveDevice(device, challenge.Session)).toHaveProperty("AuthenticationResult");
    }
  });

  test("can be read, listed page by page, and forgotten", () => {
    const [one, two] = [aDevice(), aDevice()];
    const { AccessToken } = one;
    const attributes = [
      { Name: "device_status", Value: "valid" },
      { Name: "device_name", Value: "laptop" },
      { Name: "dev:device_remembered_status", Value: "remembered" },
    ];
    const { Device } = pool.ask("GetDevice", { AccessToken, DeviceKey: one.DeviceKey });
    expect(Device).toMatchObject({ DeviceKey: one.DeviceKey, DeviceAttributes: attributes });
    expect(Device.DeviceCreateDate).toBe(pool.now() / 1000);
    const page = pool.ask("ListDevices", { AccessToken, Limit: 1 });
    expect(page.Devices.map(({ DeviceKey }: Device) => DeviceKey)).toEqual([one.DeviceKey]);
    const next = pool.ask("ListDevices", { AccessToken, PaginationToken: page.PaginationToken });
    expect(next).toEqual({ Devices: [expect.objectContaining({ DeviceKey: two.DeviceKey })] });
    expect(pool.ask("ForgetDevice", { AccessToken, DeviceKey: two.DeviceKey })).toEqual({});
    const gone = { __type: "ResourceNotFoundException", message: "Device does not exist." };
    for (const operation of ["GetDevice", "ForgetDevice", "UpdateDeviceStatus"])
      expect(pool.ask(operation, { AccessToken, DeviceKey: two.DeviceKey })).toEqual(gone);
  });
});

describe("a device that the user does not have (any more)", () => {
  const gone = { __type: "ResourceNotFoundException", message: "Device does not exist." };

  test("is told to one who knows the password, to nobody else", () => {
    expect(signIn({ DEVICE_KEY: "eu-west-1_gone" })).toEqual(gone);
    expect(pool.signIn("alice", "guessed", { DEVICE_KEY: "eu-west-1_gone" }).__type).toBe("NotAuthorizedException");
    expect(pool.proveIn("alice", "guessed", { DEVICE_KEY: "eu-west-1_gone" }).__type).toBe("NotAuthorizedException");
  });

  test("is left out by the client, which repeats the same answer with a key of null", () => {
    const srp = createSrpClient("Ab12Cd34E", randomBytes);
    const challenge = pool.initiate("USER_SRP_AUTH", { USERNAME: "alice", SRP_A: srp.srpA });
    const answer = srp.answer(challenge.ChallengeParameters, "correct horse", new Date(pool.now()));
    const respond = (DEVICE_KEY: string | null) =>
      pool.respond("PASSWORD_VERIFIER", undefined, { ...answer, DEVICE_KEY } as Record<string, string>);
    expect(respond("eu-west-1_gone")).toEqual(gone);
    expect(respond(null)).toHaveProperty("AuthenticationResult.NewDeviceMetadata");
    expect(respond(null).__type).toBe("NotAuthorizedException");
  });
});

describe("refreshing", () => {
  const input = { ClientId: CLIENT_ID, ClientSecret: CLIENT_SECRET };
  const invalid = { __type: "NotAuthorizedException", message: "Invalid Refresh Token." };

  test("wants the key of the device that was confirmed", () => {
    const { RefreshToken, DeviceKey } = aDevice();
    const refresh = (more: object) => pool.ask("GetTokensFromRefreshToken", { ...input, RefreshToken, ...more });
    expect(refresh({})).toEqual(invalid);
    expect(refresh({ DeviceKey: "eu-west-1_other" })).toEqual(invalid);
    const { AuthenticationResult } = refresh({ DeviceKey });
    expect(claims(AuthenticationResult.AccessToken).device_key).toBe(DeviceKey);
    expect(AuthenticationResult).not.toHaveProperty("NewDeviceMetadata");
    const byFlow = (more: Record<string, string>) =>
      pool.ask("InitiateAuth", {
        AuthFlow: "REFRESH_TOKEN_AUTH",
        ClientId: CLIENT_ID,
        AuthParameters: { REFRESH_TOKEN: RefreshToken, SECRET_HASH: CLIENT_SECRET, ...more },
      });
    expect(byFlow({})).toEqual(invalid);
    expect(byFlow({ DEVICE_KEY: DeviceKey })).toHaveProperty("AuthenticationResult");
  });

  test("names a device anew where none was confirmed, a key of null being none", () => {
    const { RefreshToken, NewDeviceMetadata } = signIn().AuthenticationResult;
    pool.pass(MINUTE);
    const { AuthenticationResult } = pool.ask("GetTokensFromRefreshToken", { ...input, RefreshToken, DeviceKey: null });
    expect(AuthenticationResult.NewDeviceMetadata.DeviceKey).not.toBe(NewDeviceMetadata.DeviceKey);
    expect(aDevice(AuthenticationResult).confirmed).toEqual({ UserConfirmationNecessary: false });
  });
});
