/** Options that several commands take. */
import { type Command, Option } from "commander";

import { parseDuration } from "./duration.ts";

export interface DeskFlags {
  readonly config: string;
  readonly local?: true;
  readonly json?: true;
}

/** The options that every command on a deployment takes. */
export function deskOptions(command: Command): Command {
  return jsonOption(
    command
      .option("--config <file>", "config of the deployment", "portcullis.config.json")
      .option("--local", "speak to the demo that runs in this folder instead of AWS"),
  );
}

export function jsonOption(command: Command): Command {
  return command.option("--json", "print one JSON document");
}

export interface LogFlags {
  readonly waf?: readonly string[];
  readonly cloudfront?: readonly string[];
  readonly cloudtrail?: readonly string[];
  readonly from?: string;
  readonly to?: string;
  readonly config?: string;
}

export function logOptions(command: Command): Command {
  return command
    .option("--waf <patterns...>", "AWS WAF logs, JSON lines, plain or gzip", collect)
    .option("--cloudfront <patterns...>", "CloudFront logs, legacy TSV or v2 Parquet", collect)
    .option("--cloudtrail <patterns...>", "CloudTrail files", collect)
    .option("--from <time>", "begin of the window, ISO 8601 with Z (default: the first call)")
    .option("--to <time>", "end of the window (default: just after the last call)")
    .option("--config <file>", "only calls of this deployment (portcullis.config.json)");
}

export interface ReplayFlags extends LogFlags {
  /** Minutes. */
  readonly every: number;
  readonly delay?: number;
  readonly json?: true;
}

/** What a replay takes: logs, and its pace. */
export function replayOptions(command: Command): Command {
  return logOptions(command)
    .addOption(
      new Option("--every <duration>", "from one look at the logs to the next")
        .argParser(parseDuration)
        .default(5, "5m"),
    )
    .option(
      "--delay <duration>",
      "how late log rows arrive (default: 5m; 60m where only CloudFront tells outcomes)",
      parseDuration,
    );
}

/** Options may repeat, and each may take several values. */
export function collect(value: string, previous: readonly string[] | undefined): string[] {
  return [...(previous ?? []), value];
}
