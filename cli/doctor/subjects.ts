/** Joins the checks to what they read. */
import { listBans } from "../../functions/block/operator.ts";
import { ALL_CATEGORIES, poolRegion, publicCategories } from "../../functions/domain/deployment.ts";
import { HOUR, MINUTE, toIso } from "../../functions/domain/instant.ts";
import { EDGE_REGION } from "../../functions/domain/names.ts";
import { hasCallCounts, readAlarms } from "../aws/deployment-state.ts";
import { readDistribution } from "../aws/distribution.ts";
import { readSecretCopies } from "../aws/secret-copies.ts";
import { readUsageService } from "../aws/service-quotas.ts";
import { readStackOutput } from "../aws/stack-outputs.ts";
import { readSubscriptions } from "../aws/subscriptions.ts";
import { readTrail } from "../aws/trail.ts";
import { readQuotas, readUserPool } from "../aws/user-pool.ts";
import { countCalls } from "../counted-calls.ts";
import type { Desk } from "../desk.ts";
import { findDrift, readSets } from "../drift.ts";
import { type Subject, subject } from "./check.ts";
import { edgeChecks, secretChecks } from "./edge-checks.ts";
import { poolChecks } from "./pool-checks.ts";
import {
  type AlarmReading,
  alarmChecks,
  type DriftReading,
  type LogReading,
  logChecks,
  quotaChecks,
  setChecks,
  subscriptionChecks,
  trailChecks,
  usageChecks,
} from "./sensor-checks.ts";

/** By now WAF and CloudTrail have delivered what they logged: about five minutes, and ten for those that are slow. */
const LOGS_ARE_IN = 15 * MINUTE;

/** Everything that doctor asks of a deployment. */
export function subjectsOf(desk: Desk): readonly Subject[] {
  const { deployment, names, ports } = desk;
  const pool = readUserPool(deployment);
  // Two subjects wait for it; neither may leave the other with an unhandled rejection.
  pool.catch(() => {});
  return [
    subject(poolChecks, async () => (await pool).reading),
    subject(secretChecks, async () => readSecretCopies(deployment, (await pool).secrets)),
    subject(edgeChecks, () => readDistribution(deployment)),
    subject(logChecks, () => readLogs(desk)),
    subject(trailChecks, () => readTrail(names.trailArn)),
    subject(alarmChecks, () => readQuotaAlarms(desk)),
    subject(quotaChecks, () => readQuotas(deployment, ports.timing.pause)),
    subject(usageChecks, async () => ({
      configured: deployment.usageService,
      told: await readUsageService(deployment),
    })),
    subject(subscriptionChecks, async () =>
      readSubscriptions(EDGE_REGION, await readStackOutput(EDGE_REGION, names.edgeStack, "TopicArn")),
    ),
    subject(setChecks, () => readDrift(desk)),
  ];
}

const titles = {
  edge: "The WAF log of the distribution",
  pool: "The WAF log of the user pool",
  trail: "CloudTrail",
} as const;

/** The last hour whose logs must be in, counted as a run counts them. */
async function readLogs(desk: Desk): Promise<LogReading[]> {
  const now = desk.ports.timing.now();
  const to = Math.floor((now - LOGS_ARE_IN) / MINUTE) * MINUTE;
  const run = { shortWindow: { from: toIso(to - HOUR), to: toIso(to) }, category: ALL_CATEGORIES };
  const { logs, settled } = await countCalls(desk, run, now);
  return logs.map(({ log, ...coverage }) => ({ log, title: titles[log], coverage, to: settled.to }));
}

async function readQuotaAlarms({ deployment, names }: Desk): Promise<AlarmReading[]> {
  const region = poolRegion(deployment);
  const categories = Object.keys(publicCategories);
  const [found, counted] = await Promise.all([
    readAlarms(region, names.alarmPrefix),
    Promise.all(categories.map((category) => hasCallCounts(region, category, deployment.usageService))),
  ]);
  const states = new Map(found.map(({ name, state }) => [name, state]));
  return categories.flatMap((category, index) =>
    deployment.thresholds.map((percent) => {
      const name = names.alarmName(category, percent);
      return { name, region, state: states.get(name) ?? null, hasData: counted[index] ?? null };
    }),
  );
}

async function readDrift(desk: Desk): Promise<DriftReading> {
  const [sets, bans] = await Promise.all([readSets(desk), listBans(desk.ports)]);
  const gone = sets.filter(({ entries }) => entries === null).map(({ name, target }) => `${name} (${target})`);
  return { ...findDrift(sets, bans), gone };
}
