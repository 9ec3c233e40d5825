/**
 * The command line (design §10). Commands set `process.exitCode` where done is not plain success; what they throw
 * becomes one message on standard error and the matching code.
 */
import { CommanderError } from "commander";

import { buildProgram } from "./commands/program.ts";
import { describeError, exitCodeOf, exitCodes } from "./exit.ts";
import { palette } from "./output.ts";

export { beWellBehaved } from "./terminal.ts";

/** Runs one command line and returns its exit code; never throws. */
export async function main(args: readonly string[]): Promise<number> {
  try {
    await buildProgram().parseAsync(args, { from: "user" });
    return Number(process.exitCode ?? exitCodes.done);
  } catch (error) {
    // Commander has written its own message already.
    if (!(error instanceof CommanderError)) {
      const message = describeError(error, Boolean(process.env.DEBUG));
      process.stderr.write(`${palette(process.stderr).red("error:")} ${message}\n`);
    }
    return exitCodeOf(error);
  }
}
