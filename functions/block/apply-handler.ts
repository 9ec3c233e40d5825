/** State Apply of both machines; see apply.ts and reconcile.ts. */
import { functionEnvironments } from "../domain/environment.ts";
import { InvalidInputError } from "../domain/errors.ts";
import { type Instant, toIso } from "../domain/instant.ts";
import { deploymentOf, metricLine } from "../domain/own-metrics.ts";
import { type AppliedPlan, type Plan, planSchema } from "../domain/plan.ts";
import { type ApplyResult, applyRequestSchema, RUN_SCHEMA } from "../domain/run.ts";
import { appliedKey } from "../domain/run-keys.ts";
import { answerOf, answersByHand } from "./answers.ts";
import { type ApplyEnd, applyPlan } from "./apply.ts";
import { blockSide } from "./aws/block-side.ts";
import { s3Evidence } from "./aws/evidence-store.ts";
import { readExclusions } from "./exclusions.ts";
import { policyInForce } from "./policy-in-force.ts";
import { reconcile } from "./reconcile.ts";
import { setMetrics } from "./set-metrics.ts";
import { readSettings } from "./settings.ts";

const environment = functionEnvironments.apply.parse(process.env);
const settings = readSettings(environment);
const ports = {
  ...blockSide(environment.LEDGER_TABLE, settings.IP_SETS),
  journal: (decision: object) => console.log(JSON.stringify(decision)),
};
const evidence = s3Evidence(environment.EVIDENCE_BUCKET);

/** What is handed on between states stays small; the record has all. */
const MOST_NAMED = 20;

export async function handler(event: unknown): Promise<ApplyResult> {
  const started = ports.timing.now();
  const { run, planKey, origin } = applyRequestSchema.parse(event);
  const plan = await readPlan(planKey, origin);
  const exclusions = await readExclusions(ports, settings.IP_SETS, settings.EGRESS);
  const mode = (await ports.control.mode()) ?? settings.INITIAL_MODE;
  const { policy } = await policyInForce(ports, settings.POLICY);
  const applied = await applyPlan(ports, plan, { mode, exclusions, policy, now: ports.timing.now() });
  const scopes = await reconcile(ports, {
    sets: settings.IP_SETS,
    exclusions,
    fresh: applied.bans,
    adoptMinutes: policy.ban.approvedMinutes,
  });
  // After the IP sets, which must not wait for it.
  const adopted = answersByHand(
    scopes.flatMap(({ bans }) => bans),
    started,
  );
  const byPlan = answerOf(plan, planKey, applied.bans);
  for (const { key, document } of byPlan ? [byPlan, ...adopted] : adopted) await evidence.write(key, document);
  const measured = setMetrics(scopes);
  console.log(metricsOf(applied, measured, started));
  const { banned, extended, unchanged, refused } = applied;
  const counts = { banned, extended, unchanged, overflow: measured.BansWithoutRoom, refused: refused.length };
  const end: AppliedPlan = { at: toIso(ports.timing.now()), counts, stopped: [...refused] };
  await evidence.write(appliedKey(planKey), end);
  return {
    ...{ schema: RUN_SCHEMA, run, counts, sourcesWritten: measured.SetLines },
    stopped: refused.slice(0, MOST_NAMED),
  };
}

function metricsOf(
  { banned, extended, refused, simulated }: ApplyEnd,
  measured: ReturnType<typeof setMetrics>,
  started: Instant,
): string {
  const now = ports.timing.now();
  const made = simulated
    ? { BansMade: 0, BansSimulated: banned, BansExtended: 0 }
    : { BansMade: banned, BansSimulated: 0, BansExtended: extended };
  const metrics = { ...made, BansRefused: refused.length, ...measured, ReconcileTime: now - started };
  return metricLine(deploymentOf(environment.LEDGER_TABLE), metrics, now);
}

async function readPlan(key: string, origin: Plan["origin"]): Promise<Plan> {
  const parsed = planSchema.safeParse(await evidence.read(key));
  if (!parsed.success) throw new InvalidInputError(`The plan at ${key} cannot be read`, [parsed.error.message]);
  if (parsed.data.origin !== origin)
    throw new InvalidInputError(`The plan at ${key} cannot be applied`, [
      `it says ${parsed.data.origin}, the machine ${origin}`,
    ]);
  return parsed.data;
}
