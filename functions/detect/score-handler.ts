import { ledgerTable } from "../block/aws/dynamodb-items.ts";
import { dynamoDbLedger } from "../block/aws/dynamodb-ledger.ts";
import { s3Evidence } from "../block/aws/evidence-store.ts";
import { answeredFrom, standingStrikes } from "../block/ledger.ts";
import { functionEnvironments } from "../domain/environment.ts";
import { MINUTE } from "../domain/instant.ts";
import { policySchema } from "../domain/policy.ts";
import { type QueryEnd, type ScoreResult, scoreRequestSchema } from "../domain/run.ts";
import { queryResults } from "./aws/athena-results.ts";
import { errorName, judgeRun, scoreResult, suspects, verdictsKey, withEvidence } from "./judge-run.ts";

const environment = functionEnvironments.score.parse(process.env);
const policy = policySchema.parse(JSON.parse(environment.POLICY));
const bans = dynamoDbLedger(ledgerTable(environment.LEDGER_TABLE));
const evidence = s3Evidence(environment.EVIDENCE_BUCKET);

/** State Score of `mitigate`: reads what the queries found, judges it, and hands on where the verdicts lie. */
export async function handler(event: unknown): Promise<ScoreResult> {
  const { run: before, queries } = scoreRequestSchema.parse(event);
  const ends = await Promise.all(queries.map(readQuery));
  const windows = ends.flatMap(({ size, ...rows }) => (size === "history" ? [] : { size, ...rows }));
  const history = ends.find(({ size }) => size === "history") ?? null;
  const run = withEvidence(before, windows);
  const unknown = judgeRun(run, windows, { policy, history, strikesOf: () => 0 });
  const known = await bans.getBans(suspects(unknown));
  const strikesOf = (source: string) => standingStrikes(known.get(source) ?? null, Date.now(), policy);
  // A ban that ends within this round may be over when the verdict is applied.
  const answeredUntil = (source: string) => answeredFrom(known.get(source) ?? null, Date.now() + MINUTE);
  const judged = known.size === 0 ? unknown : judgeRun(run, windows, { policy, history, strikesOf, answeredUntil });
  const { verdicts, knocks, establishedUsers } = judged;
  await evidence.write(verdictsKey(run), { verdicts, knocks, establishedUsers });
  console.log(JSON.stringify({ event: "run.scored", runId: run.runId, round: run.round, ...judged.counts }));
  return scoreResult(run, judged);
}

async function readQuery(query: QueryEnd) {
  const { window, queryExecutionId } = query;
  const rows = queryExecutionId === undefined ? null : await queryResults(queryExecutionId);
  return { size: window, rows, error: errorName(query) };
}
