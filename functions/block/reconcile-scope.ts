/** One scope of reconcile: reads, plans, writes, reads back; again from the start when another writer was faster. */
import type { Ban, Target } from "../domain/ban.ts";
import type { IpSets, ScopeSets } from "../domain/environment.ts";
import { ConflictError, RetryableError } from "../domain/errors.ts";
import { type Instant, toIso } from "../domain/instant.ts";
import { type Drift, findDrift } from "./drift.ts";
import { type DriftEnd, settleDrift } from "./drift-edits.ts";
import type { Exclusions } from "./guards.ts";
import type { BanStore, ControlStore, IpSetStore, Journal, SetStateStore, Timing } from "./ports.ts";
import { isProjected, projectLedger } from "./projection.ts";
import { planScope, type ScopePlan, type SetStep } from "./scope-plan.ts";
import { beginWrite, settle } from "./set-state.ts";
import { type LiveSetView, readSet, readSets } from "./set-views.ts";
import { SET_CAPACITY } from "./shards.ts";

export interface ReconcilePorts {
  readonly bans: BanStore;
  readonly control: Pick<ControlStore, "record">;
  readonly setStates: SetStateStore;
  readonly ipSets: IpSetStore;
  readonly timing: Timing;
  readonly journal: Journal;
  /** Waits for this Region's turn to write: WAF allows one UpdateIPSet a second, all sets together. */
  readonly turn: (region: string) => Promise<void>;
}

export interface ReconcileRequest {
  readonly sets: IpSets;
  readonly exclusions: Exclusions;
  /** Bans that the caller has just read or written; they are newer than what the index shows. */
  readonly fresh?: readonly Ban[];
  /** How long a ban lasts that is adopted from a foreign line. */
  readonly adoptMinutes: number;
  readonly capacity?: number;
}

export interface ScopeReport extends DriftEnd {
  readonly target: Target;
  readonly written: readonly string[];
  /** Lines in the sets of the scope now. */
  readonly lines: number;
  readonly overflow: readonly string[];
  /** Of the set that holds most. */
  readonly fillPercent: number;
  readonly missingSets: readonly string[];
  readonly conflicts: number;
  /** Bans in force that the sets of the scope must show. */
  readonly inForce: number;
}

const TRIES = 25;
const TIME_MS = 60_000;

type Fresh = Map<string, Ban | null>;

export interface Known {
  /** What consistent reads and our own writes have shown; null where there is no ban. */
  readonly fresh: Fresh;
  /** The index as it was when the first scope asked: it is long, and both scopes begin with it. */
  readonly listed: () => Promise<readonly Ban[]>;
}

interface Scope {
  readonly ports: ReconcilePorts;
  readonly request: ReconcileRequest;
  readonly target: Target;
  readonly sets: ScopeSets;
  /** What consistent reads and our own writes have shown; null where there is no ban. */
  readonly fresh: Fresh;
  readonly views: Map<string, LiveSetView>;
  readonly written: string[];
  readonly drift: DriftEnd[];
  conflicts: number;
  inForce: number;
}

export async function reconcileScope(
  ports: ReconcilePorts,
  request: ReconcileRequest,
  target: Target,
  sets: ScopeSets,
  { fresh, listed }: Known,
): Promise<ScopeReport> {
  const started = ports.timing.now();
  const views = new Map((await readSets(ports, target, sets)).map((view) => [view.name, view]));
  const scope: Scope = { ports, request, target, sets, fresh, views, written: [], drift: [], conflicts: 0, inForce: 0 };
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    // At least one attempt, however long reading took.
    if (attempt > 1 && ports.timing.now() - started > TIME_MS) break;
    const plan = await confirmedPlan(scope, await (attempt === 1 ? listed() : ports.bans.activeBans()));
    if (await takeSteps(scope, plan)) return reportOf(scope, plan);
    await ports.timing.pause(Math.min(2_000, 100 * 2 ** Math.min(attempt, 5)) * (0.5 + ports.timing.random() / 2));
  }
  throw new RetryableError(
    `The IP sets of ${target} could not be brought in line with the ledger after ${scope.conflicts} lost locks; ` +
      "something else keeps writing to them. The next sweep tries again",
  );
}

/** A plan of which every change rests on consistent reads. */
async function confirmedPlan(scope: Scope, listed: readonly Ban[]): Promise<ScopePlan> {
  const { ports, request, target, fresh } = scope;
  for (;;) {
    const now = ports.timing.now();
    const views = [...scope.views.values()];
    const bans = overlay(listed, fresh);
    const wanted = projectLedger(bans, target, now, request.exclusions.all);
    const drift = findDrift(views, wanted);
    if (await edited(scope, drift, now)) continue;
    const plan = planScope(views, wanted, now, request.capacity ?? SET_CAPACITY);
    if (await learn(ports.bans, plan.affected, fresh)) continue;
    scope.inForce = bans.filter((ban) => isProjected(ban, target, now)).length;
    return plan;
  }
}

function overlay(listed: readonly Ban[], fresh: Fresh): Ban[] {
  const bans = listed.filter((ban) => isNewer(ban, fresh.get(ban.source)));
  const seen = new Set(bans.map((ban) => ban.source));
  for (const [source, ban] of fresh) if (ban && !seen.has(source)) bans.push(ban);
  return bans;
}

