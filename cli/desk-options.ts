import type { Command } from "commander";

export interface DeskFlags {
  readonly config: string;
  readonly local?: true;
  readonly json?: true;
}

/** The options that every command on a deployment takes. */
export function deskOptions(command: Command): Command {
  return command
    .option("--config <file>", "config of the deployment", "portcullis.config.json")
    .option("--local", "speak to the demo that runs in this folder instead of AWS")
    .option("--json", "print one JSON document");
}
