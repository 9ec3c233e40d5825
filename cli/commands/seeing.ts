/** Commands that tell what a deployment does. They change nothing. */
import { type Command, Option } from "commander";

import type { Instant } from "../../functions/domain/instant.ts";
import { parseDuration } from "./duration.ts";
import { type DeskFlags, deskOptions } from "./options.ts";
import { instantOf, runIdOf, wholeNumber } from "./values.ts";

export interface ReportFlags extends DeskFlags {
  readonly html?: string;
}

export interface ExplainFlags extends DeskFlags {
  readonly at?: Instant;
  readonly days: number;
}

export interface DoctorFlags extends DeskFlags {
  readonly probe?: true;
  readonly wait: number;
}

export function registerStatus(program: Command): void {
  deskOptions(
    program
      .command("status")
      .description("mode, alarms, last runs, fill of the IP sets, and what differs from the ledger"),
  ).action(async (flags: DeskFlags) => (await import("../status.ts")).status(flags));
}

export function registerReport(program: Command): void {
  deskOptions(
    program
      .command("report")
      .description("what a run came to: who was banned and why, what was not, and what it rests on")
      .argument("[run]", "id of the run; by default the last that an alarm or a person started", runIdOf),
  )
    .option("--html <file>", "also write the report as one HTML page")
    .addHelpText(
      "after",
      "\nThe report is put together from what the run left in AWS, as things stand now. Nothing is written there.",
    )
    .action(async (run: string | undefined, flags: ReportFlags) => (await import("../report.ts")).report(run, flags));
}

export function registerExplain(program: Command): void {
  deskOptions(
    program
      .command("explain")
      .description("one source's whole story: bans, who decided what, its calls, and how near it is to each detection")
      .argument("<source>", "an address or a range"),
  )
    .option("--at <time>", "look at the logs as a run would have then; now by default", instantOf)
    .option("--days <n>", "how many days of decisions", wholeNumber(1, 400), 14)
    .addHelpText("after", "\nThe logs are read by Athena, as in a run.")
    .action(async (source: string, flags: ExplainFlags) => (await import("../explain.ts")).explain(source, flags));
}

export function registerDoctor(program: Command): void {
  deskOptions(
    program
      .command("doctor")
      .description("read-only check of a deployment: ways round the proxy, secret, edge, logs, alarms, quotas, drift"),
  )
    .option("--probe", "also sign nobody in three times, and look for the calls' tokens in CloudTrail")
    .addOption(
      new Option("--wait <duration>", "how long to wait for CloudTrail").argParser(parseDuration).default(20, "20m"),
    )
    .addHelpText("after", "\nEnds with 3 where something is to be mended or could not be read. See docs/doctor.md.")
    .action(async (flags: DoctorFlags) => (await import("../doctor.ts")).doctor(flags));
}
