import { InvalidInputError } from "../domain/errors.ts";
import { fromIso, type Window } from "../domain/instant.ts";
import type { AdmitResult, Run } from "../domain/run.ts";
import { evidenceParameters } from "./evidence-query.ts";

type Parameters = NonNullable<AdmitResult["parameters"]>;

/** The SQL literals of the evidence query for both windows of a round. */
export function queryParameters(
  run: Run,
  known: { readonly clientIds: readonly string[]; readonly gateHashes: readonly string[] },
): Parameters {
  return {
    short: evidenceParameters(windowOf(run.shortWindow), known),
    slow: evidenceParameters(windowOf(run.slowWindow), known),
  };
}

function windowOf({ from, to }: Run["shortWindow"]): Window {
  const window = { from: fromIso(from), to: fromIso(to) };
  if (window.from === null || window.to === null)
    throw new InvalidInputError("The run has no readable window", [`from ${from} to ${to}`]);
  return { from: window.from, to: window.to };
}
