/** `portcullis policy test`: what another policy would have done with past logs, held against the one in force. */
import { defaultPolicy } from "../functions/domain/policy.ts";
import { counted } from "../functions/domain/wording.ts";
import { type BacktestReport, backtestPolicies, type NamedPolicy } from "./backtest.ts";
import { describeDifference, differences } from "./backtest-output.ts";
import type { BacktestTotals, Outcome } from "./backtest-report.ts";
import type { TestFlags } from "./commands/tuning.ts";
import { openDesk, sceneInForce } from "./desk.ts";
import { readConfig } from "./documents.ts";
import { exitCodes } from "./exit.ts";
import { printJson, printText } from "./output.ts";
import { readPolicy } from "./policy-file.ts";
import { type Tell, withProgress } from "./progress.ts";

export async function testPolicy(file: string, flags: TestFlags): Promise<void> {
  const report = await withProgress("reading the logs", (tell) => replayBoth(file, flags, tell));
  for (const warning of report.warnings) process.stderr.write(`warning: ${warning}\n`);
  if (report.incomplete) process.exitCode = exitCodes.incomplete;
  const [before, after] = report.outcomes;
  if (!before || !after) return;
  if (flags.json) return printJson(documentOf(report, before, after));
  if (!report.window) return printText("No call of a user pool's API in these logs.");
  const { from, to } = report.window;
  await printText([`${from} to ${to}`, verdictOf(before, after), describeDifference(before, after)].join("\n\n"));
}

async function replayBoth(file: string, flags: TestFlags, tell: Tell): Promise<BacktestReport> {
  const wanted: NamedPolicy = { name: file, policy: readPolicy(file) };
  const { deployment, base } = await readBase(flags);
  return backtestPolicies(flags, { deployment, policies: [base, wanted] }, tell);
}

async function readBase({ config, local, against }: TestFlags) {
  const given = against === undefined ? null : { name: against, policy: readPolicy(against) };
  if (local === undefined && (config === undefined || given))
    return {
      deployment: config === undefined ? null : readConfig(config),
      base: given ?? { name: "the defaults", policy: defaultPolicy },
    };
  const desk = await openDesk({ config: config ?? "", ...(local && { local }) });
  const base = given ?? { name: "the policy in force", policy: (await sceneInForce(desk)).policy };
  return { deployment: desk.deployment, base };
}

/** How much more of each the tested policy would have had. */
function gains(before: BacktestTotals, after: BacktestTotals) {
  return {
    bans: after.bans - before.bans,
    bannedSources: after.bannedSources - before.bannedSources,
    successfulUsersHit: after.successfulUsersHit - before.successfulUsersHit,
    callsStopped: after.callsStopped - before.callsStopped,
    filed: after.filed - before.filed,
    watched: after.watched - before.watched,
  };
}

/** One sentence: what a person decides by. */
function verdictOf(before: Outcome, after: Outcome): string {
  const gained = gains(before.totals, after.totals);
  const { bans, successfulUsersHit, callsStopped } = after.totals;
  return (
    `With ${after.policy} instead of ${before.policy} there would have been ` +
    `${moreOf(gained.bans, "ban")} (${bans} instead of ${before.totals.bans}), ` +
    `${moreOf(gained.successfulUsersHit, "successful user")} hit (${successfulUsersHit} instead of ${before.totals.successfulUsersHit}), ` +
    `${moreOf(gained.callsStopped, "call")} stopped (${callsStopped}) and ` +
    `${moreOf(gained.filed, "source")} left to a person (${after.totals.filed}).`
  );
}

function moreOf(difference: number, one: string): string {
  return counted(Math.abs(difference), `${difference < 0 ? "fewer" : "more"} ${one}`);
}

function documentOf({ window, steps }: BacktestReport, before: Outcome, after: Outcome): object {
  const named = ({ policy, totals }: Outcome) => ({ policy, totals });
  return {
    ...{ window, steps, before: named(before), after: named(after), difference: gains(before.totals, after.totals) },
    sources: differences(before.bans, after.bans).map(({ source, first, second }) => ({
      ...{ source, before: first, after: second },
    })),
  };
}
