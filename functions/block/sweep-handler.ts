/** The minute's sweep; see sweep.ts and reconcile.ts. Its metrics are its heartbeat. */
import { functionEnvironments } from "../domain/environment.ts";
import type { Instant } from "../domain/instant.ts";
import { blockSide } from "./aws/block-side.ts";
import { readExclusions } from "./exclusions.ts";
import { deploymentOf, metricLine } from "./metric-line.ts";
import { reconcile, type ScopeReport } from "./reconcile.ts";
import { readSettings } from "./settings.ts";
import { releaseDue, type SweepEnd } from "./sweep.ts";

const environment = functionEnvironments.sweep.parse(process.env);
const settings = readSettings(environment);
const ports = {
  ...blockSide(environment.LEDGER_TABLE, settings.IP_SETS),
  journal: (decision: object) => console.log(JSON.stringify(decision)),
};

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
  return { released: swept.released, lines: sum(scopes, ({ lines }) => lines) };
}

function heartbeat(swept: SweepEnd, scopes: readonly ScopeReport[], started: Instant): string {
  const now = ports.timing.now();
  const metrics = {
    SweepHeartbeat: [1, "Count"],
    BansReleased: [swept.released, "Count"],
    BansExtended: [swept.extended, "Count"],
    ReleaseBacklog: [swept.backlogSeconds, "Seconds"],
    SetLines: [sum(scopes, ({ lines }) => lines), "Count"],
    SetFillPercent: [Math.max(...scopes.map(({ fillPercent }) => fillPercent)), "Percent"],
    BansWithoutRoom: [sum(scopes, ({ overflow }) => overflow.length), "Count"],
    LockConflicts: [sum(scopes, ({ conflicts }) => conflicts), "Count"],
    Drift: [
      sum(scopes, ({ adopted, releasedByHand, damaged }) => adopted.length + releasedByHand.length + damaged),
      "Count",
    ],
    SetsMissing: [sum(scopes, ({ missingSets }) => missingSets.length), "Count"],
    ReconcileTime: [now - started, "Milliseconds"],
  } as const;
  return metricLine(deploymentOf(environment.LEDGER_TABLE), metrics, now);
}

function sum(scopes: readonly ScopeReport[], count: (scope: ScopeReport) => number): number {
  return scopes.reduce((total, scope) => total + count(scope), 0);
}
