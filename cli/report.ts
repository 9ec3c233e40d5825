import { NotFoundError } from "../functions/domain/errors.ts";
import { EDGE_REGION } from "../functions/domain/names.ts";
import type { RunReport } from "../functions/domain/run-report.ts";
import { renderRunPage } from "../report/run-page.ts";
import { readRuns } from "./aws/deployment-state.ts";
import { readReport, triggerOf } from "./aws/run-report.ts";
import type { ReportFlags } from "./commands/seeing.ts";
import { type Desk, openDesk } from "./desk.ts";
import { printJson, printText } from "./output.ts";
import { checkPagePath, writePage } from "./page-file.ts";
import { withProgress } from "./progress.ts";
import { tellReport } from "./report-text.ts";

export async function report(runId: string | undefined, flags: ReportFlags): Promise<void> {
  if (flags.html !== undefined) checkPagePath(flags.html);
  const desk = await openDesk(flags);
  const found = await withProgress("Reading what the run left", () =>
    runId === undefined ? lastReport(desk) : reportOf(desk, runId),
  );
  if (!found) throw new NotFoundError(missing(runId));
  await (flags.json ? printJson(found) : printText(tellReport(found)));
  if (flags.html !== undefined) writePage(flags.html, (tools) => renderRunPage(found, tools));
}

function missing(runId: string | undefined): string {
  if (runId === undefined) return "No run has looked at the logs yet; `portcullis status` shows the latest.";
  return `There is nothing of a run ${runId}; \`portcullis status\` shows the latest runs.`;
}

async function reportOf(desk: Desk, runId: string): Promise<RunReport | null> {
  return readReport(desk, runId);
}

/** Executions that the patrol started; one of them looks each half an hour. */
const LOOKED_AT = 50;

async function lastReport(desk: Desk): Promise<RunReport | null> {
  const { names } = desk;
  let patrol: string | null = null;
  for (const { id } of await readRuns(EDGE_REGION, names.mitigateMachineArn, LOOKED_AT)) {
    const trigger = await triggerOf(desk, id);
    if (trigger === "patrol") patrol ??= id;
    else if (trigger !== null) return reportOf(desk, id);
  }
  return patrol === null ? null : reportOf(desk, patrol);
}
