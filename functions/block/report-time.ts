/** A run over time, for its report: how much of each quota was used, its calls, and the moments that matter. Pure. */
import type { CallSeries } from "../domain/call-series.ts";
import { fromIso, type Instant, MINUTE, toIso } from "../domain/instant.ts";
import { outcomeText } from "../domain/proposal.ts";
import type { Fate, Mark, QuotaUse, ReportedProposal, ReportedRound, RunReport } from "../domain/run-report.ts";
import { counted, percent } from "../domain/wording.ts";
import type { Minutes } from "./relief.ts";
import type { RunFacts } from "./report-facts.ts";

/** More points say nothing more on a page. */
const MOST_STEPS = 720;

/** What CloudWatch no longer tells is taken from the report before. */
export function quotaUses(
  { calls, before, run }: RunFacts,
  quotas: Readonly<Record<string, number>>,
): RunReport["quotas"] {
  if (!calls) return before?.quotas ?? [];
  const { from, to } = calls.range;
  const stepMinutes = Math.max(1, Math.ceil((to - from) / MINUTE / MOST_STEPS));
  const steps = Math.ceil((to - from) / MINUTE / stepMinutes);
  const uses = [...calls.byCategory].map(([category, minutes]) => {
    const inSteps = Array<number>(steps).fill(0);
    for (const [at, count] of minutes) {
      const step = Math.floor((at - from) / MINUTE / stepMinutes);
      if (step >= 0 && step < steps) inSteps[step] = (inSteps[step] ?? 0) + count;
    }
    const callsPerSecond = quotas[category] ?? null;
    return {
      category,
      callsPerSecond,
      from: toIso(from),
      stepMinutes,
      calls: inSteps,
      peak: peakOf(minutes, callsPerSecond),
    };
  });
  // The run's own category first.
  return uses.sort((a, b) => Number(b.category === run.category) - Number(a.category === run.category));
}

/** The busiest minute. */
function peakOf(minutes: Minutes, callsPerSecond: number | null): QuotaUse["peak"] {
  const [at, calls] = [...minutes].reduce((most, one) => (one[1] > most[1] ? one : most), [0, 0]);
  if (calls === 0) return null;
  return { at: toIso(at), calls, percent: callsPerSecond === null ? null : percent(calls, 60 * callsPerSecond) };
}

type Step = Readonly<Record<"calls" | "failures" | "successes" | "refused", number>>;

/** One series of several whose windows overlap: of each step the look that saw most of it. Steps of another length are left out. */
export function joinSeries(all: readonly CallSeries[]): CallSeries | null {
  const [first] = all;
  if (!first) return null;
  const { stepMinutes } = first;
  const steps = new Map<Instant, Step>();
  for (const series of all.filter((one) => one.stepMinutes === stepMinutes))
    series.calls.forEach((calls, index) => {
      const at = (fromIso(series.from) ?? 0) + index * stepMinutes * MINUTE;
      if (calls < (steps.get(at)?.calls ?? 0)) return;
      const { failures, successes, refused } = series;
      steps.set(at, {
        calls,
        failures: failures[index] ?? 0,
        successes: successes[index] ?? 0,
        refused: refused[index] ?? 0,
      });
    });
  return listed(steps, stepMinutes);
}

function listed(steps: ReadonlyMap<Instant, Step>, stepMinutes: number): CallSeries {
  const from = Math.min(...steps.keys());
  const length = Math.round((Math.max(...steps.keys()) - from) / MINUTE / stepMinutes) + 1;
  const of = (name: keyof Step) =>
    Array.from({ length }, (_, index) => steps.get(from + index * stepMinutes * MINUTE)?.[name] ?? 0);
  return {
    ...{ from: toIso(from), stepMinutes },
    ...{ calls: of("calls"), failures: of("failures"), successes: of("successes"), refused: of("refused") },
  };
}

interface Moments {
  readonly trigger: RunReport["trigger"];
  readonly rounds: readonly ReportedRound[];
  readonly proposals: readonly ReportedProposal[];
  readonly fates: readonly Fate[];
  readonly undoneAt: Instant | null;
  readonly end: RunReport["end"];
  readonly now: Instant;
}

/** In the order in which they came. What is still to come is no mark. */
export function marksOf({ trigger, rounds, proposals, fates, undoneAt, end, now }: Moments): Mark[] {
  const alarms = [...(trigger.alarm ? [trigger.alarm] : []), ...trigger.joined];
  const marks: Mark[] = [
    ...alarms.flatMap(({ name, at }) => (at === null ? [] : mark(at, "alarm", name))),
    ...rounds.flatMap(banMark),
    ...proposals.flatMap(decisionMarks),
    ...releaseMarks(fates, now),
    ...(undoneAt === null ? [] : [mark(toIso(undoneAt), "undo", "taken back by a person")]),
    ...(end ? [mark(end.at, "end", end.reason)] : []),
  ];
  return marks.sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
}

function mark(at: string, kind: Mark["kind"], text: string, sources: number | null = null): Mark {
  return { at, kind, text, sources };
}

function banMark({ round, appliedAt, applied, mode }: ReportedRound): Mark[] {
  if (appliedAt === null || !applied || applied.banned === 0) return [];
  const verb = mode === "observe" ? "would be banned" : "banned";
  return [mark(appliedAt, "ban", `round ${round}: ${counted(applied.banned, "source")} ${verb}`, applied.banned)];
}

function decisionMarks({ status, decision }: ReportedProposal): Mark[] {
  return decision ? [mark(decision.at, "approval", outcomeText(status, decision), decision.approved)] : [];
}

/** Bans end one by one; of many the first and the last end are told. */
const MOST_ENDS = 4;

function releaseMarks(fates: readonly Fate[], now: Instant): Mark[] {
  const byMinute = new Map<Instant, number>();
  for (const { state, until } of fates) {
    if (until === null || (state !== "over" && state !== "released")) continue;
    const at = Math.floor(Date.parse(until) / MINUTE) * MINUTE;
    if (at <= now) byMinute.set(at, (byMinute.get(at) ?? 0) + 1);
  }
  const ends = [...byMinute].sort((a, b) => a[0] - b[0]);
  const told = ends.length > MOST_ENDS ? [...ends.slice(0, 1), ...ends.slice(-1)] : ends;
  return told.map(([at, sources]) => mark(toIso(at), "release", `${counted(sources, "ban")} over`, sources));
}
