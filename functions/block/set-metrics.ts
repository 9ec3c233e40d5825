import type { ScopeReport } from "./reconcile.ts";

/** What a reconcile measured, over all scopes. */
export function setMetrics(scopes: readonly ScopeReport[]) {
  return {
    ActiveBans: Math.max(0, ...scopes.map(({ inForce }) => inForce)),
    SetLines: sum(scopes, ({ lines }) => lines),
    SetFillPercent: Math.max(0, ...scopes.map(({ fillPercent }) => fillPercent)),
    BansWithoutRoom: new Set(scopes.flatMap(({ overflow }) => overflow)).size,
    LockConflicts: sum(scopes, ({ conflicts }) => conflicts),
    Drift: sum(scopes, ({ adopted, releasedByHand, damaged }) => adopted.length + releasedByHand.length + damaged),
    SetsMissing: sum(scopes, ({ missingSets }) => missingSets.length),
  };
}

function sum(scopes: readonly ScopeReport[], count: (scope: ScopeReport) => number): number {
  return scopes.reduce((total, scope) => total + count(scope), 0);
}
