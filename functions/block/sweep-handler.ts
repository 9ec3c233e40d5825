/** The minute's sweep; see sweep.ts and reconcile.ts. Its metrics are its heartbeat. */
import { functionEnvironments } from "../domain/environment.ts";
import { blockSide } from "./aws/block-side.ts";
import { readExclusions } from "./exclusions.ts";
import { deploymentOf, metricLine } from "./metric-line.ts";
import { reconcile, type ScopeReport } from "./reconcile.ts";
import { readSettings } from "./settings.ts";
import { SET_CAPACITY } from "./shards.ts";
import { releaseDue } from "./sweep.ts";

const environment = functionEnvironments.sweep.parse(process.env);
const settings = readSettings(environment);
const ports = {
  ...blockSide(environment.LEDGER_TABLE, settings.IP_SETS),
  journal: (decision: object) => console.log(JSON.stringify(decision)),
};

export async function handler(): Promise<{ released: number; scopes: ScopeReport[] }> {
  const started = ports.timing.now();
  const swept = await releaseDue(ports, started);
  const exclusions = await readExclusions(ports, settings.IP_SETS, settings.EGRESS);
  const scopes = await reconcile(ports, {
    sets: settings.IP_SETS,
    exclusions,
    fresh: swept.bans,
    adoptMinutes: settings.POLICY.ban.approvedMinutes,
  });
  const { released, backlogSeconds } = swept;
  console.log(heartbeat({ released, backlogSeconds, scopes, started }));
  return { released, scopes: scopes.map(({ bans: _, ...scope }) => ({ ...scope, bans: [] })) };
}

function heartbeat(end: { released: number; backlogSeconds: number; scopes: ScopeReport[]; started: number }): string {
  const { scopes, started } = end;
  const sum = (count: (scope: ScopeReport) => number) => scopes.reduce((total, scope) => total + count(scope), 0);
  const shards = Object.values(settings.IP_SETS).map((sets) => sets && sets.auto.v4.length + sets.auto.v6.length);
  const capacity = SET_CAPACITY * shards.reduce<number>((total, count) => total + (count ?? 0), 0);
  const full = scopes.some((scope) => scope.nearlyFull.length > 0) ? 90 : 0;
  const now = ports.timing.now();
  return metricLine(
    deploymentOf(environment.LEDGER_TABLE),
    {
      SweepHeartbeat: [1, "Count"],
      BansReleased: [end.released, "Count"],
      ReleaseBacklog: [end.backlogSeconds, "Seconds"],
      SetLines: [sum((scope) => scope.lines), "Count"],
      SetFillPercent: [Math.max(full, Math.round((100 * sum((scope) => scope.lines)) / capacity)), "Percent"],
      BansWithoutRoom: [sum((scope) => scope.overflow.length), "Count"],
      LockConflicts: [sum((scope) => scope.conflicts), "Count"],
      Drift: [sum((scope) => scope.adopted.length + scope.releasedByHand.length + scope.damaged), "Count"],
      ReconcileTime: [now - started, "Milliseconds"],
    },
    now,
  );
}
