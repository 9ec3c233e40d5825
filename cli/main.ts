/**
 * The command line (design §10). Commands set `process.exitCode` where done is not plain success; what they throw
 * becomes one message on standard error and the matching code.
 */
import { Command, CommanderError } from "commander";

import { registerAnalyze } from "./analyze.ts";
import { registerApprovals } from "./approvals.ts";
import { registerBacktest } from "./backtest.ts";
import { registerBans } from "./bans.ts";
import { registerConfig } from "./config-snippets.ts";
import { registerCost } from "./cost.ts";
import { registerDemo } from "./demo.ts";
import { registerDoctor } from "./doctor.ts";
import { describeError, exitCodeOf, exitCodes } from "./exit.ts";
import { registerExplain } from "./explain.ts";
import { registerMode } from "./mode.ts";
import { palette } from "./output.ts";
import { registerSecret } from "./secret.ts";
import { registerStatus } from "./status.ts";

export function buildProgram(): Command {
  const program = new Command("portcullis")
    .description("Alarm-driven blocking for the public clients of an Amazon Cognito user pool")
    .version("0.1.0", "-V, --version")
    .exitOverride()
    .showHelpAfterError("(add --help for the options)")
    .configureHelp({ showGlobalOptions: true });
  registerDemo(program);
  registerAnalyze(program);
  registerBacktest(program);
  registerBans(program);
  registerApprovals(program);
  registerStatus(program);
  registerMode(program);
  registerExplain(program);
  registerDoctor(program);
  registerConfig(program);
  registerSecret(program);
  registerCost(program);
  return program;
}

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
