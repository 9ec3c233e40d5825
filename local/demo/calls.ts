/** What one call to the pool is, whoever makes it and wherever it is recorded: as a log line, or sent for real. */
import { type Instant, SECOND } from "../../functions/domain/instant.ts";

/** The app client of calls that name none. */
export const CLIENT = "1example23456789abcdefghij";

export interface Call {
  readonly at: Instant;
  readonly ip: string;
  readonly path: "proxied" | "direct";
  readonly operation: string;
  readonly flow?: string;
  readonly user: string | null;
  /** Cognito's error; null is success. */
  readonly error: readonly [code: string, message: string] | null;
  readonly blockedBy?: readonly [rule: string, type: "REGULAR" | "RATE_BASED"];
  /** What Cognito ran, where the edge rewrote the viewer's call. */
  readonly served?: string;
  /** The edge answered by itself, so Cognito and its logs know nothing of it. */
  readonly refused?: boolean;
  /** False where there is no such user: CloudTrail then has no `sub`. */
  readonly known?: boolean;
  readonly ja4?: string;
  /** The app client, if it is not `CLIENT`. */
  readonly clientId?: string;
}

export const errors = {
  wrongPassword: ["NotAuthorizedException", "Incorrect username or password."],
  unknownUser: ["UserNotFoundException", "User does not exist."],
  secretMissing: ["NotAuthorizedException", `Client ${CLIENT} is configured for secret but secret was not received`],
  secretWrong: ["NotAuthorizedException", `Unable to verify secret hash for client ${CLIENT}`],
  deadRefresh: ["NotAuthorizedException", "Refresh Token has been revoked"],
  userExists: ["UsernameExistsException", "User already exists"],
  throttled: ["TooManyRequestsException", "Rate exceeded"],
  lockedOut: ["NotAuthorizedException", "Password attempts exceeded"],
  codeMismatch: ["CodeMismatchException", "Invalid verification code provided, please try again."],
  badAccessToken: ["NotAuthorizedException", "Invalid Access Token"],
  triggerFailed: ["UserLambdaValidationException", "PreSignUp failed with error timed out."],
  unknownClient: ["ResourceNotFoundException", "User pool client 9wrong does not exist."],
  weakPassword: ["InvalidPasswordException", "Password did not conform with policy: Password not long enough"],
} as const satisfies Record<string, readonly [string, string]>;

/** What is the same in all calls of a person or a script. */
export type Caller = Pick<Call, "ip"> & Partial<Pick<Call, "ja4" | "clientId" | "path">>;

export function callOf(caller: Caller, at: Instant, call: Partial<Call>): Call {
  return { path: "proxied", operation: "InitiateAuth", user: null, error: null, ...caller, at, ...call };
}

/** SRP: two calls, as Amplify and most SDKs make. The proof fails in the second. */
export function srp(caller: Caller, at: Instant, user: string, error: Call["error"] = null): Call[] {
  return [
    callOf(caller, at, { user, flow: "USER_SRP_AUTH" }),
    callOf(caller, at + SECOND, { user, operation: "RespondToAuthChallenge", error }),
  ];
}
