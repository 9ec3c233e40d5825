/** Groups of the Cognito API's public operations that detections speak of, and sums over them. */
import type { OperationTally } from "./profiles.ts";

/** Where a credential is tried. */
export const signInOperations: ReadonlySet<string> = new Set(["InitiateAuth", "RespondToAuthChallenge"]);

/** Each call sends a code, by text message or mail, to somebody who need not have asked for it. */
export const codeRequests: ReadonlySet<string> = new Set([
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

/** What a deny list or another rule stopped is no evidence, or a ban would feed itself; what a rate rule stopped is. */
export function countedCalls({ calls, blocked, rateBlocked }: OperationTally): number {
  return calls - (blocked - rateBlocked);
}

/** Calls that came to nothing through our own fault, or that of a release which names a wrong app client. */
export function excusedCalls({ faults, unknownClients }: OperationTally): number {
  return faults + unknownClients;
}

/** Wrong credentials, codes and names; a missing secret on the direct path is another matter. */
export function failuresOf({ path, failures, secretFailures }: OperationTally): number {
  return Math.max(0, failures - (path === "direct" ? secretFailures : 0));
}

/** So far beyond a ban that no shared address explains it, even where the logs tell no outcome. */
export const BEYOND_DOUBT = 4;

/** Without outcomes nobody knows whether our own trigger refused it all: short of that, a person decides. */
export function isUnproven(operations: readonly OperationTally[], count: number, banAt: number): boolean {
  const unknown = sum(operations, (tally) => tally.unknown);
  return unknown > count / 2 && count < BEYOND_DOUBT * banAt;
}

export function sum(operations: readonly OperationTally[], value: (operation: OperationTally) => number): number {
  return operations.reduce((total, operation) => total + value(operation), 0);
}

export function largest(operations: readonly OperationTally[], value: (operation: OperationTally) => number): number {
  return operations.reduce((most, operation) => Math.max(most, value(operation)), 0);
}

/** Sign-in where nearly every failure says "no such user": no password is being tried, names are. */
export function asksWhoExists({ failures, unknownUsers }: OperationTally): boolean {
  return unknownUsers > 0.9 * failures;
}
