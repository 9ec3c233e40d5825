/** What a deployment costs a month at so many calls: quantities from the config, prices from one table. */
import type { Deployment } from "../functions/domain/deployment.ts";
import { type PriceId, unitPrices } from "../functions/domain/unit-prices.ts";

export interface CostLine {
  readonly what: string;
  readonly price: PriceId;
  readonly quantity: number;
  readonly usd: number;
}

const SECONDS_A_MONTH = 30 * 86_400;
const MINUTES_A_MONTH = SECONDS_A_MONTH / 60;
/** Log of one call as WAF writes it, packed; CloudFront's row in Parquet; CloudTrail's record, packed. */
const WAF_RECORD_GB = { written: 2.2e-6, stored: 0.4e-6 };
const OTHER_RECORDS_GB = 0.5e-6;
/** Firehose counts each record as a multiple of 5 KB. */
const FIREHOSE_RECORD_GB = 5e-6;
/** The edge function's own time: it passes the call on and does not wait for Cognito. */
const EDGE_SECONDS = 0.01;
const EDGE_GIGABYTES = 0.25;
/** Runs while nothing is wrong: a patrol each half an hour, a rollup each hour. */
const PATROLS = MINUTES_A_MONTH / 30;
const ROLLUPS = MINUTES_A_MONTH / 60;
const TRANSITIONS_A_PATROL = 12;
const TRANSITIONS_A_ROLLUP = 40;

export function estimate(deployment: Deployment, callsPerMonth: number): CostLine[] {
  return [...standing(deployment), ...perCall(deployment, callsPerMonth), ...background(callsPerMonth)];
}

export function totalOf(lines: readonly CostLine[]): number {
  return lines.reduce((sum, { usd }) => sum + usd, 0);
}

const line = (what: string, price: PriceId, quantity: number): CostLine => ({
  ...{ what, price, quantity },
  usd: quantity * unitPrices[price].usd,
});

function standing(deployment: Deployment): CostLine[] {
  const { poolProtection, secretReplicaRegions } = deployment;
  return [
    line("Web ACLs", "webAcl", poolProtection === "webAcl" ? 2 : 1),
    line("Their rules", "wafRule", ruleCount(deployment)),
    line("Alarms", "alarmMetric", alarmMetrics(deployment)),
    line("Metrics of our own", "customMetric", 25),
    line("Secrets", "secret", 2 + secretReplicaRegions.length),
  ];
}

/** ClientAsn, AllowList, DenyList, Valid and RateLimit stand in each; more are the config's. */
export function ruleCount({ operationLimits, managedRuleGroups, poolProtection, gate }: Deployment): number {
  const groups = Object.values(managedRuleGroups).flat().length;
  const edge = 5 + Object.keys(operationLimits).length + 2 * groups;
  if (poolProtection === "none") return edge;
  return edge + 1 + (gate === "off" ? 0 : 1);
}

/** Alarms on quotas have two metrics each, one for each category and threshold; those on ourselves are fixed. */
export function alarmMetrics({ thresholds, userPool }: Deployment): number {
  return 35 + 5 * thresholds.length + 2 * userPool.clientIds.length;
}

function perCall({ poolProtection, logs, logRetentionDays, trail }: Deployment, calls: number): CostLine[] {
  const webAcls = poolProtection === "webAcl" ? 2 : 1;
  const wafGigabytes = webAcls * calls * WAF_RECORD_GB.written;
  const months = logRetentionDays / 30;
  const stored = (webAcls * WAF_RECORD_GB.stored + OTHER_RECORDS_GB) * calls * months;
  return [
    line("Requests of viewers", "httpsRequest", calls),
    line("Requests at web ACLs", "wafRequest", webAcls * calls),
    line("Edge function, invocations", "edgeRequest", calls),
    line("Edge function, time", "edgeGigabyteSecond", calls * EDGE_SECONDS * EDGE_GIGABYTES),
    line("Edge function, its log", "ingestedLog", calls * 0.4e-6),
    line("Logs of web ACLs", "deliveredLog", wafGigabytes),
    ...(logs === "fast" ? throughFirehose(wafGigabytes, calls) : []),
    ...(trail ? [] : [line("Calls in a trail of our own", "trailEvent", calls)]),
    line("Logs that are kept", "storage", stored),
  ];
}

/** The web ACLs' logs, and CloudTrail's records, of which EventBridge puts each by itself. */
function throughFirehose(wafGigabytes: number, calls: number): CostLine[] {
  return [
    line("The same through Firehose", "firehoseLog", wafGigabytes),
    line("CloudTrail's records through Firehose", "firehoseLog", calls * FIREHOSE_RECORD_GB),
  ];
}

/** Each patrol reads the last ten minutes of the logs, each rollup three hours; ten megabytes are the least. */
function background(calls: number): CostLine[] {
  const gigabytesAMinute = (calls / MINUTES_A_MONTH) * (2 * WAF_RECORD_GB.stored + OTHER_RECORDS_GB);
  const scanned = (queries: number, minutes: number) => queries * Math.max(0.01, gigabytesAMinute * minutes);
  const terabytes = (scanned(4 * PATROLS, 15) + scanned(4 * ROLLUPS, 180)) / 1_000;
  return [
    line("Queries of patrols and rollups", "scannedTerabyte", terabytes),
    line("Runs of patrols and rollups", "transition", PATROLS * TRANSITIONS_A_PATROL + ROLLUPS * TRANSITIONS_A_ROLLUP),
    line("Sweeps and other functions", "request", MINUTES_A_MONTH * 1.5),
    line("Their time", "gigabyteSecond", MINUTES_A_MONTH * 1.5 * 0.5 * 0.5),
  ];
}
