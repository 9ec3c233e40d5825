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
  return (debug && error.stack) || error.message;
}
