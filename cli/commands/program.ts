/**
 * All commands with their options, and nothing of what they do: each loads that when it runs, so that `--help`, a
 * misspelt option and whatever needs no AWS wait neither for the SDK nor for DuckDB.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";

import { exitMeanings } from "../exit.ts";
import { registerApprovals, registerBans, registerMode } from "./deciding.ts";
import { addExamples } from "./examples.ts";
import { registerDoctor, registerExplain, registerReport, registerStatus } from "./seeing.ts";
import { registerConfig, registerCost, registerSecret } from "./setting-up.ts";
import { registerAnalyze, registerBacktest, registerDemo } from "./trying.ts";
import { registerPolicy } from "./tuning.ts";

/** In the order in which somebody meets them who has never used Portcullis. */
const groups: readonly (readonly [heading: string, ...commands: readonly ((program: Command) => void)[]])[] = [
  ["Try it here:", registerDemo, registerAnalyze, registerBacktest],
  ["See what a deployment does:", registerStatus, registerReport, registerExplain, registerDoctor],
  ["Decide:", registerBans, registerApprovals, registerMode, registerPolicy],
  ["Set up:", registerConfig, registerSecret, registerCost],
];

const exitCodeTable = `
Exit codes:
${exitMeanings.map(([code, means]) => `  ${String(code).padEnd(3)}  ${means}`).join("\n")}

Commands on a deployment take --config <file>, or --local for a demo that runs
in this folder.
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
  program.commandsGroup("Help:").helpCommand(true);
  addExamples(program);
  return program;
}

function ownVersion(): string {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, "../../package.json"), "utf8"));
  return String(version);
}
