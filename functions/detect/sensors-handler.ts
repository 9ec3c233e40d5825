/** Senses whether logs, web ACLs and listeners are still there, and fetches what is measured in other Regions; see sensors.ts. */
import { callMetricsSchema, functionEnvironments } from "../domain/environment.ts";
import { RetryableError } from "../domain/errors.ts";
import { SECOND } from "../domain/instant.ts";
import { logFoldersSchema } from "../domain/names.ts";
import { deploymentOf, metricLine, type OwnMetricName } from "../domain/own-metrics.ts";
import { ALL_EDGE_REGIONS, edgeFunctionRegions, sensorsOf } from "../domain/sensors.ts";
import { cloudWatchMetrics } from "./aws/cloudwatch-metrics.ts";
import { distantMetrics } from "./aws/distant-metrics.ts";
import { dynamoDbRollups } from "./aws/dynamodb-rollups.ts";
import { logFiles } from "./aws/log-files.ts";
import { topicSubscriptions } from "./aws/topic-subscriptions.ts";
import { trailStatus } from "./aws/trail-status.ts";
import { webAclLogging } from "./aws/web-acl-logging.ts";
import { stringList } from "./environment-list.ts";
import { rollupLag } from "./rollup.ts";
import { readSensors } from "./sensors.ts";

const environment = functionEnvironments.sensors.parse(process.env);
const deployment = deploymentOf(environment.LEDGER_TABLE);
const folders = logFoldersSchema.parse(JSON.parse(environment.LOG_FOLDERS));
const callMetrics = callMetricsSchema.parse(JSON.parse(environment.CALL_METRICS));
const { poolRegion } = callMetrics;
const trailArn = environment.TRAIL_ARN === "-" ? null : environment.TRAIL_ARN;
const sensors = sensorsOf({
  hasPoolAcl: callMetrics.poolAcl !== null,
  trailArn,
  hasFastTrail: folders.fastTrail !== undefined,
});
const rollups = dynamoDbRollups(environment.LEDGER_TABLE);
const ports = {
  isLogging: webAclLogging({ edgeAclArn: environment.EDGE_ACL_ARN, poolArn: environment.POOL_ARN, poolRegion }),
  trailStatus: async () => (trailArn === null ? null : await trailStatus(trailArn)),
  calls: cloudWatchMetrics(callMetrics, stringList(environment.CATEGORIES, "CATEGORIES")),
  hasFileAfter: logFiles(),
  subscriptions: () => topicSubscriptions(environment.TOPIC_ARN),
};
const distant = distantMetrics({
  edgeFunction: environment.EDGE_FUNCTION,
  edgeRegions: edgeFunctionRegions,
  poolRegion,
});

/** Tells all that it could read; then throws if something could not be read, so that the function's errors tell why. */
export async function handler(): Promise<void> {
  const now = Date.now();
  const failures: unknown[] = [];
  const tell = (name: OwnMetricName, value: number, by?: Readonly<Record<string, string>>): void => {
    console.log(metricLine(deployment, { [name]: value }, now, by));
  };
  const senses = async () => {
    const read = await readSensors(ports, { sensors, folders, now });
    failures.push(...read.failures);
    for (const [Sensor, works] of read.ok) tell("SensorOk", works ? 1 : 0, { Sensor });
  };
  const edge = async () => {
    const errors = await distant.edgeErrors(now);
    const all = [...errors.values()].reduce((sum, count) => sum + count, 0);
    for (const [EdgeRegion, count] of [...errors, [ALL_EDGE_REGIONS, all] as const])
      tell("EdgeFunctionErrors", count, { EdgeRegion });
  };
  const sms = async () => {
    const spend = await distant.smsSpend(now);
    if (spend !== null) tell("SmsSpend", spend);
  };
  const lag = async () => tell("RollupLag", Math.round((await rollupLag(rollups, now)) / SECOND));
  for (const end of await Promise.allSettled([senses(), edge(), sms(), lag()]))
    if (end.status === "rejected") failures.push(end.reason);
  if (failures.length > 0)
    throw new RetryableError(`Not everything could be sensed: ${failures.map(String).join("; ")}`, {
      cause: failures[0],
    });
}
