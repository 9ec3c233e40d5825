import { CommanderError } from "commander";

import { InvalidInputError, PortcullisError } from "../functions/domain/errors.ts";

/** The exit codes that design §10 promises to scripts. */
export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  /** Done, but some input was rejected or an expected log ends too early. */
  incomplete: 3,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** What each code means, for the help and for docs/commands.md. */
export const exitMeanings: readonly (readonly [code: number, means: string])[] = [
  [exitCodes.done, "done"],
  [exitCodes.failed, "failed: refused by AWS or by a guard, or what was named is not there"],
  [exitCodes.usage, "wrong usage: unknown option, bad value, unreadable file; nothing was done"],
  [exitCodes.incomplete, "done, but something was rejected, is to be mended, or a log ends too early"],
  [130, "ended by Ctrl-C; 143 and 129 by the signals TERM and HUP"],
];

/** The command line itself is wrong: an impossible combination of options, a bad time, a pattern without a file. */
export class UsageError extends PortcullisError {}

/** What was asked for is there, but it cannot be written where it should go. */
export class OutputError extends PortcullisError {}

const asked = new Set(["commander.helpDisplayed", "commander.version"]);

/** Which code a command ends with that threw `error`. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CommanderError) return asked.has(error.code) ? exitCodes.done : exitCodes.usage;
  if (error instanceof UsageError || error instanceof InvalidInputError) return exitCodes.usage;
  return exitCodes.failed;
}

/** One message for a person, never a stack; `DEBUG` in the environment shows the stack. */
export function describeError(error: unknown, debug = false): string {
  if (!(error instanceof Error)) return String(error);
  const step = nextStep(error);
  return `${(debug && error.stack) || error.message}${step === null ? "" : `\n  → ${step}`}`;
}

const SIGN_IN = "Sign in to AWS (`aws sso login`, AWS_PROFILE), or speak to a running demo with --local.";
const LOOK_WHERE =
  "It is not in this account and Region: compare `aws sts get-caller-identity` with the config's account and name, or deploy it first (`npx cdk deploy --all`).";
const NO_ANSWER =
  "AWS does not answer from here: look at the network, a proxy (HTTPS_PROXY is not read), AWS_ENDPOINT_URL, and the Region in the config's userPool.id.";
const MAY_NOT = "The identity that you use may not do this; `aws sts get-caller-identity` says which one it is.";

/** What AWS answers where it is not AWS that is to be mended. */
const nextSteps: readonly (readonly [names: RegExp, step: string])[] = [
  [/^(CredentialsProviderError|ExpiredToken\w*|UnrecognizedClientException|InvalidClientTokenId)$/, SIGN_IN],
  [/^(ResourceNotFoundException|StateMachineDoesNotExist|NoSuchBucket|WAFNonexistentItemException)$/, LOOK_WHERE],
  [/^(ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|TimeoutError)$/, NO_ANSWER],
  [/^(AccessDenied\w*|UnauthorizedOperation|NotAuthorizedException)$/, MAY_NOT],
];

/** By the error's name or code, or those of what caused it: adapters wrap what passes. */
function nextStep(error: Error): string | null {
  const code = "code" in error ? String(error.code) : "";
  const found = nextSteps.find(([names]) => names.test(error.name) || names.test(code));
  if (found) return found[1];
  return error.cause instanceof Error ? nextStep(error.cause) : null;
}
