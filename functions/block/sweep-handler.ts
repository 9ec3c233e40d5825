/** The minute's sweep; see sweep.ts and reconcile.ts, and for what it does after them `tend`. Its metrics are its heartbeat. */
import { dynamoDbLeases } from "../detect/aws/dynamodb-leases.ts";
import { resumeDeadRuns } from "../detect/dead-runs.ts";
import type { Mode } from "../domain/ban.ts";
import { functionEnvironments } from "../domain/environment.ts";
import type { Instant } from "../domain/instant.ts";
import { deploymentOf, metricLine } from "../domain/own-metrics.ts";
import { answersByHand } from "./answers.ts";
import { blockSide } from "./aws/block-side.ts";
import { s3Evidence } from "./aws/evidence-store.ts";
import { executionsOf, sfnTaskTokens } from "./aws/sfn.ts";
import { snsTopic } from "./aws/sns.ts";
import { readExclusions } from "./exclusions.ts";
import { sendKept } from "./outbox.ts";
import { type PolicyInForce, policyInForce } from "./policy-in-force.ts";
import { reconcile, type ScopeReport } from "./reconcile.ts";
import { setMetrics } from "./set-metrics.ts";
import { readSettings } from "./settings.ts";
import { releaseDue, type SweepEnd } from "./sweep.ts";
import { tendProposals } from "./tend-proposals.ts";

const environment = functionEnvironments.sweep.parse(process.env);
const settings = readSettings(environment);
const ports = {
  ...blockSide(environment.LEDGER_TABLE, settings.IP_SETS),
  journal: (decision: object) => console.log(JSON.stringify(decision)),
};

const evidence = s3Evidence(environment.EVIDENCE_BUCKET);
const approvals = executionsOf(environment.APPROVE_MACHINE_ARN);
const runs = executionsOf(environment.MITIGATE_MACHINE_ARN);
const tokens = sfnTaskTokens();
const leases = dynamoDbLeases(environment.LEDGER_TABLE);
const topic = snsTopic(environment.TOPIC_ARN);

export async function handler(): Promise<{ released: number }> {
  const started = ports.timing.now();
  const mode = (await ports.control.mode()) ?? settings.INITIAL_MODE;
  const inForce = await policyInForce(ports, settings.POLICY);
  if (inForce.problem !== null) console.log(JSON.stringify({ event: "policy.unusable", why: inForce.problem }));
  const swept = await releaseDue(ports, started, { mode, policy: inForce.policy });
  await allInTurn([() => updateSets(swept, inForce, started), ...tending(mode)]);
  return { released: swept.released };
}

/** Whatever fails holds up none of the others; the first failure is thrown in the end. */
async function allInTurn(works: readonly (() => Promise<unknown>)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const work of works) await work().catch((error) => failures.push(error));
  if (failures.length > 0) throw failures[0];
}

async function updateSets(swept: SweepEnd, inForce: PolicyInForce, started: Instant): Promise<void> {
  const scopes = await reconcile(ports, {
    sets: settings.IP_SETS,
    exclusions: await readExclusions(ports, settings.IP_SETS, settings.EGRESS),
    fresh: swept.bans,
    adoptMinutes: inForce.policy.ban.approvedMinutes,
  });
  console.log(heartbeat(swept, scopes, inForce, started));
  const adopted = scopes.flatMap(({ bans }) => bans);
  for (const { key, document } of answersByHand(adopted, started)) await evidence.write(key, document);
}

/** What others have left lying; it comes last, for nothing of it may hold up a release or the IP sets. */
function tending(mode: Mode): (() => Promise<unknown>)[] {
  const scene = () => ({ now: ports.timing.now(), mode, approvalMinutes: environment.APPROVAL_MINUTES });
  return [
    () => tendProposals({ ...ports, evidence, tokens, executions: approvals }, scene()),
    () => resumeDeadRuns({ leases, executions: runs }, ports.timing.now()),
    () => sendNotices(ports.timing.now()),
  ];
}

async function sendNotices(now: Instant): Promise<void> {
  const { waiting } = await sendKept({ outbox: ports.outbox, topic }, now);
  console.log(metricLine(deploymentOf(environment.LEDGER_TABLE), { NoticesWaiting: waiting }, now));
}

function heartbeat(
  swept: SweepEnd,
  scopes: readonly ScopeReport[],
  { problem }: PolicyInForce,
  started: Instant,
): string {
  const now = ports.timing.now();
  const metrics = {
    SweepHeartbeat: 1,
    BansReleased: swept.released - swept.simulated,
    BansExtended: swept.extended,
    ReleaseBacklog: swept.backlogSeconds,
    ...setMetrics(scopes),
    PolicyUnusable: problem === null ? 0 : 1,
    ReconcileTime: now - started,
  };
  return metricLine(deploymentOf(environment.LEDGER_TABLE), metrics, now);
}
