import { type RandomBytes, randomUuid } from "./random.ts";

/** How Cognito names a device: the client makes the device's password for both keys together. */
export interface DeviceName {
  readonly key: string;
  readonly groupKey: string;
}

export function newDeviceName(region: string, random: RandomBytes): DeviceName {
  return { key: `${region}_${randomUuid(random)}`, groupKey: `-${random(6).toString("base64url")}` };
}
