/** From what each set of rules blocked to the figures of docs/evaluation.md. */
import { MINUTE } from "../functions/domain/instant.ts";
import { ratio } from "./evaluate-figures.ts";
import type { Outcome } from "./side-by-side.ts";
import type { Truth } from "./traffic/mix.ts";

export interface BesideFigures {
  readonly rules: string;
  readonly precision: string;
  readonly recall: string;
  /** Minutes from an offender's first offence to its block, in order. A block before the first offence is none of these. */
  readonly delays: readonly number[];
  readonly benign: number;
  readonly shutOut: number;
}

/** `wanted` are those that ought to be blocked. In the order of the first mix's outcomes. */
export function besideFigures(
  results: readonly { readonly outcomes: readonly Outcome[] }[],
  wanted: readonly Truth[],
): BesideFigures[] {
  return (results[0]?.outcomes ?? []).map(({ rules }) => {
    const blocks = results.flatMap(({ outcomes }) => outcomes.find((outcome) => outcome.rules === rules)?.blocks ?? []);
    const blocked = new Set(blocks.map(({ truth }) => truth));
    const benign = blocks.filter(({ truth }) => truth.benign).length;
    const delays = blocks.flatMap(({ truth: { firstOffence }, at }) =>
      firstOffence === null || at < firstOffence ? [] : [(at - firstOffence) / MINUTE],
    );
    return {
      ...{ rules, benign, delays: delays.sort((a, b) => a - b) },
      precision: ratio(blocks.length - benign, blocks.length),
      recall: ratio(wanted.filter((truth) => blocked.has(truth)).length, wanted.length),
      shutOut: blocks.reduce((sum, block) => sum + block.shutOut, 0),
    };
  });
}
