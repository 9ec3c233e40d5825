import type { SignIn } from "./challenge-sessions.ts";
import type { PoolCall } from "./pool.ts";
import { secondFactorsOf } from "./second-factor.ts";
import type { Offered } from "./settings.ts";
import type { User } from "./users.ts";

/**
 * The first factors that USER_AUTH offers. A one-time password cannot be followed by a second factor, so users who
 * need one are offered passwords alone; so are those with a temporary password. Unknown users are offered everything.
 */
export function firstFactorsOf({ user }: Pick<SignIn, "user">, { pool }: PoolCall): readonly Offered[] {
  const { settings } = pool.signIns;
  const { firstFactors, mfa } = settings;
  const passwords: readonly Offered[] = firstFactors.includes("PASSWORD") ? ["PASSWORD_SRP", "PASSWORD"] : [];
  const sent = (["EMAIL_OTP", "SMS_OTP"] as const).filter((name) => firstFactors.includes(name));
  if (!user) return [...passwords, ...sent];
  const passwordsOnly =
    user.temporaryUntil !== null || mfa === "required" || secondFactorsOf(user, settings).length > 0;
  return [...passwords, ...(passwordsOnly ? [] : sent.filter((name) => hasProved(user, name)))];
}

/** Whether a one-time password can go to the user: to an address or number that was verified. */
export function hasProved({ attributes }: User, name: "EMAIL_OTP" | "SMS_OTP"): boolean {
  const attribute = name === "EMAIL_OTP" ? "email" : "phone_number";
  return Boolean(attributes[attribute]) && attributes[`${attribute}_verified`] === "true";
}
