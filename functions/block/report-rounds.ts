/** The rounds of a run, for its report: what each looked at, what it asked, and what its evidence lacked. Pure. */
import type { QueryEnd } from "../domain/run.ts";
import type { ReportedQuery, ReportedRound, RunReport, Said } from "../domain/run-report.ts";
import { PRICES_OF, unitPrices } from "../domain/unit-prices.ts";
import type { RoundFacts } from "./report-facts.ts";

/** Rounds that were read replace what an earlier report said of them. */
export function joinRounds(before: RunReport | null, read: readonly RoundFacts[]): ReportedRound[] {
  const rounds = new Map((before?.rounds ?? []).map((one) => [one.round, one]));
  for (const facts of read) rounds.set(facts.run.round, roundOf(facts));
  return [...rounds.values()].sort((a, b) => a.round - b.round);
}

function roundOf({ run, judged, plan, applied }: RoundFacts): ReportedRound {
  const { round, shortWindow, slowWindow, lookedAt, coverage = null, evidenceCompleteTo = null } = run;
  return {
    ...{ round, lookedAt: lookedAt ?? slowWindow.to, shortWindow, slowWindow, coverage, evidenceCompleteTo },
    ...{ plannedAt: plan?.at ?? null, mode: plan?.mode ?? null },
    found: judged?.counts ?? null,
    planned: plan && { apply: plan.apply.length, file: plan.file.length, refuse: plan.refuse.length },
    appliedAt: applied?.at ?? null,
    applied: applied && { ...applied.counts, refused: applied.stopped.length },
    establishedUsers: judged?.establishedUsers ?? null,
  };
}

const LEAST_SCANNED = 10_000_000;
const TERABYTE = 1e12;

/** Athena asks for ten megabytes at least of what a query scanned. A query that failed is asked for by its own bill. */
export function joinQueries(before: RunReport | null, read: readonly RoundFacts[]): ReportedQuery[] {
  const anew = new Set(read.map(({ run }) => run.round));
  const kept = (before?.queries ?? []).filter(({ round }) => !anew.has(round));
  return [...kept, ...read.flatMap(({ run, judged }) => (judged?.queries ?? []).map((end) => queryOf(run.round, end)))];
}

function queryOf(
  round: number,
  { window, part = "whole", queryExecutionId, bytesScanned = 0, error }: QueryEnd,
): ReportedQuery {
  const id = queryExecutionId ?? null;
  const usd = id === null ? 0 : (Math.max(LEAST_SCANNED, bytesScanned) / TERABYTE) * unitPrices.scannedTerabyte.usd;
  const name = error === undefined ? null : String(Object(error)["Error"] ?? "unknown");
  return { round, name: window, part, id, bytesScanned, usd, error: name };
}

export function costOf(queries: readonly ReportedQuery[]): RunReport["cost"] {
  return {
    bytesScanned: queries.reduce((sum, one) => sum + one.bytesScanned, 0),
    usd: queries.reduce((sum, one) => sum + one.usd, 0),
    pricesOf: PRICES_OF,
  };
}

/** What several looks said alike stands once. */
export function joinSaid(
  before: readonly Said[],
  read: readonly RoundFacts[],
  saidIn: (facts: RoundFacts) => readonly string[],
): Said[] {
  const rounds = new Map(before.map((said) => [said.text, new Set(said.rounds)]));
  for (const facts of read)
    for (const text of saidIn(facts)) rounds.set(text, (rounds.get(text) ?? new Set()).add(facts.run.round));
  return [...rounds].map(([text, of]) => ({ text, rounds: [...of].sort((a, b) => a - b) }));
}
