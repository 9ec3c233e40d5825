import { functionEnvironments } from "../domain/environment.ts";
import { logFoldersSchema } from "../domain/names.ts";
import { deploymentOf } from "../domain/own-metrics.ts";
import { RUN_SCHEMA, type Run, type WatchResult, watchRequestSchema } from "../domain/run.ts";
import { gateHashes } from "./aws/client-gates.ts";
import { cloudWatchAlarms } from "./aws/cloudwatch-alarms.ts";
import { cloudWatchScans } from "./aws/cloudwatch-scans.ts";
import { dynamoDbLeases } from "./aws/dynamodb-leases.ts";
import { dynamoDbRollups } from "./aws/dynamodb-rollups.ts";
import { stringList } from "./environment-list.ts";
import { prepareLook } from "./query-parameters.ts";
import { overBudget } from "./scan-budget.ts";
import { abandonRun, watchRun } from "./watch-run.ts";

const environment = functionEnvironments.watch.parse(process.env);
const clientIds = stringList(environment.CLIENT_IDS, "CLIENT_IDS");
const allowedOrigins = stringList(environment.ALLOWED_ORIGINS, "ALLOWED_ORIGINS");
const folders = logFoldersSchema.parse(JSON.parse(environment.LOG_FOLDERS));
const rounds = { roundSeconds: environment.ROUND_SECONDS, maxRounds: environment.MAX_ROUNDS };
const leases = dynamoDbLeases(environment.LEDGER_TABLE);
const rollups = dynamoDbRollups(environment.LEDGER_TABLE);
const alarms = cloudWatchAlarms();
const budget = {
  meter: cloudWatchScans(environment.WORK_GROUP),
  gigabytes: environment.SCAN_BUDGET_GIGABYTES,
  deployment: deploymentOf(environment.LEDGER_TABLE),
  log: console.log,
};

const noParameters = {
  ...{ short: [], shortHalf: [], shortSample: [], slow: [], slowHalf: [], slowSample: [] },
  ...{ history: [], historyHalf: [], historySample: [], coverage: [], coverageHalf: [], coverageSample: [] },
};

/** Last state of a round of `mitigate`; see watch-run.ts. */
export async function handler(event: unknown): Promise<WatchResult> {
  const { run, abandon } = watchRequestSchema.parse(event);
  if (abandon === true) {
    await abandonRun(leases, run, Date.now());
    return ended(run, "the round failed");
  }
  const { decision, run: next } = await watchRun({ leases, alarms }, run, Date.now(), rounds);
  console.log(JSON.stringify({ event: "run.watched", runId: run.runId, round: run.round, ...decision }));
  if (!decision.again) {
    const { reason, ending, burning } = decision;
    return { ...ended(next, reason), ...(ending && { ending }), ...(burning && { burning: [...burning] }) };
  }
  const { look, waitSeconds, reason } = decision;
  const ready = look ? await readyToLook(next) : { run: next, parameters: noParameters };
  return { schema: RUN_SCHEMA, again: true, look, evidence: true, reason, waitSeconds, ...ready };
}

/** Gates rotate and hours go by, so both are read anew for each look. */
async function readyToLook(run: Run): ReturnType<typeof prepareLook> {
  const hashes = await gateHashes(environment.SECRET_ARN);
  const over = await overBudget(budget, Date.now());
  return await prepareLook(rollups, run, { clientIds, allowedOrigins, folders, gateHashes: hashes }, over);
}

function ended(run: Run, reason: string): WatchResult {
  const evidence = (run.evidenceRounds ?? 0) > 0;
  return {
    schema: RUN_SCHEMA,
    again: false,
    look: false,
    evidence,
    reason,
    waitSeconds: 0,
    run,
    parameters: noParameters,
  };
}
