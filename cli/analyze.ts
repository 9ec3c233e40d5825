/** `portcullis analyze`: evidence and verdicts over log files (design §10). */
import { scopeOf } from "../functions/detect/log-fate.ts";
import type { AnalyzeReport } from "../functions/domain/analysis.ts";
import type { Deployment } from "../functions/domain/deployment.ts";
import { type Instant, toIso, type Window } from "../functions/domain/instant.ts";
import { defaultPolicy, type Policy } from "../functions/domain/policy.ts";
import { queryRows } from "../local/duckdb.ts";
import { renderAnalysisPage } from "../report/analysis-page.ts";
import { type CallEvidence, gatherCalls } from "./analysis.ts";
import { describeAnalysis } from "./analyze-output.ts";
import type { AnalyzeFlags } from "./commands/trying.ts";
import { readConfig } from "./documents.ts";
import { exitCodes } from "./exit.ts";
import { accountsAtRisk, judgeEvidence } from "./judge-calls.ts";
import { findFiles, neverBlockOf, readSpan } from "./log-inputs.ts";
import { completeToOf, lateKinds, warningsOf } from "./log-warnings.ts";
import { printJson, printText } from "./output.ts";
import { checkPagePath, writePage } from "./page-file.ts";
import { readPolicy } from "./policy-file.ts";
import { type Tell, withProgress } from "./progress.ts";

/** What the exit code is made of besides the report. */
interface Analysis {
  readonly report: AnalyzeReport;
  readonly window: Window | null;
  readonly completeTo: Instant | null;
  readonly anyRejected: boolean;
  readonly endsEarly: boolean;
}

export async function tellAnalysis(options: AnalyzeFlags): Promise<void> {
  const { report, anyRejected, endsEarly } = await withProgress("reading the logs", (tell) => analyze(options, tell));
  for (const warning of report.warnings) process.stderr.write(`warning: ${warning}\n`);
  await (options.json ? printJson(report) : printText(describeAnalysis(report)));
  if (options.html !== undefined) writePage(options.html, (tools) => renderAnalysisPage(report, tools));
  if (anyRejected || endsEarly) process.exitCode = exitCodes.incomplete;
}

/** Reads, judges and reports. Throws `UsageError` where the options cannot be followed. */
export async function analyze(options: AnalyzeFlags, tell: Tell = () => {}): Promise<Analysis> {
  const { from, to } = readSpan(options);
  const deployment = options.config === undefined ? null : readConfig(options.config);
  const policy = options.policy === undefined ? (deployment?.policy ?? defaultPolicy) : readPolicy(options.policy);
  const files = await findFiles(options);
  if (options.html !== undefined) checkPagePath(options.html, files);
  const evidence = await gatherCalls({ files, from, to, scope: deployment && scopeOf(deployment), tell });
  tell("judging the calls");
  try {
    return await judge(evidence, policy, deployment);
  } finally {
    evidence.close();
  }
}

async function judge(evidence: CallEvidence, policy: Policy, deployment: Deployment | null): Promise<Analysis> {
  const { connection, window, inputs } = evidence;
  const completeTo = completeToOf(evidence);
  const rules = { policy, neverBlock: neverBlockOf(deployment) };
  const judged = window
    ? await judgeEvidence(connection, { window, completeTo, rules })
    : { verdicts: [], notices: [], series: null };
  const sources = judged.verdicts;
  const [counted] = await queryRows(connection, "select count(*) as calls, count(distinct source_ip) as n from calls");
  // A range that is listed counts as one more.
  const ranges = sources.filter(({ source }) => !/\/(32|64)$/.test(source)).length;
  const total = Number(counted?.["n"] ?? 0) + ranges;
  const ban = sources.filter(({ verdict }) => verdict === "ban").length;
  const watch = sources.length - ban;
  const report: AnalyzeReport = {
    window: window && { from: toIso(window.from), to: toIso(window.to) },
    evidenceCompleteTo: completeTo === null ? null : toIso(completeTo),
    warnings: [...warningsOf(evidence), ...judged.notices],
    inputs,
    sources,
    accountsAtRisk: window ? await accountsAtRisk(connection, sources) : [],
    ...(judged.series && { series: judged.series }),
    totals: { calls: Number(counted?.["calls"] ?? 0), sources: total, ban, watch, ignore: total - ban - watch },
  };
  const anyRejected = inputs.some(({ rejected }) => rejected > 0);
  return { report, window, completeTo, anyRejected, endsEarly: lateKinds(evidence).length > 0 };
}
