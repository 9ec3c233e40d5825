/** How a pool signs its users in. Cognito keeps some of this at the app client; here every client has the same. */
import type { CustomAuth } from "./custom-auth-triggers.ts";

export const mfaMethods = ["SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP"] as const;
export type MfaMethod = (typeof mfaMethods)[number];
/** What USER_AUTH may answer with: a password is sent or proved. */
export type Offered = "PASSWORD_SRP" | "PASSWORD" | "EMAIL_OTP" | "SMS_OTP";
export type FirstFactor = "PASSWORD" | "EMAIL_OTP" | "SMS_OTP";

export interface SignInSettings {
  /** `ExplicitAuthFlows` by the names that InitiateAuth takes; refreshing follows from `rotation`. */
  readonly flows: readonly string[];
  readonly mfa: "off" | "optional" | "required";
  readonly mfaMethods: readonly MfaMethod[];
  /** What USER_AUTH offers (`AllowedFirstAuthFactors`). */
  readonly firstFactors: readonly FirstFactor[];
  /** Attributes that a user must have when a temporary password is replaced. */
  readonly requiredAttributes: readonly string[];
  /** `AuthSessionValidity`. */
  readonly sessionMinutes: number;
  /** Refresh token rotation; an old token works on for the grace period. */
  readonly rotation: { readonly graceSeconds: number } | null;
  /** Device tracking. A remembered device stands in for the second factor if `replacesMfa`. */
  readonly devices: { readonly onUserPrompt: boolean; readonly replacesMfa: boolean } | null;
  readonly customAuth: CustomAuth | null;
}

export const defaultSettings: SignInSettings = {
  flows: ["USER_SRP_AUTH", "USER_PASSWORD_AUTH", "CUSTOM_AUTH", "USER_AUTH"],
  mfa: "off",
  mfaMethods,
  firstFactors: ["PASSWORD", "EMAIL_OTP", "SMS_OTP"],
  requiredAttributes: [],
  sessionMinutes: 3,
  rotation: null,
  devices: null,
  customAuth: null,
};
