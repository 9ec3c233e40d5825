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

/** One row of the table. The documentation (`docs/operations.md`), the handler and the tests are made from it. */
export interface Operation {
  readonly name: string;
  readonly place: SecretPlace;
  /** Whether Cognito takes `UserContextData`, and so the viewer's address, in it. */
  readonly takesContext: boolean;
  /** The operation that it becomes with `AdvancedSecurityEnabled`; null where no Admin operation does the same. */
  readonly asAdmin: string | null;
  readonly purpose: string;
}

const withoutToken: readonly Operation[] = [
  { name: "SignUp", place: "hash", takesContext: true, asAdmin: null, purpose: "Creates a user" },
  {
    name: "ConfirmSignUp",
    place: "hash",
    takesContext: true,
    asAdmin: null,
    purpose: "Proves the new user's address with a code",
  },
  {
    name: "ResendConfirmationCode",
    place: "hash",
    takesContext: true,
    asAdmin: null,
    purpose: "Sends that code again",
  },
  {
    name: "ForgotPassword",
    place: "hash",
    takesContext: true,
    asAdmin: null,
    purpose: "Sends a code for a new password",
  },
  {
    name: "ConfirmForgotPassword",
    place: "hash",
    takesContext: true,
    asAdmin: null,
    purpose: "Sets the new password with that code",
  },
  {
    name: "InitiateAuth",
    place: "sign-in",
    takesContext: true,
    asAdmin: "AdminInitiateAuth",
    purpose: "Starts a sign-in, or refreshes one",
  },
  {
    name: "RespondToAuthChallenge",
    place: "challenge",
    takesContext: true,
    asAdmin: "AdminRespondToAuthChallenge",
    purpose: "Answers a challenge of a sign-in",
  },
  {
    name: "GetTokensFromRefreshToken",
    place: "secret",
    takesContext: false,
    asAdmin: null,
    purpose: "Refreshes a sign-in, also where refresh tokens rotate",
  },
  {
    name: "RevokeToken",
    place: "secret",
    takesContext: false,
    asAdmin: null,
    purpose: "Ends a refresh token and the access tokens that came from it",
  },
];

/** Operations that a token pays for. AssociateSoftwareToken and VerifySoftwareToken take a session instead of one. */
const withToken: Readonly<Record<string, string>> = {
  AssociateSoftwareToken: "Begins to set up an authenticator app",
  VerifySoftwareToken: "Finishes that with its first code",
  GetUser: "Reads the signed-in user",
  ChangePassword: "Sets another password",
  UpdateUserAttributes: "Writes attributes",
  DeleteUserAttributes: "Removes attributes",
  DeleteUser: "Deletes the signed-in user",
  GetUserAttributeVerificationCode: "Sends a code to a new address or number",
  VerifyUserAttribute: "Proves it with that code",
  GetUserAuthFactors: "Lists the user's ways to sign in",
  SetUserMFAPreference: "Chooses second factors",
  SetUserSettings: "Chooses text messages as second factor (the older form)",
  GlobalSignOut: "Ends all of the user's sign-ins",
  ConfirmDevice: "Remembers a device",
  ForgetDevice: "Forgets a device",
  GetDevice: "Reads a device",
  ListDevices: "Lists devices",
  UpdateDeviceStatus: "Sets whether a device is remembered",
  StartWebAuthnRegistration: "Begins to register a passkey",
  CompleteWebAuthnRegistration: "Finishes that",
  ListWebAuthnCredentials: "Lists passkeys",
  DeleteWebAuthnCredential: "Removes a passkey",
  ListUserSessions: "Lists the user's sign-ins",
  RevokeUserSession: "Ends one of them",
  UpdateAuthEventFeedback: "Says whether a suspicious sign-in was the user's own",
};

export const operations: readonly Operation[] = [
  ...withoutToken,
  ...Object.entries(withToken).map(
    ([name, purpose]) => ({ name, place: "untouched", takesContext: false, asAdmin: null, purpose }) as const,
  ),
];

// A Map, so that a target like "constructor" finds nothing.
const byName: ReadonlyMap<string, Operation> = new Map(operations.map((operation) => [operation.name, operation]));
export const operationNames: readonly string[] = operations.map(({ name }) => name);

/** Undefined if the proxy does not relay it. */
export function operationOf(name: string): Operation | undefined {
  return byName.get(name);
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
