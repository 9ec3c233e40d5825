/** Whom a run's looks found, for its report: the worst look of each source, and what many sources have in common. Pure. */
import type { Fate, Offender, ReportedGroup, RunReport } from "../domain/run-report.ts";
import { sourceOf } from "../domain/source.ts";
import type { SourceVerdict } from "../domain/verdict.ts";
import { usersBehind } from "./lockout.ts";
import type { RoundFacts } from "./report-facts.ts";

interface Seen {
  readonly verdict: SourceVerdict;
  readonly round: number;
}

export interface Found {
  readonly offenders: Offender[];
  readonly watched: SourceVerdict[];
}

/** An offender is whom a look would ban, and whom only a guard keeps from it. */
export function findOffenders(
  rounds: readonly RoundFacts[],
  before: RunReport | null,
  fateOf: (source: string) => Fate,
): Found {
  const seen = worstLooks(rounds, before);
  const named = new Set([
    ...(before?.offenders ?? []).map(({ source }) => source),
    ...rounds.flatMap(({ plan }) =>
      (plan ? [...plan.apply, ...plan.file, ...plan.refuse] : []).map(({ source }) => source),
    ),
  ]);
  const isOffender = ({ verdict: { source, verdict } }: Seen) => verdict === "ban" || named.has(source);
  const inOrder = [...seen.values()].sort((a, b) => worstFirst(a.verdict, b.verdict));
  return {
    offenders: inOrder.filter(isOffender).map(({ verdict, round }) => {
      const establishedUsers = usersBehind(verdict) || null;
      return { ...verdict, round, establishedUsers, fate: fateOf(verdict.source) };
    }),
    watched: inOrder.filter((one) => !isOffender(one)).map(({ verdict }) => verdict),
  };
}

function worstLooks(rounds: readonly RoundFacts[], before: RunReport | null): Map<string, Seen> {
  const seen = new Map<string, Seen>();
  const note = (verdict: SourceVerdict, round: number) => {
    const known = seen.get(verdict.source);
    if (!known || isWorse(verdict, known.verdict)) seen.set(verdict.source, { verdict, round });
  };
  for (const { round, establishedUsers: _users, fate: _fate, ...verdict } of before?.offenders ?? [])
    note(verdict, round);
  for (const verdict of before?.watched ?? []) note(verdict, before?.rounds.at(-1)?.round ?? 1);
  for (const { run, judged } of rounds) for (const verdict of judged?.verdicts ?? []) note(verdict, run.round);
  return seen;
}

/** Of looks that are equally bad the later one, which saw more logs. */
function isWorse(one: SourceVerdict, known: SourceVerdict): boolean {
  if (one.verdict !== known.verdict) return one.verdict === "ban";
  return one.score >= known.score;
}

function worstFirst(a: SourceVerdict, b: SourceVerdict): number {
  return b.score - a.score || b.calls - a.calls || (a.source < b.source ? -1 : 1);
}

/** Ranges are sources wider than one; fingerprints are no sources. */
export function groupsOf(found: Found, rounds: readonly RoundFacts[], before: RunReport | null): ReportedGroup[] {
  const ranges = [...found.offenders, ...found.watched].filter(isRange).map((one) => groupOf("range", one));
  const fingerprints = new Map(
    (before?.groups ?? []).filter(({ kind }) => kind === "fingerprint").map((one) => [one.name, one]),
  );
  for (const { judged } of rounds)
    for (const one of judged?.fingerprints ?? []) fingerprints.set(one.source, groupOf("fingerprint", one));
  return [...ranges, ...fingerprints.values()].sort((a, b) => b.score - a.score || (a.name < b.name ? -1 : 1));
}

function isRange({ source }: SourceVerdict): boolean {
  const [address = ""] = source.split("/");
  return sourceOf(address) !== source;
}

const PROPOSED = "Proposed: ";

function groupOf(kind: ReportedGroup["kind"], { source, score, calls, reasons }: SourceVerdict): ReportedGroup {
  const proposed = reasons.find(({ text }) => text.includes(PROPOSED))?.text.split(PROPOSED)[1];
  return { kind, name: source, score, calls, reasons, rule: proposed ?? null };
}
