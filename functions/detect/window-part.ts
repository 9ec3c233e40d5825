/**
 * What is read of a window whose query failed, as one does that would scan more than the workgroup allows: its newer
 * half, then a sample. Counts found in a part are lower bounds, so what they prove stands; they are never multiplied.
 */
import { HOUR, MINUTE, type Window } from "../domain/instant.ts";
import type { WindowPart } from "../domain/run.ts";

/** A WAF file holds the calls of five minutes and lies in the folder of the minute it began. */
export const WAF_SLOT = 5 * MINUTE;
/** After its five minutes a WAF file takes this long to arrive, as a rule. */
const WAF_DELIVERY = 3 * MINUTE;

/** Of so many WAF files a sample reads one: those whose name's random end begins with a certain one of sixteen digits. */
export const SAMPLE_FACTOR = 16;
export const SAMPLE_DIGIT = "0";

/** A sample is of the newest five minutes whose WAF files should be in: other files are left out by name only. */
export function windowOfPart({ from, to }: Window, part: WindowPart): Window {
  switch (part) {
    case "whole":
      return { from, to };
    case "half":
      return { from: to - (to - from) / 2, to };
    case "sample": {
      const slot = floorTo(to - WAF_SLOT - WAF_DELIVERY, WAF_SLOT);
      return { from: slot, to: slot + WAF_SLOT };
    }
  }
}

/** Of the hours that are rolled up the newest; two of a day are a twelfth. */
const SLOW_SAMPLE = 2 * HOUR;

/** The same of a slow window, whose hours are read one by one. */
export function slowWindowOfPart({ from, to }: Window, part: WindowPart): Window {
  return part === "sample" ? { from: to - SLOW_SAMPLE, to } : windowOfPart({ from, to }, part);
}

/** Days of the history that are read, the newest ones; less than two would tell nothing of anybody. */
export const historyDaysOfPart: Readonly<Record<WindowPart, number>> = { whole: 7, half: 4, sample: 2 };

export function floorTo(at: number, step: number): number {
  return Math.floor(at / step) * step;
}
