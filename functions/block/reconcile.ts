/**
 * Reconcile: makes the machine-owned IP sets of every scope equal to the ledger's projection.
 *
 * Trigger     after every change of the ledger, and every minute by the sweep; anyone, any number of times.
 * Run twice   the second run finds nothing to write.
 * Primary     ledger, exclusions, sets and their state are read; what differs is written with the lock token.
 * Fallback    a lost lock or an unknown end of a write is read and computed again, for a minute; then it throws.
 * Gotcha      the ledger's index lags, so whatever a write adds or takes away is first confirmed by consistent reads.
 */
import type { Ban } from "../domain/ban.ts";
import { type ReconcilePorts, type ReconcileRequest, reconcileScope, type ScopeReport } from "./reconcile-scope.ts";

export type { ReconcilePorts, ReconcileRequest, ScopeReport };

/**
 * Both scopes are worked on even if one fails, since each guards a door of its own; then the failure is thrown. What
 * drift at one door changed in the ledger is carried to the other at once.
 */
export async function reconcile(ports: ReconcilePorts, request: ReconcileRequest): Promise<ScopeReport[]> {
  const first = await reconcileScopes(ports, request);
  const edited = first.flatMap((report) => report.bans);
  if (edited.length === 0 || first.length === 1) return first;
  const second = await reconcileScopes(ports, { ...request, fresh: [...(request.fresh ?? []), ...edited] });
  return first.map((report) =>
    combined(
      report,
      second.find(({ target }) => target === report.target),
    ),
  );
}

async function reconcileScopes(ports: ReconcilePorts, request: ReconcileRequest): Promise<ScopeReport[]> {
  const { edge, pool } = request.sets;
  const fresh = new Map<string, Ban | null>((request.fresh ?? []).map((ban) => [ban.source, ban]));
  let listing: Promise<readonly Ban[]> | undefined;
  const listed = () => {
    listing ??= ports.bans.activeBans();
    return listing;
  };
  const scopes = [reconcileScope(ports, request, "edge", edge, { fresh: new Map(fresh), listed })];
  if (pool) scopes.push(reconcileScope(ports, request, "pool", pool, { fresh: new Map(fresh), listed }));
  const ends = await Promise.allSettled(scopes);
  const failures = ends.flatMap((end) => (end.status === "rejected" ? [end.reason] : []));
  if (failures.length > 0) throw failures[0];
  return ends.flatMap((end) => (end.status === "fulfilled" ? [end.value] : []));
}

function combined(first: ScopeReport, second: ScopeReport | undefined): ScopeReport {
  if (!second) return first;
  return {
    ...second,
    written: [...first.written, ...second.written],
    adopted: [...first.adopted, ...second.adopted],
    refused: [...first.refused, ...second.refused],
    releasedByHand: [...first.releasedByHand, ...second.releasedByHand],
    damaged: first.damaged + second.damaged,
    bans: [...first.bans, ...second.bans],
    conflicts: first.conflicts + second.conflicts,
  };
}
