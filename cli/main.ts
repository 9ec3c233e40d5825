/**
 * The command line (design §10). Commands set `process.exitCode` where done is not plain success; what they throw
 * becomes one message on standard error and the matching code.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command, CommanderError } from "commander";

import { registerAnalyze } from "./analyze.ts";
import { registerApprovals } from "./approvals.ts";
import { registerBacktest } from "./backtest.ts";
import { registerBans } from "./bans.ts";
import { registerConfig } from "./config-snippets.ts";
import { registerCost } from "./cost.ts";
import { registerDemo } from "./demo.ts";
import { registerDoctor } from "./doctor.ts";
import { addExamples } from "./examples.ts";
import { describeError, exitCodeOf, exitCodes } from "./exit.ts";
import { registerExplain } from "./explain.ts";
import { registerMode } from "./mode.ts";
import { palette } from "./output.ts";
import { registerPolicy } from "./policy.ts";
import { registerReport } from "./report.ts";
import { registerSecret } from "./secret.ts";
import { registerStatus } from "./status.ts";

export { beWellBehaved } from "./terminal.ts";

/** In the order in which somebody meets them who has never used Portcullis. */
const groups: readonly (readonly [heading: string, ...commands: readonly ((program: Command) => void)[]])[] = [
  ["Try it here:", registerDemo, registerAnalyze, registerBacktest],
  ["See what a deployment does:", registerStatus, registerReport, registerExplain, registerDoctor],
  ["Decide:", registerBans, registerApprovals, registerMode, registerPolicy],
  ["Set up:", registerConfig, registerSecret, registerCost],
];

const exitCodeTable = `
Exit codes:
  ${exitCodes.done}  done
  ${exitCodes.failed}  failed
  ${exitCodes.usage}  wrong usage: an unknown option, a bad value, a file that is not there
  ${exitCodes.incomplete}  done, but something was rejected, is to be mended, or an expected log ends too early

Commands on a deployment take --config <file>, or --local for a demo that runs in this folder.
Start with:  portcullis demo`;

export function buildProgram(): Command {
  const program = new Command("portcullis")
    .description("Alarm-driven blocking for the public clients of an Amazon Cognito user pool")
    .version(ownVersion(), "-V, --version")
    .exitOverride()
    .showHelpAfterError("(add --help for the options)")
    .addHelpText("after", exitCodeTable);
  for (const [heading, ...registers] of groups) {
    program.commandsGroup(heading);
    for (const register of registers) register(program);
  }
  addExamples(program);
  return program;
}

function ownVersion(): string {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, "../package.json"), "utf8"));
  return String(version);
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
