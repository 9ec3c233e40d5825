/** `portcullis backtest`: what would have been banned when, and whom it would have hit (design §10). */
import type { Command } from "commander";

import { scopeOf } from "../functions/detect/log-fate.ts";
import type { Deployment } from "../functions/domain/deployment.ts";
import { MINUTE, toIso } from "../functions/domain/instant.ts";
import { defaultPolicy, type Policy } from "../functions/domain/policy.ts";
import { type CallEvidence, gatherCalls } from "./analysis.ts";
import { describeBacktest, differences } from "./backtest-output.ts";
import { replay } from "./backtest-replay.ts";
import { describeReplay, type Outcome } from "./backtest-report.ts";
import { parseDuration } from "./duration.ts";
import { exitCodes, UsageError } from "./exit.ts";
import {
  addLogOptions,
  findFiles,
  type LogOptions,
  neverBlockOf,
  readConfig,
  readPolicy,
  readSpan,
} from "./log-options.ts";
import { lateKinds, warningsOf } from "./log-warnings.ts";
import { printJson, printText } from "./output.ts";
import { type Tell, withProgress } from "./progress.ts";

export interface BacktestOptions extends LogOptions {
  /** Minutes. */
  readonly every: number;
  readonly delay?: number;
  readonly policy?: readonly string[];
  readonly json?: boolean;
}

export interface BacktestReport {
  readonly window: { readonly from: string; readonly to: string } | null;
  readonly steps: number;
  /** Milliseconds. */
  readonly every: number;
  readonly delay: number;
  /** One for each policy. */
  readonly outcomes: readonly Outcome[];
  readonly warnings: readonly string[];
  readonly incomplete: boolean;
}

/** AWS delivers WAF and CloudTrail files about five minutes after the fact, CloudFront's mostly within an hour. */
const USUAL_DELAY = 5;
const CLOUDFRONT_DELAY = 60;

export function registerBacktest(program: Command): void {
  addReplayOptions(program.command("backtest").description("replay past logs: who would have been banned when"))
    .option("--policy <file>", "thresholds, weights and limits, as JSON; a second one is compared with it", collect)
    .option("--json", "print one JSON document")
    .action(async (options: BacktestOptions) => {
      const report = await withProgress("reading the logs", (tell) => backtest(options, tell));
      for (const warning of report.warnings) process.stderr.write(`warning: ${warning}\n`);
      await (options.json ? printJson(documentOf(report)) : printText(describeBacktest(report)));
      if (report.incomplete) process.exitCode = exitCodes.incomplete;
    });
}

/** What a replay takes: logs, and its pace. */
export function addReplayOptions(command: Command): Command {
  return addLogOptions(command)
    .option("--every <duration>", "from one look at the logs to the next", parseDuration, 5)
    .option(
      "--delay <duration>",
      "how late log rows arrive (default: 5m; 60m where only CloudFront tells outcomes)",
      parseDuration,
    );
}

function collect(value: string, previous: readonly string[] | undefined): string[] {
  return [...(previous ?? []), value];
}

/** The document of design §10; with two policies it speaks of the first, and of the other beside it. */
function documentOf({ window, steps, outcomes }: BacktestReport): object {
  const [first, second] = outcomes.map(({ bans, totals }) => ({ bans, totals }));
  const document = { window, steps, bans: first?.bans ?? [], totals: first?.totals ?? null };
  if (!first || !second) return document;
  return { ...document, other: second, difference: differences(first.bans, second.bans) };
}

/** Reads, replays and reports. Throws `UsageError` where the options cannot be followed. */
export async function backtest(options: BacktestOptions, tell: Tell = () => {}): Promise<BacktestReport> {
  const deployment = options.config === undefined ? null : readConfig(options.config);
  const policies = readPolicies(options.policy ?? [], deployment?.policy ?? defaultPolicy);
  return backtestPolicies(options, { deployment, policies }, tell);
}

interface BacktestSubject {
  readonly deployment: Deployment | null;
  readonly policies: readonly NamedPolicy[];
}

/** Replays the logs with each of the policies. */
export async function backtestPolicies(
  options: Omit<BacktestOptions, "policy" | "json">,
  { deployment, policies }: BacktestSubject,
  tell: Tell,
): Promise<BacktestReport> {
  const { from, to } = readSpan(options);
  const files = await findFiles(options);
  const evidence = await gatherCalls({ files, from, to, scope: deployment && scopeOf(deployment), tell });
  try {
    return await replayAll(evidence, policies, options, { neverBlock: neverBlockOf(deployment), tell });
  } finally {
    evidence.close();
  }
}

export interface NamedPolicy {
  readonly name: string;
  readonly policy: Policy;
}

function readPolicies(files: readonly string[], usual: Policy): NamedPolicy[] {
  if (files.length > 2) throw new UsageError("--policy: at most two policies are compared");
  if (files.length === 0) return [{ name: "default", policy: usual }];
  return files.map((name) => ({ name, policy: readPolicy(name) }));
}

async function replayAll(
  evidence: CallEvidence,
  policies: readonly NamedPolicy[],
  options: Omit<BacktestOptions, "policy" | "json">,
  { neverBlock, tell }: { readonly neverBlock: ReturnType<typeof neverBlockOf>; readonly tell: Tell },
): Promise<BacktestReport> {
  const { connection, window } = evidence;
  const pace = { every: options.every * MINUTE, delay: (options.delay ?? usualDelay(options)) * MINUTE };
  const outcomes: Outcome[] = [];
  let steps = 0;
  for (const { name, policy } of policies) {
    const span = window ?? { from: 0, to: 0 };
    const replayed = await replay(connection, {
      ...{ window: span, ...pace, policy, neverBlock },
      tell: (share) => tell(`replaying with policy ${name}`, share),
    });
    steps = replayed.steps;
    outcomes.push(await describeReplay(connection, name, replayed));
  }
  return {
    window: window && { from: toIso(window.from), to: toIso(window.to) },
    steps: window ? steps : 0,
    ...pace,
    outcomes,
    warnings: warningsOf(evidence),
    incomplete: evidence.inputs.some(({ rejected }) => rejected > 0) || lateKinds(evidence).length > 0,
  };
}

function usualDelay({ cloudfront, cloudtrail }: LogOptions): number {
  return cloudfront !== undefined && cloudtrail === undefined ? CLOUDFRONT_DELAY : USUAL_DELAY;
}
