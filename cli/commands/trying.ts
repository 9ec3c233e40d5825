/** Commands that need no deployment. */
import { type Command, Option } from "commander";

import { modes } from "../../functions/domain/mode.ts";
import { collect, jsonOption, type LogFlags, logOptions, type ReplayFlags, replayOptions } from "./options.ts";
import { wholeNumber } from "./values.ts";

export interface DemoFlags {
  readonly once?: true;
  readonly json?: true;
  readonly seed: number;
  readonly port?: number;
  readonly mode: (typeof modes)[number];
}

export interface AnalyzeFlags extends LogFlags {
  readonly policy?: string;
  readonly json?: boolean;
  readonly html?: string;
}

export interface BacktestFlags extends ReplayFlags {
  readonly policy?: readonly string[];
}

const ENDS_WITH_3 =
  "\nA folder stands for all files in it. Ends with 3 where a record was rejected, or an expected log ends before --to.";

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
    .addOption(new Option("--mode <m>", "mode of the deployment").choices(modes).default("enforce"))
    .addHelpText(
      "after",
      "\nWithout --once it goes on after the story, until Ctrl-C, which ends it with 0: launch attacks, decide and switch the mode on the live page.",
    )
    .action(async (flags: DemoFlags) => (await import("../demo.ts")).demo(flags));
}

export function registerAnalyze(program: Command): void {
  const analyze = program.command("analyze").description("say from log files who attacks, and why");
  jsonOption(logOptions(analyze).option("--policy <file>", "thresholds, weights and limits, as JSON"))
    .option("--html <file>", "also write the report as one HTML page")
    .addHelpText("after", ENDS_WITH_3)
    .action(async (flags: AnalyzeFlags) => (await import("../analyze.ts")).tellAnalysis(flags));
}

export function registerBacktest(program: Command): void {
  const backtest = program.command("backtest").description("replay past logs: who would have been banned when");
  jsonOption(
    replayOptions(backtest).option(
      "--policy <file>",
      "thresholds, weights and limits, as JSON; a second one is compared with it",
      collect,
    ),
  )
    .addHelpText("after", ENDS_WITH_3)
    .action(async (flags: BacktestFlags) => (await import("../backtest.ts")).tellBacktest(flags));
}
