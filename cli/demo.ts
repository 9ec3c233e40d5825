import { type Command, InvalidArgumentError, Option } from "commander";

import { modeSchema } from "../functions/domain/ban.ts";
import { exitCodes, UsageError } from "./exit.ts";

export interface DemoFlags {
  readonly once?: true;
  readonly json?: true;
  readonly seed: number;
  readonly port?: number;
  readonly mode: "enforce" | "approve" | "observe" | "paused";
}

export function registerDemo(program: Command): void {
  program
    .command("demo")
    .description(
      "the whole loop on this machine: an attack is seen, explained, blocked and, when the ban ends, released",
    )
    .option("--once", "end by itself; exit 0 only if every step of the story was observed")
    .option("--json", "print what happened as one JSON document (needs --once)")
    .option("--seed <n>", "draw other people, addresses and times", wholeNumber(0, Number.MAX_SAFE_INTEGER), 1)
    .option("--port <p>", "port of the live page, 0 for any (default: 8787)", wholeNumber(0, 65_535))
    .addOption(new Option("--mode <m>", "mode of the deployment").choices(modeSchema.options).default("enforce"))
    .addHelpText(
      "after",
      "\nWithout --once it goes on after the story, until Ctrl-C: launch attacks, decide and switch the mode on the live page.",
    )
    .action(async (flags: DemoFlags) => {
      if (flags.json && !flags.once)
        throw new UsageError("--json needs --once: the document is written when the demo ends");
      // The local world is large; no other command has to wait for it.
      const { runDemo } = await import("./demo-run.ts");
      process.exitCode = (await runDemo(flags)) ? exitCodes.done : exitCodes.failed;
    });
}

/** A parser for options that take a whole number. */
export function wholeNumber(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= low && value <= high) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${low} to ${high}.`);
  };
}
