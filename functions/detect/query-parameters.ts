import { InvalidInputError } from "../domain/errors.ts";
import { fromIso, type Window } from "../domain/instant.ts";
import type { AdmitResult, Run } from "../domain/run.ts";
import { coverageParameters } from "./coverage-query.ts";
import { evidenceParameters, type QueryScope } from "./evidence-query.ts";
import { type Generations, historyDays } from "./rollup.ts";
import { establishedParameters } from "./rollup-query.ts";

type Parameters = NonNullable<AdmitResult["parameters"]>;

/** The days of history of a round: those before the one in which it looks. */
export function historyOf(run: Run): string[] {
  return historyDays(windowOf(run.slowWindow).to);
}

/** The SQL literals of the evidence query for both windows of a round and the parts of one, of the history's and of the logs' counts. */
export function queryParameters(run: Run, known: QueryScope & { readonly days: Generations }): Parameters {
  return {
    short: evidenceParameters(windowOf(run.shortWindow), known),
    shortHalf: evidenceParameters(windowOf(run.shortWindow), known, "half"),
    shortSample: evidenceParameters(windowOf(run.shortWindow), known, "sample"),
    slow: evidenceParameters(windowOf(run.slowWindow), known),
    history: establishedParameters(windowOf(run.slowWindow).to, known.days),
    coverage: coverageParameters(windowOf(run.shortWindow)),
  };
}

function windowOf({ from, to }: Run["shortWindow"]): Window {
  const window = { from: fromIso(from), to: fromIso(to) };
  if (window.from === null || window.to === null)
    throw new InvalidInputError("The run has no readable window", [`from ${from} to ${to}`]);
  return { from: window.from, to: window.to };
}
