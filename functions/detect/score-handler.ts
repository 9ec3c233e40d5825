import { dynamoDbControl } from "../block/aws/dynamodb-control.ts";
import { ledgerTable } from "../block/aws/dynamodb-items.ts";
import { dynamoDbLedger } from "../block/aws/dynamodb-ledger.ts";
import { dynamoDbPolicy } from "../block/aws/dynamodb-policy.ts";
import { s3Evidence } from "../block/aws/evidence-store.ts";
import { answeredBy, standingStrikes } from "../block/ledger.ts";
import { policyInForce } from "../block/policy-in-force.ts";
import { callMetricsSchema, functionEnvironments } from "../domain/environment.ts";
import { DAY, fromIso, MINUTE } from "../domain/instant.ts";
import { deploymentOf, metricLine } from "../domain/own-metrics.ts";
import { policySchema } from "../domain/policy.ts";
import { type QueryEnd, type Run, type ScoreResult, scoreRequestSchema, type WindowPart } from "../domain/run.ts";
import { verdictsKey } from "../domain/run-keys.ts";
import { findAccounts, joinAccounts } from "./accounts.ts";
import { queryResults } from "./aws/athena-results.ts";
import { cloudWatchMetrics } from "./aws/cloudwatch-metrics.ts";
import { coverageRange } from "./coverage-query.ts";
import { type Asked, type CountedCalls, coverageOfRun, type RunCoverage } from "./coverage-run.ts";
import { stringList } from "./environment-list.ts";
import { errorName, judgeRun, scoreResult, suspects, withCoverage, withEvidence } from "./judge-run.ts";
import { partRead } from "./scan-budget.ts";

const environment = functionEnvironments.score.parse(process.env);
const deployed = policySchema.parse(JSON.parse(environment.POLICY));
const table = ledgerTable(environment.LEDGER_TABLE);
const bans = dynamoDbLedger(table);
const control = dynamoDbControl(table);
const policies = dynamoDbPolicy(table);
const evidence = s3Evidence(environment.EVIDENCE_BUCKET);
const ours = { clientIds: stringList(environment.CLIENT_IDS, "CLIENT_IDS"), poolId: environment.POOL_ID };
const metrics = cloudWatchMetrics(
  callMetricsSchema.parse(JSON.parse(environment.CALL_METRICS)),
  stringList(environment.CATEGORIES, "CATEGORIES"),
);

/** State Score of `mitigate`: reads what the queries found, judges it, and hands on where the verdicts lie. */
export async function handler(event: unknown): Promise<ScoreResult> {
  const { run: before, queries: asked } = scoreRequestSchema.parse(event);
  const queries = asked.map((query) => ({ ...query, part: partRead(query, before) }));
  const ends = await Promise.all(queries.map(readQuery));
  const windows = ends.flatMap(({ size, ...rows }) => (size === "short" || size === "slow" ? { size, ...rows } : []));
  const history = ends.find(({ size }) => size === "history") ?? null;
  const coverage = await coverageOfRound(
    before,
    ends.find(({ size }) => size === "coverage"),
  );
  const run = withEvidence(before, windows);
  const { policy } = await policyInForce({ policies }, deployed);
  const unknown = judgeRun(run, windows, { policy, history, coverage, strikesOf: () => 0 });
  const found = findAccounts(ends.flatMap(accountRows));
  const known = await bans.getBans([...new Set([...suspects(unknown), ...found.accounts.map(({ source }) => source)])]);
  const mode = (await control.mode()) ?? environment.INITIAL_MODE;
  const strikesOf = (source: string) => standingStrikes(known.get(source) ?? null, Date.now(), policy);
  const answeredOf = (source: string) => {
    const ban = known.get(source);
    // A ban that ends within this round may be over when the verdict is applied.
    return ban ? answeredBy(ban, Date.now() + MINUTE, mode) : null;
  };
  const judged =
    known.size === 0 ? unknown : judgeRun(run, windows, { policy, history, coverage, strikesOf, answeredOf });
  const banned = [...known.values()].filter(({ bannedAt }) => Date.parse(bannedAt) > Date.now() - DAY);
  const notable = new Set([...judged.verdicts, ...banned].map(({ source }) => source));
  const accountsAtRisk = joinAccounts(found.accounts, (source) => notable.has(source));
  const missing = [...judged.missing, ...found.gaps];
  const looked = withCoverage(run, coverage, judged, ours);
  await evidence.write(verdictsKey(run), {
    ...judged,
    missing,
    run: looked,
    queries: queries.map(named),
    accountsAtRisk,
  });
  console.log(JSON.stringify({ event: "run.scored", runId: run.runId, round: run.round, ...judged.counts }));
  for (const line of coverageMetrics(coverage)) console.log(line);
  return scoreResult(looked, { ...judged, missing });
}

/** One line for each log that was counted; where nothing could be counted, none, and an alarm misses them. */
function coverageMetrics(coverage: RunCoverage | null): string[] {
  const deployment = deploymentOf(environment.LEDGER_TABLE);
  return (coverage?.logs ?? []).flatMap(({ log, ratio }) =>
    ratio === null ? [] : metricLine(deployment, { Coverage: Math.round(1000 * ratio) / 10 }, Date.now(), { Log: log }),
  );
}

/** Null for a machine from before completeness was counted. */
async function coverageOfRound(
  run: Run,
  end: Awaited<ReturnType<typeof readQuery>> | undefined,
): Promise<RunCoverage | null> {
  if (!end) return null;
  const { rows, error, part } = end;
  const counted = await countedCalls(run, part);
  return coverageOfRun(run, { rows: rows ? { found: rows } : { error }, counted, readAt: Date.now(), part });
}

/** What cannot be counted is a stated gap: it must not end the run. */
async function countedCalls({ shortWindow: { from, to } }: Run, part?: WindowPart): Promise<Asked<CountedCalls>> {
  try {
    const range = coverageRange({ from: fromIso(from) ?? 0, to: fromIso(to) ?? 0 }, part);
    return { found: await metrics.read(range) };
  } catch (error) {
    return { error: errorName({ error: { Error: error instanceof Error ? error.name : "unknown" } }) };
  }
}

/** A machine from before accounts at risk were asked for has none of these. */
function accountRows({ size, ...rows }: Awaited<ReturnType<typeof readQuery>>) {
  if (size === "accounts") return { window: "short" as const, ...rows };
  return size === "slowAccounts" ? { window: "slow" as const, ...rows } : [];
}

/** Without the text of an error, which may hold what the query held. */
function named(query: QueryEnd): QueryEnd {
  return query.error === undefined ? query : { ...query, error: { Error: errorName(query) } };
}

async function readQuery(query: QueryEnd) {
  const { window, part, bytesScanned, queryExecutionId } = query;
  const rows = queryExecutionId === undefined ? null : await queryResults(queryExecutionId);
  return { size: window, part, bytesScanned, rows, error: errorName(query) };
}
