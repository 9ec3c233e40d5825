import { InvalidInputError } from "../domain/errors.ts";
import { fromIso, type Instant, type Window } from "../domain/instant.ts";
import type { AdmitResult, Run } from "../domain/run.ts";
import { coverageParameters } from "./coverage-query.ts";
import { evidenceParameters, type QueryScope } from "./evidence-query.ts";
import { dayPartition, type Generations, historyDays, hoursIn, type RollupRegister } from "./rollup.ts";
import { establishedParameters, slowParameters } from "./rollup-query.ts";
import { withinBudget } from "./scan-budget.ts";

type Parameters = NonNullable<AdmitResult["parameters"]>;

/** The run with what its look will lack, and the SQL literals of the look's queries: `over` its budget those of samples. */
export async function prepareLook(
  register: Pick<RollupRegister, "read" | "sampled">,
  before: Run,
  scope: QueryScope,
  over: Run["overBudget"] | null = null,
): Promise<{ readonly run: Run; readonly parameters: Parameters }> {
  const run = withinBudget(before, over);
  const [short, slow] = [windowOf(run.shortWindow), windowOf(run.slowWindow)];
  const now = lookedAt(run);
  const asked = { hours: hoursIn(slow), days: historyDays(now) };
  const [hours, days, sampled] = await Promise.all([
    register.read("hour", asked.hours),
    register.read("day", asked.days),
    register.sampled(asked.hours),
  ]);
  const notRolledUp = { hours: without(asked.hours, hours), days: missingDays(asked.days, days, slow.to), sampled };
  return {
    run: { ...run, notRolledUp },
    parameters: {
      short: evidenceParameters(short, scope, over ? "sample" : "whole"),
      shortHalf: evidenceParameters(short, scope, over ? "sample" : "half"),
      shortSample: evidenceParameters(short, scope, "sample"),
      slow: slowParameters(hours, slow, now),
      slowHalf: slowParameters(hours, slow, now, "half"),
      slowSample: slowParameters(hours, slow, now, "sample"),
      history: establishedParameters(now, days),
      historyHalf: establishedParameters(now, days, "half"),
      historySample: establishedParameters(now, days, "sample"),
      coverage: coverageParameters(short, scope.folders, over ? "sample" : "whole"),
      coverageHalf: coverageParameters(short, scope.folders, over ? "sample" : "half"),
      coverageSample: coverageParameters(short, scope.folders, "sample"),
    },
  };
}

function without(partitions: readonly string[], registered: Generations): string[] {
  return partitions.filter((partition) => !registered.has(partition));
}

/**
 * Before the first day that was ever rolled up nothing is missing: the deployment is as young as that. Nor is yesterday,
 * just after midnight.
 */
function missingDays(asked: readonly string[], registered: Generations, rolledUpTo: Instant): string[] {
  const first = asked.findIndex((day) => registered.has(day));
  const due = asked.filter((day) => day < dayPartition(rolledUpTo));
  return first < 0 ? [] : without(due.slice(first), registered);
}

function lookedAt(run: Run): Instant {
  return fromIso(run.lookedAt ?? run.slowWindow.to) ?? windowOf(run.slowWindow).to;
}

function windowOf({ from, to }: Run["shortWindow"]): Window {
  const window = { from: fromIso(from), to: fromIso(to) };
  if (window.from === null || window.to === null)
    throw new InvalidInputError("The run has no readable window", [`from ${from} to ${to}`]);
  return { from: window.from, to: window.to };
}
