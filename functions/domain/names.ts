import * as z from "zod";

import { allowListOf } from "./allow-list.ts";
import { type Deployment, poolRegion } from "./deployment.ts";
import type { CallMetricNames, IpSets, ScopeSets } from "./environment.ts";

/** CLOUDFRONT-scope WAF, the edge function and everything around them live here and nowhere else. */
export const EDGE_REGION = "us-east-1";

/** In the name of each set that a deployment keeps equal to the config's allow list. */
export const CONFIG_ALLOW = "-config-allow";

/**
 * The physical name of everything that another stack, the command line or a person must find. Both stacks and
 * the CLI compute them from the config, so no export or output ties the stacks together.
 */
export function namesOf(deployment: Deployment) {
  const { name, account } = deployment;
  const region = poolRegion(deployment);
  return {
    edgeStack: `${name}-edge`,
    poolStack: `${name}-pool`,
    edgeAcl: `${name}-edge`,
    poolAcl: `${name}-pool`,
    poolRuleGroup: `${name}-pool`,
    /** Patterns of the valid gates, for the pool's web ACL; written at run time like the auto sets. */
    gatePatterns: `${name}-gates`,
    ledgerTable: `${name}-ledger`,
    evidenceBucket: `${name}-evidence-${account}`,
    edgeWafLogs: `aws-waf-logs-${name}-edge-${account}`,
    poolWafLogs: `aws-waf-logs-${name}-pool-${account}`,
    edgeLogStream: `aws-waf-logs-${name}-edge`,
    poolLogStream: `aws-waf-logs-${name}-pool`,
    cloudFrontLogs: `${name}-cloudfront-${account}`,
    trail: `${name}-pool`,
    trailLogs: `${name}-trail-${account}`,
    /** CloudTrail's records once more, by EventBridge and Firehose: bucket, stream and rule. */
    fastTrailLogs: `${name}-fast-trail-${account}`,
    fastTrail: `${name}-fast-trail`,
    /** The trail that is asked whether it records; null for one that exists already and whose ARN the config does not tell. */
    trailArn: deployment.trail
      ? (deployment.trail.arn ?? null)
      : `arn:aws:cloudtrail:${region}:${account}:trail/${name}-pool`,
    rollups: `${name}-rollups-${account}`,
    clientSecret: `${name}/clients`,
    approvalKey: `${name}/approval-key`,
    topic: `${name}-notices`,
    slackChannel: (channelId: string) => `${name}-${channelId}`,
    mitigateMachine: `${name}-mitigate`,
    approveMachine: `${name}-approve`,
    rollupMachine: `${name}-rollup`,
    mitigateMachineArn: `arn:aws:states:${EDGE_REGION}:${account}:stateMachine:${name}-mitigate`,
    approveMachineArn: `arn:aws:states:${EDGE_REGION}:${account}:stateMachine:${name}-approve`,
    database: `${name.replaceAll("-", "_")}_logs`,
    workGroup: `${name}-evidence`,
    poolArn: `arn:aws:cognito-idp:${region}:${account}:userpool/${deployment.userPool.id}`,
    functionName: (id: string) => `${name}-${id}`,
    deadLetters: `${name}-dead-letters`,
    alarmRule: `${name}-alarms`,
    forwardRule: `${name}-alarms-to-edge`,
    sweepSchedule: `${name}-sweep`,
    rollupSchedule: `${name}-rollup`,
    sensorsSchedule: `${name}-sensors`,
    dashboard: name,
    patrolSchedule: `${name}-patrol`,
    /** Alarms of ours that start a run. */
    alarmPrefix: `${name}-`,
    /** Every alarm whose name begins with one of these starts a run, also alarms that others made. */
    alarmPrefixes: [`${name}-`, ...deployment.alarms.prefixes],
    /** Alarms of ours that start a run, beside those on quota use. */
    runAlarmName: (id: string) => `${name}-${id}`,
    signInAlarm: (clientId: string) => `${name}-sign-in-failures-${clientId}`,
    alarmName: (category: string, percent: number) => `${name}-${category}-${percent}`,
    /** Alarms on ourselves: outside `alarmPrefixes`, else a fault of ours would start a run. */
    healthAlarmName: (id: string) => `health-${name}-${id}`,
    gatesSchedule: `${name}-gates`,
    ipSets: ipSetsOf(deployment),
    /** A copy of the config's allow list for the gate: a rule in the pool's Region can't refer to a set of the edge. */
    poolAllow: configSetsOf(deployment, `${name}-pool`),
  } as const;
}

