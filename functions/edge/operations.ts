/**
 * The operations that the proxy relays, and where the client secret goes in each: one row an operation, for all
 * that the Cognito API offers without AWS credentials. What has no row here is refused.
 */

/**
 * - `hash`: `SecretHash` over `Username`
 * - `sign-in`: `AuthParameters.SECRET_HASH` over `AuthParameters.USERNAME`, by flow (see `signInFlows`)
 * - `challenge`: `ChallengeResponses.SECRET_HASH` over `ChallengeResponses.USERNAME`
 * - `secret`: the plain `ClientSecret`
 * - `untouched`: carries a token instead of a client id; the body goes on byte for byte
 */
export type SecretPlace = "hash" | "sign-in" | "challenge" | "secret" | "untouched";

const rows = [
  ["SignUp", "hash"],
  ["ConfirmSignUp", "hash"],
  ["ResendConfirmationCode", "hash"],
  ["ForgotPassword", "hash"],
  ["ConfirmForgotPassword", "hash"],
  ["InitiateAuth", "sign-in"],
  ["RespondToAuthChallenge", "challenge"],
  ["GetTokensFromRefreshToken", "secret"],
  ["RevokeToken", "secret"],
  ["AssociateSoftwareToken", "untouched"],
  ["VerifySoftwareToken", "untouched"],
  ["GetUser", "untouched"],
  ["ChangePassword", "untouched"],
  ["UpdateUserAttributes", "untouched"],
  ["DeleteUserAttributes", "untouched"],
  ["DeleteUser", "untouched"],
  ["GetUserAttributeVerificationCode", "untouched"],
  ["VerifyUserAttribute", "untouched"],
  ["GetUserAuthFactors", "untouched"],
  ["SetUserMFAPreference", "untouched"],
  ["SetUserSettings", "untouched"],
  ["GlobalSignOut", "untouched"],
  ["ConfirmDevice", "untouched"],
  ["ForgetDevice", "untouched"],
  ["GetDevice", "untouched"],
  ["ListDevices", "untouched"],
  ["UpdateDeviceStatus", "untouched"],
  ["StartWebAuthnRegistration", "untouched"],
  ["CompleteWebAuthnRegistration", "untouched"],
  ["ListWebAuthnCredentials", "untouched"],
  ["DeleteWebAuthnCredential", "untouched"],
  ["ListUserSessions", "untouched"],
  ["RevokeUserSession", "untouched"],
  ["UpdateAuthEventFeedback", "untouched"],
] as const satisfies readonly (readonly [string, SecretPlace])[];

export type OperationName = (typeof rows)[number][0];

// A Map, so that a target like "constructor" finds nothing.
const places: ReadonlyMap<string, SecretPlace> = new Map(rows);
export const operationNames: readonly OperationName[] = rows.map(([name]) => name);

/** Where the secret goes in this operation; undefined if the proxy does not relay it. */
export function secretPlaceOf(operation: string): SecretPlace | undefined {
  return places.get(operation);
}

/** The flows a viewer may start. `refresh` has no user name in the request, so no hash can be made for it. */
export const signInFlows: ReadonlyMap<string, "hash" | "refresh"> = new Map([
  ["USER_SRP_AUTH", "hash"],
  ["USER_PASSWORD_AUTH", "hash"],
  ["CUSTOM_AUTH", "hash"],
  ["USER_AUTH", "hash"],
  ["REFRESH_TOKEN_AUTH", "refresh"],
  ["REFRESH_TOKEN", "refresh"],
] as const);

/** The challenges a viewer may answer; ADMIN_NO_SRP_AUTH exists for AdminRespondToAuthChallenge alone. */
export const challengeNames: ReadonlySet<string> = new Set([
  "PASSWORD",
  "PASSWORD_SRP",
  "PASSWORD_VERIFIER",
  "SELECT_CHALLENGE",
  "SELECT_MFA_TYPE",
  "SMS_MFA",
  "SMS_OTP",
  "EMAIL_MFA",
  "EMAIL_OTP",
  "SOFTWARE_TOKEN_MFA",
  "WEB_AUTHN",
  "CUSTOM_CHALLENGE",
  "NEW_PASSWORD_REQUIRED",
  "MFA_SETUP",
  "DEVICE_SRP_AUTH",
  "DEVICE_PASSWORD_VERIFIER",
]);