function isNewer(ban: Ban, known: Ban | null | undefined): boolean {
  return known === undefined || (known !== null && ban.version > known.version);
}

/** Turns drift into edits of the ledger; true if there were any, so that the projection is made anew. */
async function edited(scope: Scope, drift: Drift, now: Instant): Promise<boolean> {
  const { target, request, ports } = scope;
  const known = new Set(scope.drift.flatMap((end) => [...end.adopted, ...end.refused, ...end.releasedByHand]));
  const news = {
    foreign: drift.foreign.filter((text) => !known.has(text)),
    releasedByHand: drift.releasedByHand.filter((source) => !known.has(source)),
    damaged: scope.drift.some((end) => end.damaged > 0) ? 0 : drift.damaged,
  };
  if (news.foreign.length + news.releasedByHand.length + news.damaged === 0) return false;
  const end = await settleDrift(ports, news, { target, now, ...request });
  scope.drift.push(end);
  for (const ban of end.bans) scope.fresh.set(ban.source, ban);
  return end.bans.length > 0;
}

/** Reads consistently what is not known yet; true if anything was learned. */
async function learn(bans: BanStore, sources: ReadonlySet<string>, fresh: Fresh): Promise<boolean> {
  const unknown = [...sources].filter((source) => !fresh.has(source));
  if (unknown.length === 0) return false;
  const found = await bans.getBans(unknown);
  for (const source of unknown) fresh.set(source, found.get(source) ?? null);
  return true;
}

/** False if another writer was faster somewhere: what it wrote is read again, and the rest waits for the next plan. */
async function takeSteps(scope: Scope, plan: ScopePlan): Promise<boolean> {
  let undisturbed = true;
  for (const step of plan.steps) {
    const view = scope.views.get(step.name);
    if (!view) continue;
    try {
      await takeStep(scope, view, step);
    } catch (error) {
      if (!(error instanceof ConflictError || error instanceof RetryableError)) throw error;
      undisturbed = false;
      scope.conflicts += 1;
    }
    const after = await readSet(scope.ports, scope.target, view.name, view.family);
    scope.views.set(step.name, after);
    // Read back: a write counts when WAF shows it.
    if (after.present.size !== step.next.size || [...after.present].some((text) => !step.next.has(text)))
      undisturbed = false;
  }
  return undisturbed;
}

async function takeStep(scope: Scope, view: LiveSetView, step: SetStep): Promise<void> {
  const { ports, target } = scope;
  if (!view.live) return;
  if (step.kind === "settle") {
    await ports.setStates.putSetState(target, view.name, settle(view.state, view.live.id, step.next));
    return;
  }
  await ports.turn(scope.sets.region);
  const begun = beginWrite(view.state, view.live.id, step.next, ports.timing.now());
  if (!(await ports.setStates.putSetState(target, view.name, begun)))
    throw new ConflictError(`Another writer works on ${view.name}`);
  // UpdateIPSet replaces the whole set, so the list is always rebuilt from the ledger; the lock token tells whether
  // the set is still the one that the list was computed for.
  await ports.ipSets.write(target, view.name, { ...view.live, addresses: [...step.next.keys()] });
  scope.written.push(view.name);
  await ports.setStates.putSetState(target, view.name, settle(begun, view.live.id, step.next));
  ports.journal(setWritten(scope, view, step));
}

function setWritten({ ports, target }: Scope, view: LiveSetView, step: SetStep) {
  const at = toIso(ports.timing.now());
  const added = [...step.next.keys()].filter((text) => !view.present.has(text)).length;
  const removed = [...view.present].filter((text) => !step.next.has(text)).length;
  return {
    event: "set.written" as const,
    ...{ at, id: `${target}:${view.name}`, by: "portcullis", why: "the set differed from the ledger" },
    facts: { target, set: view.name, lines: step.next.size, added, removed },
  };
}

function reportOf(scope: Scope, plan: ScopePlan): ScopeReport {
  const views = [...scope.views.values()];
  const all = <T>(list: (end: DriftEnd) => readonly T[]) => scope.drift.flatMap((end) => [...list(end)]);
  return {
    target: scope.target,
    written: scope.written,
    lines: views.reduce((sum, view) => sum + view.present.size, 0),
    overflow: plan.overflow.flatMap((entry) => [...entry.members]),
    fillPercent: fillPercentOf(views, scope.request.capacity ?? SET_CAPACITY),
    missingSets: views.filter((view) => view.id === null).map((view) => view.name),
    conflicts: scope.conflicts,
    inForce: scope.inForce,
    adopted: all((end) => end.adopted),
    refused: all((end) => end.refused),
    releasedByHand: all((end) => end.releasedByHand),
    damaged: Math.max(0, ...scope.drift.map((end) => end.damaged)),
    bans: all((end) => end.bans),
  };
}

function fillPercentOf(views: readonly LiveSetView[], capacity: number): number {
  return Math.round((100 * Math.max(0, ...views.map(({ present }) => present.size))) / capacity);
}
