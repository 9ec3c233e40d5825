/** What a deployment watches of its own senses; each is an alarm in `infra/` and an article of the runbook. */
export const sensorNames = [
  "edge-logging",
  "pool-logging",
  "edge-logs",
  "pool-logs",
  "trail-logging",
  "trail-logs",
  "fast-trail-logs",
  "subscriptions",
] as const;
export type SensorName = (typeof sensorNames)[number];

/**
 * Without a web ACL on the pool there is nothing of it to sense, without fast logs no fast trail, and a trail whose ARN
 * nobody told cannot be asked.
 */
export function sensorsOf({ hasPoolAcl, trailArn, hasFastTrail }: Sensed): readonly SensorName[] {
  const without = [
    ...(hasPoolAcl ? [] : ["pool-logging", "pool-logs"]),
    ...(trailArn === null ? ["trail-logging"] : []),
    ...(hasFastTrail ? [] : ["fast-trail-logs"]),
  ];
  return sensorNames.filter((name) => !without.includes(name));
}
interface Sensed {
  readonly hasPoolAcl: boolean;
  readonly trailArn: string | null;
  readonly hasFastTrail: boolean;
}

/** The logs whose rows are held against CloudWatch's counts. */
export function countedLogs({ hasPoolAcl }: { readonly hasPoolAcl: boolean }) {
  return hasPoolAcl ? (["edge", "pool", "trail"] as const) : (["edge", "trail"] as const);
}

/**
 * Where CloudFront keeps the replicas of an edge function that answer viewers: the Regions of its regional edge caches
 * that every account has switched on ("How CloudFront delivers content"). An error there is counted there.
 */
export const edgeFunctionRegions = [
  "us-east-1",
  "us-east-2",
  "us-west-1",
  "us-west-2",
  "sa-east-1",
  "eu-west-1",
  "eu-west-2",
  "eu-central-1",
  "ap-south-1",
  "ap-southeast-1",
  "ap-southeast-2",
  "ap-northeast-1",
  "ap-northeast-2",
] as const;
/** In place of a Region: the sum over all. */
export const ALL_EDGE_REGIONS = "all";
