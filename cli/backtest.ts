/** `portcullis backtest`: what would have been banned when, and whom it would have hit (design §10). */
import { scopeOf } from "../functions/detect/log-fate.ts";
import type { Deployment } from "../functions/domain/deployment.ts";
import { MINUTE, toIso } from "../functions/domain/instant.ts";
import { defaultPolicy, type Policy } from "../functions/domain/policy.ts";
import { type CallEvidence, gatherCalls } from "./analysis.ts";
import { describeBacktest, differences } from "./backtest-output.ts";
import { replay } from "./backtest-replay.ts";
import { describeReplay, type Outcome } from "./backtest-report.ts";
import type { LogFlags, ReplayFlags } from "./commands/options.ts";
import type { BacktestFlags } from "./commands/trying.ts";
import { readConfig } from "./documents.ts";
import { exitCodes, UsageError } from "./exit.ts";
import { findFiles, neverBlockOf, readSpan } from "./log-inputs.ts";
import { lateKinds, warningsOf } from "./log-warnings.ts";
import { printJson, printText } from "./output.ts";
import { readPolicy } from "./policy-file.ts";
import { type Tell, withProgress } from "./progress.ts";

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

export async function tellBacktest(flags: BacktestFlags): Promise<void> {
  const report = await withProgress("reading the logs", (tell) => backtest(flags, tell));
  for (const warning of report.warnings) process.stderr.write(`warning: ${warning}\n`);
  await (flags.json ? printJson(documentOf(report)) : printText(describeBacktest(report)));
  if (report.incomplete) process.exitCode = exitCodes.incomplete;
}

/** The document of design §10; with two policies it speaks of the first, and of the other beside it. */
function documentOf({ window, steps, outcomes }: BacktestReport): object {
  const [first, second] = outcomes.map(({ bans, totals }) => ({ bans, totals }));
  const document = { window, steps, bans: first?.bans ?? [], totals: first?.totals ?? null };
  if (!first || !second) return document;
  return { ...document, other: second, difference: differences(first.bans, second.bans) };
}

/** Reads, replays and reports. Throws `UsageError` where the options cannot be followed. */
export async function backtest(flags: BacktestFlags, tell: Tell = () => {}): Promise<BacktestReport> {
  const deployment = flags.config === undefined ? null : readConfig(flags.config);
  const policies = readPolicies(flags.policy ?? [], deployment?.policy ?? defaultPolicy);
  return backtestPolicies(flags, { deployment, policies }, tell);
}

interface BacktestSubject {
  readonly deployment: Deployment | null;
  readonly policies: readonly NamedPolicy[];
}

/** Replays the logs with each of the policies. */
export async function backtestPolicies(
  options: ReplayFlags,
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
  options: ReplayFlags,
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

function usualDelay({ cloudfront, cloudtrail }: LogFlags): number {
  return cloudfront !== undefined && cloudtrail === undefined ? CLOUDFRONT_DELAY : USUAL_DELAY;
}
