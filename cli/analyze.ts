/** `portcullis analyze`: evidence and verdicts over log files (design §10). */
import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { isAbsolute } from "node:path";
import type { Command } from "commander";
import { glob } from "tinyglobby";

import { rejectReasons, scopeOf } from "../functions/detect/log-fate.ts";
import type { AnalyzeReport } from "../functions/domain/analysis.ts";
import { type Cidr, parseCidr } from "../functions/domain/cidr.ts";
import { type Deployment, parseDeployment } from "../functions/domain/deployment.ts";
import { InvalidInputError } from "../functions/domain/errors.ts";
import { type LogKind, logKinds } from "../functions/domain/evidence.ts";
import { fromIso, type Instant, toIso, type Window } from "../functions/domain/instant.ts";
import { neverBlockRanges } from "../functions/domain/never-block.ts";
import { defaultPolicy, type Policy, policySchema } from "../functions/domain/policy.ts";
import { queryRows } from "../local/duckdb.ts";
import type { LogFile } from "../local/log-files.ts";
import { type CallEvidence, gatherCalls } from "./analysis.ts";
import { describeAnalysis } from "./analyze-output.ts";
import { checkPagePath, writePage } from "./analyze-page.ts";
import { exitCodes, UsageError } from "./exit.ts";
import { accountsAtRisk, DELIVERY_SLACK, judgeCalls } from "./judge-calls.ts";
import { printJson, printText } from "./output.ts";

export interface AnalyzeOptions {
  readonly waf?: readonly string[];
  readonly cloudfront?: readonly string[];
  readonly cloudtrail?: readonly string[];
  readonly from?: string;
  readonly to?: string;
  readonly config?: string;
  readonly policy?: string;
  readonly json?: boolean;
  readonly html?: string;
}

/** What the exit code is made of besides the report. */
interface Analysis {
  readonly report: AnalyzeReport;
  readonly window: Window | null;
  readonly completeTo: Instant | null;
  readonly anyRejected: boolean;
  readonly endsEarly: boolean;
}

export function registerAnalyze(program: Command): void {
  program
    .command("analyze")
    .description("say from log files who attacks, and why")
    .option("--waf <patterns...>", "AWS WAF logs, JSON lines, plain or gzip", collect)
    .option("--cloudfront <patterns...>", "CloudFront logs, legacy TSV or v2 Parquet", collect)
    .option("--cloudtrail <patterns...>", "CloudTrail files", collect)
    .option("--from <time>", "begin of the window, ISO 8601 with Z (default: the first call)")
    .option("--to <time>", "end of the window (default: just after the last call)")
    .option("--config <file>", "only calls of this deployment (portcullis.config.json)")
    .option("--policy <file>", "thresholds, weights and limits, as JSON")
    .option("--json", "print one JSON document")
    .option("--html <file>", "also write the report as one HTML page")
    .action(async (options: AnalyzeOptions) => {
      const analysis = await analyze(options);
      for (const warning of analysis.report.warnings) process.stderr.write(`warning: ${warning}\n`);
      await (options.json ? printJson(analysis.report) : printText(describeAnalysis(analysis.report)));
      if (options.html !== undefined) writePage(options.html, analysis.report);
      if (analysis.anyRejected || analysis.endsEarly) process.exitCode = exitCodes.incomplete;
    });
}

/** Options may repeat, and each may take several values. */
function collect(value: string, previous: readonly string[] | undefined): string[] {
  return [...(previous ?? []), value];
}

/** Reads, judges and reports. Throws `UsageError` where the options cannot be followed. */
export async function analyze(options: AnalyzeOptions): Promise<Analysis> {
  const { from, to } = readSpan(options);
  const deployment = options.config === undefined ? null : readConfig(options.config);
  const policy = options.policy === undefined ? (deployment?.policy ?? defaultPolicy) : readPolicy(options.policy);
  const files = await findFiles(options);
  if (options.html !== undefined) checkPagePath(options.html, files);
  const evidence = await gatherCalls({ files, from, to, scope: deployment && scopeOf(deployment) });
  try {
    return await judge(evidence, policy, deployment);
  } finally {
    evidence.close();
  }
}

async function judge(evidence: CallEvidence, policy: Policy, deployment: Deployment | null): Promise<Analysis> {
  const { connection, window, inputs } = evidence;
  const completeTo = completeToOf(evidence);
  const neverBlock = [...neverBlockRanges(), ...(deployment?.egress ?? []).flatMap((text) => parseCidr(text) ?? [])];
  const rules = { policy, neverBlock: neverBlock satisfies Cidr[] };
  const sources = window ? await judgeCalls(connection, { window, completeTo, rules }) : [];
  const [counted] = await queryRows(connection, "select count(*) as calls, count(distinct source_ip) as n from calls");
  const total = Number(counted?.["n"] ?? 0);
  const ban = sources.filter(({ verdict }) => verdict === "ban").length;
  const watch = sources.length - ban;
  const report: AnalyzeReport = {
    window: window && { from: toIso(window.from), to: toIso(window.to) },
    evidenceCompleteTo: completeTo === null ? null : toIso(completeTo),
    warnings: warningsOf(evidence),
    inputs,
    sources,
    accountsAtRisk: window ? await accountsAtRisk(connection, sources) : [],
    totals: { calls: Number(counted?.["calls"] ?? 0), sources: total, ban, watch, ignore: total - ban - watch },
  };
  const anyRejected = inputs.some(({ rejected }) => rejected > 0);
  return { report, window, completeTo, anyRejected, endsEarly: lateKinds(evidence).length > 0 };
}

