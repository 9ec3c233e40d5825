import { challenge } from "./challenge-answer.ts";
import type { ProvedSignIn } from "./challenge-sessions.ts";
import type { PoolCall } from "./pool.ts";
import type { Device } from "./user.ts";

/** The device that the client says it is, if the pool tracks devices and the user had this one remembered. */
export function rememberedDevice({ user, deviceKey }: ProvedSignIn, { pool }: PoolCall): Device | null {
  if (!pool.signIns.settings.devices || deviceKey === null) return null;
  const device = user.devices.get(deviceKey);
  return device?.remembered ? device : null;
}

export function challengeDevice(signIn: ProvedSignIn, call: PoolCall): Record<string, unknown> {
  return challenge("DEVICE_SRP_AUTH", { challenge: "DEVICE_SRP_AUTH" }, signIn, {}, call);
}
