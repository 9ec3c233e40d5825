/** Groups of the Cognito API's public operations that detections speak of. */

/** Where a credential is tried. */
export const signInOperations: ReadonlySet<string> = new Set(["InitiateAuth", "RespondToAuthChallenge"]);

/** Each call sends a message or creates an account: it costs money and proves nothing. */
export const costlyOperations: ReadonlySet<string> = new Set([
  "SignUp",
  "ForgotPassword",
  "ResendConfirmationCode",
  "GetUserAttributeVerificationCode",
]);

/** Operations that want the client's secret: without it they cannot succeed. */
export const secretOperations: ReadonlySet<string> = new Set([
  "SignUp",
  "ConfirmSignUp",
  "ResendConfirmationCode",
  "ForgotPassword",
  "ConfirmForgotPassword",
  "InitiateAuth",
  "RespondToAuthChallenge",
  "GetTokensFromRefreshToken",
  "RevokeToken",
]);

/** What `profiles.sql` calls operations that need AWS credentials, or do not exist: no business of ours. */
export const OTHER_OPERATION = "other";
