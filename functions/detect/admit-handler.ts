import { functionEnvironments } from "../domain/environment.ts";
import { InvalidInputError } from "../domain/errors.ts";
import { fromIso } from "../domain/instant.ts";
import { logFoldersSchema } from "../domain/names.ts";
import { deploymentOf } from "../domain/own-metrics.ts";
import { type AdmitResult, admitRequestSchema, RUN_SCHEMA } from "../domain/run.ts";
import { admitRun } from "./admit.ts";
import { readTrigger } from "./alarm-event.ts";
import { gateHashes } from "./aws/client-gates.ts";
import { cloudWatchScans } from "./aws/cloudwatch-scans.ts";
import { dynamoDbLeases } from "./aws/dynamodb-leases.ts";
import { dynamoDbRollups } from "./aws/dynamodb-rollups.ts";
import { stringList } from "./environment-list.ts";
import { prepareLook } from "./query-parameters.ts";
import { overBudget } from "./scan-budget.ts";

const environment = functionEnvironments.admit.parse(process.env);
const scope = {
  alarmPrefixes: stringList(environment.ALARM_PREFIXES, "ALARM_PREFIXES"),
  categories: stringList(environment.CATEGORIES, "CATEGORIES"),
};
const clientIds = stringList(environment.CLIENT_IDS, "CLIENT_IDS");
const allowedOrigins = stringList(environment.ALLOWED_ORIGINS, "ALLOWED_ORIGINS");
const folders = logFoldersSchema.parse(JSON.parse(environment.LOG_FOLDERS));
const rollups = dynamoDbRollups(environment.LEDGER_TABLE);
const leases = dynamoDbLeases(environment.LEDGER_TABLE);
const budget = {
  meter: cloudWatchScans(environment.WORK_GROUP),
  gigabytes: environment.SCAN_BUDGET_GIGABYTES,
  deployment: deploymentOf(environment.LEDGER_TABLE),
  log: console.log,
};

/** First state of `mitigate`; see admit.ts. */
export async function handler(event: unknown): Promise<AdmitResult> {
  const { execution, startedAt, input } = admitRequestSchema.parse(event);
  const trigger = readTrigger(input, scope);
  if (trigger.kind === "ignored") return stopped("ignored", trigger.reason);
  const started = fromIso(startedAt);
  if (started === null) throw new InvalidInputError("Admit cannot start", ["startedAt: is no instant with a zone"]);
  // Before the lease: a secret that cannot be read must not leave a lease behind.
  const hashes = await gateHashes(environment.SECRET_ARN);
  const admitted = await admitRun(leases, {
    trigger,
    runId: execution,
    startedAt: started,
    now: Date.now(),
    roundSeconds: environment.ROUND_SECONDS,
  });
  if (admitted.decision === "joined") return stopped("joined", admitted.reason);
  const look = await prepareLook(
    rollups,
    admitted.run,
    { clientIds, allowedOrigins, folders, gateHashes: hashes },
    await overBudget(budget, Date.now()),
  );
  return { schema: RUN_SCHEMA, decision: "run", reason: admitted.reason, ...look };
}

function stopped(decision: "ignored" | "joined", reason: string): AdmitResult {
  console.log(JSON.stringify({ event: `alarm.${decision}`, reason }));
  return { schema: RUN_SCHEMA, decision, reason, run: null, parameters: null };
}