/** The smallest over the kinds given; null as soon as one of them has nothing to offer. */
function completeToOf({ latest }: CallEvidence): Instant | null {
  const ends = [...latest.values()];
  if (ends.length === 0 || ends.includes(null)) return null;
  return ends.reduce<Instant>((least, end) => Math.min(least, end ?? least), Number.POSITIVE_INFINITY);
}

/** Kinds of log that have calls, but none near the end of the window. */
function lateKinds({ latest, window }: CallEvidence): LogKind[] {
  if (!window) return [];
  return [...latest].flatMap(([kind, end]) => (end !== null && end + DELIVERY_SLACK < window.to ? [kind] : []));
}

const logNames = { waf: "AWS WAF", cloudfront: "CloudFront", cloudtrail: "CloudTrail" } as const;

function warningsOf(evidence: CallEvidence): string[] {
  const { inputs, latest, ipMismatches } = evidence;
  const rejected = inputs.filter((input) => input.rejected > 0);
  const late = lateKinds(evidence).map(
    (kind) => `the ${logNames[kind]} log ends at ${toIso(latest.get(kind) ?? 0)}, before the end of the window`,
  );
  const silent = [...latest]
    .filter(([, end]) => end === null)
    .map(([kind]) => `no call of ours in the ${logNames[kind]} logs given`);
  const broken = rejected.map(
    ({ file, rejected, reasons }) => `${file}: ${rejected} rejected (${listRejections(reasons)})`,
  );
  const mismatches =
    ipMismatches > 0
      ? [`${ipMismatches} CloudTrail records name another caller than WAF does for the same request (ip-mismatch)`]
      : [];
  return [...broken, ...silent, ...late, ...mismatches];
}

/** What could not be read; records that were well-formed but none of ours need no warning. */
function listRejections(reasons: Readonly<Record<string, number>>): string {
  return rejectReasons.flatMap((reason) => (reasons[reason] ? `${reason} ${reasons[reason]}` : [])).join(", ");
}

function readSpan(options: AnalyzeOptions): { from: Instant | null; to: Instant | null } {
  const from = readTime("--from", options.from);
  const to = readTime("--to", options.to);
  if (from !== null && to !== null && from >= to) throw new UsageError("--from must be earlier than --to");
  return { from, to };
}

function readTime(option: string, text: string | undefined): Instant | null {
  if (text === undefined) return null;
  const instant = fromIso(/^\d{4}-\d\d-\d\dT\d\d:\d\dZ$/.test(text) ? text.replace("Z", ":00Z") : text);
  if (instant === null)
    throw new UsageError(`${option} ${text}: not a time in ISO 8601 with Z, as 2026-11-22T10:00:00Z`);
  return instant;
}

/** The files of every pattern, each file once. A directory stands for all files in it. */
async function findFiles(options: AnalyzeOptions): Promise<LogFile[]> {
  const files: LogFile[] = [];
  for (const kind of logKinds) {
    const known = new Set<string>();
    for (const pattern of options[kind] ?? []) {
      for (const path of await match(kind, pattern)) {
        const real = realpathSync(path);
        if (!known.has(real)) files.push({ kind, path });
        known.add(real);
      }
    }
  }
  if (files.length === 0) throw new UsageError("no logs given: use --waf, --cloudfront or --cloudtrail");
  return files;
}

async function match(kind: LogKind, pattern: string): Promise<string[]> {
  // What the shell expanded is a name, whatever signs are in it.
  if (existsSync(pattern) && !statSync(pattern).isDirectory()) return [pattern];
  const isDirectory = existsSync(pattern);
  const found = isDirectory
    ? await glob("**/*", { cwd: pattern, absolute: true, dot: true })
    : await glob(pattern, { dot: true, expandDirectories: false, absolute: isAbsolute(pattern) });
  if (found.length === 0) throw new UsageError(`--${kind} ${pattern}: no such file`);
  return found.sort();
}

function readConfig(file: string): Deployment {
  return parseDeployment(readJson("--config", file), file);
}

function readPolicy(file: string): Policy {
  const parsed = policySchema.safeParse(readJson("--policy", file));
  if (parsed.success) return parsed.data;
  throw new InvalidInputError(
    `${file} cannot be used`,
    parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`),
  );
}

function readJson(option: string, file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8").replace(/^\ufeff/, ""));
  } catch (cause) {
    throw new UsageError(`${option} ${file}: ${cause instanceof Error ? cause.message : "cannot be read"}`, { cause });
  }
}