/** S3 addresses of the folders that hold the logs' partitions, as AWS lays them out; see `logFoldersOf`. */
export const logFoldersSchema = z.strictObject({
  edge: z.string().startsWith("s3://"),
  pool: z.string().startsWith("s3://"),
  trail: z.string().startsWith("s3://"),
  /** `fast`: the web ACLs' logs lie in folders of the minute in which Firehose got them, not of five minutes. */
  waf: z.enum(["direct", "fast"]).optional(),
  /** CloudTrail's records as EventBridge brings them, in folders of minutes too; absent where it does not. */
  fastTrail: z.string().startsWith("s3://").optional(),
});
export type LogFolders = z.infer<typeof logFoldersSchema>;

/** The Region of a CLOUDFRONT web ACL is the word `cloudfront`. */
export function logFoldersOf(deployment: Deployment): LogFolders {
  const names = namesOf(deployment);
  const region = poolRegion(deployment);
  const folder = (bucket: string, path: string) => `s3://${bucket}/AWSLogs/${deployment.account}/${path}/`;
  // Without a web ACL of ours on the pool the queries still read its table: an empty folder of the edge's bucket.
  const poolBucket = deployment.poolProtection === "webAcl" ? names.poolWafLogs : names.edgeWafLogs;
  return {
    edge: folder(names.edgeWafLogs, `WAFLogs/cloudfront/${names.edgeAcl}`),
    pool: folder(poolBucket, `WAFLogs/${region}/${names.poolAcl}`),
    trail: trailFolder(deployment, `${deployment.account}/CloudTrail/${region}`),
    ...(deployment.logs === "fast" && { waf: deployment.logs, fastTrail: fastTrailFolder(deployment) }),
  };
}

/** Of every deployment: where no records come by EventBridge it is empty. */
export function fastTrailFolder(deployment: Deployment): string {
  return `s3://${namesOf(deployment).fastTrailLogs}/fast-trail/`;
}

function trailFolder(deployment: Deployment, path: string): string {
  const { bucket, prefix, organizationId } = deployment.trail ?? { bucket: namesOf(deployment).trailLogs };
  const parts = [bucket, ...(prefix ? [prefix] : []), "AWSLogs", ...(organizationId ? [organizationId] : []), path];
  return `s3://${parts.join("/")}/`;
}

/** What CloudWatch counts requests and calls under; a web ACL on the pool that is not ours has no name here. */
export function callMetricNamesOf(deployment: Deployment): CallMetricNames {
  const names = namesOf(deployment);
  return {
    edgeAcl: names.edgeAcl,
    poolAcl: deployment.poolProtection === "webAcl" ? names.poolAcl : null,
    poolRegion: poolRegion(deployment),
    usageService: deployment.usageService,
  };
}

/** The secret with gates and app client secrets: where it is at home, and how it is called there. */
export function clientSecretOf(deployment: Deployment): { readonly region: string; readonly id: string } {
  const { clientSecretArn } = deployment;
  if (clientSecretArn === undefined) return { region: EDGE_REGION, id: namesOf(deployment).clientSecret };
  return { region: clientSecretArn.split(":")[3] ?? EDGE_REGION, id: clientSecretArn };
}

function ipSetsOf(deployment: Deployment): IpSets {
  const { name, autoShards } = deployment;
  const config = configSetsOf(deployment, name);
  const shards = (prefix: string, count: number) =>
    Array.from({ length: count }, (_, index) => `${prefix}-${index + 1}`);
  return {
    edge: {
      region: EDGE_REGION,
      allow: { v4: [`${name}-allow-v4`, ...config.v4], v6: [`${name}-allow-v6`, ...config.v6] },
      deny: { v4: [`${name}-deny-v4`], v6: [`${name}-deny-v6`] },
      auto: { v4: shards(`${name}-auto-v4`, autoShards.edge.v4), v6: shards(`${name}-auto-v6`, autoShards.edge.v6) },
    },
    pool:
      deployment.poolProtection === "none"
        ? null
        : {
            region: poolRegion(deployment),
            allow: { v4: [], v6: [] },
            deny: { v4: [], v6: [] },
            auto: {
              v4: shards(`${name}-pool-auto-v4`, autoShards.pool.v4),
              v6: shards(`${name}-pool-auto-v6`, autoShards.pool.v6),
            },
          },
  };
}

/** The IP sets that a deployment keeps equal to the config's allow list: none for a family without entries. */
function configSetsOf(deployment: Deployment, prefix: string): ScopeSets["allow"] {
  const { v4, v6 } = allowListOf(deployment);
  return {
    v4: v4.length > 0 ? [`${prefix}${CONFIG_ALLOW}-v4`] : [],
    v6: v6.length > 0 ? [`${prefix}${CONFIG_ALLOW}-v6`] : [],
  };
}
