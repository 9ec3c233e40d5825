/** The minute's sweep; see sweep.ts and reconcile.ts. Its metrics are its heartbeat. */
import { functionEnvironments } from "../domain/environment.ts";
import type { Instant } from "../domain/instant.ts";
import { deploymentOf, metricLine } from "../domain/own-metrics.ts";
import { answersByHand } from "./answers.ts";
import { blockSide } from "./aws/block-side.ts";
import { s3Evidence } from "./aws/evidence-store.ts";
import { readExclusions } from "./exclusions.ts";
import { reconcile, type ScopeReport } from "./reconcile.ts";
import { setMetrics } from "./set-metrics.ts";
import { readSettings } from "./settings.ts";
import { releaseDue, type SweepEnd } from "./sweep.ts";

const environment = functionEnvironments.sweep.parse(process.env);
const settings = readSettings(environment);
const ports = {
  ...blockSide(environment.LEDGER_TABLE, settings.IP_SETS),
  journal: (decision: object) => console.log(JSON.stringify(decision)),
};

const evidence = s3Evidence(environment.EVIDENCE_BUCKET);

export async function handler(): Promise<{ released: number; lines: number }> {
  const started = ports.timing.now();
  const mode = (await ports.control.mode()) ?? settings.INITIAL_MODE;
  const swept = await releaseDue(ports, started, { mode, policy: settings.POLICY });
  const exclusions = await readExclusions(ports, settings.IP_SETS, settings.EGRESS);
  const scopes = await reconcile(ports, {
    sets: settings.IP_SETS,
    exclusions,
    fresh: swept.bans,
    adoptMinutes: settings.POLICY.ban.approvedMinutes,
  });
  console.log(heartbeat(swept, scopes, started));
  const adopted = scopes.flatMap(({ bans }) => bans);
  for (const { key, document } of answersByHand(adopted, started)) await evidence.write(key, document);
  return { released: swept.released, lines: setMetrics(scopes).SetLines };
}

function heartbeat(swept: SweepEnd, scopes: readonly ScopeReport[], started: Instant): string {
  const now = ports.timing.now();
  const metrics = {
    SweepHeartbeat: 1,
    BansReleased: swept.released,
    BansExtended: swept.extended,
    ReleaseBacklog: swept.backlogSeconds,
    ...setMetrics(scopes),
    ReconcileTime: now - started,
  };
  return metricLine(deploymentOf(environment.LEDGER_TABLE), metrics, now);
}
