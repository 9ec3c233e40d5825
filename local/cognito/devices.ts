/** Devices that the pool tracks: named at sign-in, confirmed by the client with a password of their own. */
import * as z from "zod";

import type { Instant } from "../../functions/domain/instant.ts";
import { AwsError } from "../aws-wire.ts";
import { sessionOf, userOf } from "./access.ts";
import type { ProvedSignIn } from "./challenge-sessions.ts";
import { type DeviceName, newDeviceName } from "./device-keys.ts";
import { readInput, text } from "./input.ts";
import type { PoolCall, PoolOperation } from "./pool.ts";
import { toBigInt } from "./srp.ts";
import type { Device, User } from "./user.ts";

/** A name for a device that has none; null where the pool tracks no devices. */
export function newDevice({ pool }: PoolCall): { name: DeviceName; metadata: object } | null {
  const { settings, region, random } = pool.signIns;
  if (!settings.devices) return null;
  const name = newDeviceName(region, random);
  return { name, metadata: { NewDeviceMetadata: { DeviceKey: name.key, DeviceGroupKey: name.groupKey } } };
}

const noDevice = () => new AwsError("ResourceNotFoundException", "Device does not exist.");

/** Throws if the client says that it is a device which the user does not have: it then forgets the key and repeats. */
export function checkDevice({ user, deviceKey }: Pick<ProvedSignIn, "user" | "deviceKey">, { pool }: PoolCall): void {
  if (pool.signIns.settings.devices && deviceKey !== null && !user.devices.has(deviceKey)) throw noDevice();
}

export function deviceOf(user: User, key: string): Device {
  const device = user.devices.get(key);
  if (!device) throw noDevice();
  return device;
}

const base64 = z.string().regex(/^[A-Za-z0-9+/]+={0,2}$/, "must be base64");
const confirm = z.object({
  AccessToken: text,
  DeviceKey: text.max(55),
  DeviceSecretVerifierConfig: z.object({ PasswordVerifier: base64, Salt: base64 }),
  DeviceName: z.string().max(1024).default(""),
});

export const ConfirmDevice: PoolOperation = (input, call) => {
  const { AccessToken, DeviceKey, DeviceSecretVerifierConfig, DeviceName } = readInput(confirm, input);
  const { device, user } = sessionOf(AccessToken, call);
  const { devices } = call.pool.signIns.settings;
  if (!devices || device?.key !== DeviceKey)
    throw new AwsError("InvalidParameterException", "Invalid device key given.");
  if (user.devices.has(DeviceKey)) throw new AwsError("DeviceKeyExistsException", "Device already exists.");
  user.devices.set(DeviceKey, {
    ...device,
    salt: toBigInt(Buffer.from(DeviceSecretVerifierConfig.Salt, "base64")),
    verifier: toBigInt(Buffer.from(DeviceSecretVerifierConfig.PasswordVerifier, "base64")),
    name: DeviceName,
    remembered: !devices.onUserPrompt,
    createdAt: call.now,
    modifiedAt: call.now,
    authenticatedAt: call.now,
  });
  return { UserConfirmationNecessary: devices.onUserPrompt };
};

const oneDevice = z.object({ AccessToken: text, DeviceKey: text.max(55) });

export const GetDevice: PoolOperation = (input, call) => {
  const { AccessToken, DeviceKey } = readInput(oneDevice, input);
  return { Device: describe(deviceOf(userOf(AccessToken, call), DeviceKey)) };
};

/** It can prove itself no more; its tokens stay, and refreshing them gives it a new key. */
export const ForgetDevice: PoolOperation = (input, call) => {
  const { AccessToken, DeviceKey } = readInput(oneDevice, input);
  const user = userOf(AccessToken, call);
  user.devices.delete(deviceOf(user, DeviceKey).key);
  return {};
};

const listDevices = z.object({
  AccessToken: text,
  Limit: z.number().int().min(0).max(60).default(60),
  PaginationToken: z.string().optional(),
});

export const ListDevices: PoolOperation = (input, call) => {
  const { AccessToken, Limit, PaginationToken } = readInput(listDevices, input);
  const all = [...userOf(AccessToken, call).devices.values()];
  const start = PaginationToken === undefined ? 0 : all.findIndex(({ key }) => key === PaginationToken);
  if (start < 0) throw new AwsError("InvalidParameterException", "Invalid pagination token");
  const end = start + (Limit || 60);
  const next = all[end]?.key;
  return { Devices: all.slice(start, end).map(describe), ...(next && { PaginationToken: next }) };
};

const status = z.object({
  AccessToken: text,
  DeviceKey: text.max(55),
  DeviceRememberedStatus: z.enum(["remembered", "not_remembered"]).optional(),
});

export const UpdateDeviceStatus: PoolOperation = (input, call) => {
  const { AccessToken, DeviceKey, DeviceRememberedStatus } = readInput(status, input);
  const device = deviceOf(userOf(AccessToken, call), DeviceKey);
  if (DeviceRememberedStatus) device.remembered = DeviceRememberedStatus === "remembered";
  device.modifiedAt = call.now;
  return {};
};

function describe({ key, name, remembered, createdAt, modifiedAt, authenticatedAt }: Device) {
  return {
    DeviceKey: key,
    DeviceAttributes: [
      { Name: "device_status", Value: "valid" },
      { Name: "device_name", Value: name },
      { Name: "dev:device_remembered_status", Value: remembered ? "remembered" : "not_remembered" },
    ],
    DeviceCreateDate: seconds(createdAt),
    DeviceLastModifiedDate: seconds(modifiedAt),
    DeviceLastAuthenticatedDate: seconds(authenticatedAt),
  };
}

function seconds(instant: Instant): number {
  return instant / 1000;
}
