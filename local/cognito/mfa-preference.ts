/** Which second factors a user wants, and what is known of the user's factors. */
import * as z from "zod";

import { AwsError } from "../aws-wire.ts";
import { userOf } from "./access.ts";
import { readInput, text } from "./input.ts";
import type { PoolCall, PoolOperation } from "./pool.ts";
import { hasMeansFor } from "./second-factor.ts";
import type { MfaMethod } from "./settings.ts";
import type { User } from "./users.ts";

const setting = z.object({ Enabled: z.boolean().default(false), PreferredMfa: z.boolean().default(false) }).optional();
type Setting = z.output<typeof setting>;
const preference = z.object({
  AccessToken: text,
  SMSMfaSettings: setting,
  SoftwareTokenMfaSettings: setting,
  EmailMfaSettings: setting,
});

export const SetUserMFAPreference: PoolOperation = (input, call) => {
  const { AccessToken, ...given } = readInput(preference, input);
  const user = userOf(AccessToken, call);
  const settings: readonly (readonly [MfaMethod, NonNullable<Setting>])[] = [
    ["SMS_MFA", given.SMSMfaSettings] as const,
    ["SOFTWARE_TOKEN_MFA", given.SoftwareTokenMfaSettings] as const,
    ["EMAIL_OTP", given.EmailMfaSettings] as const,
  ].flatMap(([method, value]) => (value ? [[method, value] as const] : []));
  checkPreferences(user, settings, call);
  for (const [method, { Enabled, PreferredMfa }] of settings) setPreference(user, method, Enabled, PreferredMfa);
  return {};
};

function checkPreferences(
  user: User,
  settings: readonly (readonly [MfaMethod, NonNullable<Setting>])[],
  { pool }: PoolCall,
): void {
  const { mfa, mfaMethods } = pool.signIns.settings;
  for (const [method, { Enabled, PreferredMfa }] of settings) {
    const possible = mfa !== "off" && mfaMethods.includes(method) && hasMeansFor(user, method);
    if (Enabled && !possible)
      throw new AwsError("InvalidParameterException", `User does not have delivery config set to turn on ${method}`);
    if (PreferredMfa && !Enabled)
      throw new AwsError("InvalidParameterException", `${method} cannot be preferred while it is not enabled`);
  }
  if (settings.filter(([, { PreferredMfa }]) => PreferredMfa).length > 1)
    throw new AwsError("InvalidParameterException", "Only one MFA method can be preferred");
}

function setPreference({ mfa }: User, method: MfaMethod, enabled: boolean, preferred: boolean): void {
  const others = mfa.enabled.filter((name) => name !== method);
  mfa.enabled = enabled ? [...others, method] : others;
  if (preferred) mfa.preferred = method;
  else if (mfa.preferred === method) mfa.preferred = null;
}

const userSettings = z.object({
  AccessToken: text,
  MFAOptions: z.array(
    z.object({ DeliveryMedium: z.literal("SMS").optional(), AttributeName: z.literal("phone_number").optional() }),
  ),
});

/** The older form, for text messages alone: an empty list turns them off. */
export const SetUserSettings: PoolOperation = (input, call) => {
  const { AccessToken, MFAOptions } = readInput(userSettings, input);
  const user = userOf(AccessToken, call);
  const Enabled = MFAOptions.length > 0;
  checkPreferences(user, [["SMS_MFA", { Enabled, PreferredMfa: false }]], call);
  setPreference(user, "SMS_MFA", Enabled, false);
  return {};
};

/** `UserMFASettingList` and `PreferredMfaSetting`, which are left out where there are none. */
export function mfaSettingsOf({ mfa }: User): Record<string, unknown> {
  return {
    ...(mfa.enabled.length > 0 && { UserMFASettingList: mfa.enabled }),
    ...(mfa.preferred && { PreferredMfaSetting: mfa.preferred }),
  };
}
