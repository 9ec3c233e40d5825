import { type Command, InvalidArgumentError } from "commander";

import { NotFoundError } from "../functions/domain/errors.ts";
import type { RunReport } from "../functions/domain/run-report.ts";
import { renderRunPage } from "../report/run-page.ts";
import type { Desk } from "./desk.ts";
import { type DeskFlags, deskOptions } from "./desk-options.ts";
import { printJson, printText } from "./output.ts";
import { checkPagePath, writePage } from "./page-file.ts";
import { withProgress } from "./progress.ts";

interface ReportFlags extends DeskFlags {
  readonly html?: string;
}

export function registerReport(program: Command): void {
  deskOptions(
    program
      .command("report")
      .description("what a run came to: who was banned and why, what was not, and what it rests on")
      .argument("[run]", "id of the run; by default the last that an alarm or a person started", parseRunId),
  )
    .option("--html <file>", "also write the report as one HTML page")
    .addHelpText(
      "after",
      "\nThe report is put together from what the run left in AWS, as things stand now. Nothing is written there.\n\nExamples:\n  portcullis report\n  portcullis report --html report.html\n  portcullis report 7e4f0c52-6a3d --json",
    )
    .action(run);
}

/** An execution's name, which is a part of keys in the bucket. */
function parseRunId(text: string): string {
  if (/^[^\s/]{1,80}$/.test(text)) return text;
  throw new InvalidArgumentError("Write the id of a run, as `portcullis status` shows it.");
}

async function run(runId: string | undefined, flags: ReportFlags): Promise<void> {
  if (flags.html !== undefined) checkPagePath(flags.html);
  const { openDesk } = await import("./desk.ts");
  const { tellReport } = await import("./report-text.ts");
  const desk = await openDesk(flags);
  const report = await withProgress("Reading what the run left", () =>
    runId === undefined ? lastReport(desk) : reportOf(desk, runId),
  );
  if (!report) throw new NotFoundError(missing(runId));
  await (flags.json ? printJson(report) : printText(tellReport(report)));
  if (flags.html !== undefined) writePage(flags.html, (tools) => renderRunPage(report, tools));
}

function missing(runId: string | undefined): string {
  if (runId === undefined) return "No run has looked at the logs yet; `portcullis status` shows the latest.";
  return `There is nothing of a run ${runId}; \`portcullis status\` shows the latest runs.`;
}

async function reportOf(desk: Desk, runId: string): Promise<RunReport | null> {
  const { readReport } = await import("./aws/run-report.ts");
  return readReport(desk, runId);
}

/** Executions that the patrol started; one of them looks each half an hour. */
const LOOKED_AT = 50;

async function lastReport(desk: Desk): Promise<RunReport | null> {
  const { readRuns } = await import("./aws/deployment-state.ts");
  const { triggerOf } = await import("./aws/run-report.ts");
  const { EDGE_REGION } = await import("../functions/domain/names.ts");
  const { names } = desk;
  const machine = names.approveMachineArn.replace(names.approveMachine, names.mitigateMachine);
  let patrol: string | null = null;
  for (const { id } of await readRuns(EDGE_REGION, machine, LOOKED_AT)) {
    const trigger = await triggerOf(desk, id);
    if (trigger === "patrol") patrol ??= id;
    else if (trigger !== null) return reportOf(desk, id);
  }
  return patrol === null ? null : reportOf(desk, patrol);
}
