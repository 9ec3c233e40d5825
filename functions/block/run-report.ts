/** Puts the report of a run together, from what the run left behind. Pure. */
import { accountKey } from "../domain/account.ts";
import { type Instant, toIso } from "../domain/instant.ts";
import type { Run } from "../domain/run.ts";
import { type ReportedProposal, RUN_REPORT_SCHEMA, type RunReport } from "../domain/run-report.ts";
import { reliefOf } from "./relief.ts";
import type { DecidedProposal, RoundFacts, RunFacts } from "./report-facts.ts";
import { createFates } from "./report-fates.ts";
import { findOffenders, groupsOf } from "./report-offenders.ts";
import { costOf, joinQueries, joinRounds, joinSaid } from "./report-rounds.ts";
import { joinSeries, marksOf, quotaUses } from "./report-time.ts";

export interface ReportScene {
  readonly now: Instant;
  readonly deployment: string;
  /** Calls a second, by category. */
  readonly quotas: Readonly<Record<string, number>>;
}

/** The same facts give the same report. What an earlier report knew and nobody can tell any more stays in it. */
export function buildRunReport(facts: RunFacts, { now, deployment, quotas }: ReportScene): RunReport {
  const { run, before, rounds: read, undoneAt } = facts;
  const rounds = joinRounds(before, read);
  const found = findOffenders(read, before, createFates(facts, now));
  const proposals = joinProposals(before, facts.proposals);
  const queries = joinQueries(before, read);
  const trigger = triggerOf(facts);
  const end = facts.end ?? before?.end ?? null;
  const fates = found.offenders.map(({ fate }) => fate);
  return {
    ...{ schema: RUN_REPORT_SCHEMA, runId: run.runId, deployment, builtAt: toIso(now), trigger, end, rounds, queries },
    mode: rounds.findLast(({ mode }) => mode !== null)?.mode ?? null,
    quotas: quotaUses(facts, quotas),
    series: joinSeries([
      ...(before?.series ? [before.series] : []),
      ...read.flatMap(({ judged }) => judged?.series ?? []),
    ]),
    marks: marksOf({ trigger, rounds, proposals, fates, undoneAt, end, now }),
    ...found,
    groups: groupsOf(found, read, before),
    accountsAtRisk: accountsOf(before, read),
    proposals,
    relief: reliefIn(facts, quotas, now) ?? before?.relief ?? null,
    notOurs: run.notOurs ?? null,
    missing: joinSaid(before?.missing ?? [], read, ({ judged, plan }) => judged?.missing ?? plan?.missing ?? []),
    faults: joinSaid(before?.faults ?? [], read, ({ judged }) => judged?.faults ?? []),
    notes: joinSaid(before?.notes ?? [], read, notesIn),
    cost: costOf(queries),
    undo: `npx portcullis bans undo ${run.runId}`,
  };
}

function triggerOf({ run, before, joined }: RunFacts): RunReport["trigger"] {
  const { trigger: kind, category, startedAt: at, alarmName, alarmRegion, alarm } = run;
  const fired = joined.map(({ name, region, at: since }) => ({ name, region, at: toIso(since) }));
  const known = new Map([...(before?.trigger.joined ?? []), ...fired].map((one) => [`${one.region} ${one.name}`, one]));
  const own = { name: alarmName ?? "", region: alarmRegion ?? "" };
  known.delete(`${own.region} ${own.name}`);
  const nothing = { at: null, metric: null, value: null, threshold: null, reason: null };
  return {
    kind,
    category,
    at,
    alarm: alarmName === null ? null : { ...own, ...nothing, ...alarm },
    joined: [...known.values()],
  };
}

function joinProposals(before: RunReport | null, decided: readonly DecidedProposal[]): ReportedProposal[] {
  const proposals = new Map((before?.proposals ?? []).map((one) => [one.id, one]));
  for (const { proposal } of decided) proposals.set(proposal.id, proposalOf(proposal));
  return [...proposals.values()];
}

function proposalOf(proposal: DecidedProposal["proposal"]): ReportedProposal {
  const { id, version, status, sources, topScore, createdAt, updatedAt, decision } = proposal;
  if (!decision) return { id, version, status, sources, topScore, createdAt, updatedAt, decision: null };
  const { planKey: _, ...decided } = decision;
  return { id, version, status, sources, topScore, createdAt, updatedAt, decision: decided };
}

function accountsOf(before: RunReport | null, read: readonly RoundFacts[]): RunReport["accountsAtRisk"] {
  const all = [...(before?.accountsAtRisk ?? []), ...read.flatMap(({ judged }) => judged?.accountsAtRisk ?? [])];
  return [...new Map(all.map((account) => [accountKey(account), account])).values()];
}

/** Faults and fingerprints have places of their own. */
function notesIn({ judged, plan }: RoundFacts): string[] {
  const { faults = [], fingerprints = [], notes = [] } = judged ?? {};
  const isTold = (note: string) => faults.includes(note) || fingerprints.some(({ source }) => note.includes(source));
  return (plan?.notes ?? notes).filter((note) => !isTold(note));
}

function reliefIn(
  { run, steps, calls }: RunFacts,
  quotas: Readonly<Record<string, number>>,
  now: Instant,
): RunReport["relief"] {
  const minutes = calls && minutesOf(run, calls.byCategory);
  const relief = minutes && reliefOf(steps, minutes, Math.min(now, calls.range.to));
  if (!relief) return null;
  const { sources, firstAt, before, predicted, measured, busiest } = relief;
  return {
    ...{ sources, firstAt: toIso(firstAt), before, predicted },
    measured: measured && {
      calls: measured.calls,
      window: { from: toIso(measured.window.from), to: toIso(measured.window.to) },
    },
    busiest: { at: toIso(busiest.at), calls: busiest.calls },
    quotaCallsPerSecond: quotas[run.category] ?? null,
  };
}

/** Of a run on all categories, all of them together. */
function minutesOf({ category }: Run, byCategory: ReadonlyMap<string, ReadonlyMap<Instant, number>>) {
  const own = byCategory.get(category);
  if (own) return own;
  const sum = new Map<Instant, number>();
  for (const minutes of byCategory.values()) for (const [at, calls] of minutes) sum.set(at, (sum.get(at) ?? 0) + calls);
  return sum;
}
