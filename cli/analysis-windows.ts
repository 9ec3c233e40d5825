/** Which windows `analyze` judges: every short and every slow one that meets the span, as far as there are calls. */

import type { WindowSize } from "../functions/detect/detection.ts";
import { SHORT_WINDOW, SLOW_WINDOW } from "../functions/detect/run.ts";
import { HOUR, type Instant, MINUTE, type Window } from "../functions/domain/instant.ts";

export interface SizedWindow {
  readonly size: WindowSize;
  readonly window: Window;
}

/** Windows start on this raster of the UTC clock. */
export const SLOT = 5 * MINUTE;

/**
 * Short windows start each five minutes, slow ones end each hour and at `to`. `slots` are the beginnings of the
 * five minutes that hold calls. A window with the same calls as the one before it tells nothing new and is left out.
 */
export function windowsToJudge(span: Window, slots: readonly Instant[]): SizedWindow[] {
  const sorted = [...new Set(slots)].sort((a, b) => a - b);
  const short = shortStarts(span, sorted).map((from) => ({ from, to: from + SHORT_WINDOW }));
  const slow = slowEnds(span, sorted).map((to) => ({ from: to - SLOW_WINDOW, to }));
  return [
    ...withNews(short, sorted).map((window) => ({ size: "short" as const, window })),
    // The one that ends at `to` lies off the raster of slots: never compared, always judged.
    ...withNews(slow, sorted).map((window) => ({ size: "slow" as const, window })),
    ...(span.to % HOUR === 0 || sorted.length === 0
      ? []
      : [{ size: "slow" as const, window: { from: span.to - SLOW_WINDOW, to: span.to } }]),
  ];
}

function shortStarts(span: Window, slots: readonly Instant[]): Instant[] {
  const starts = new Set(slots.flatMap((slot) => [slot - SLOT, slot]));
  return [...starts].filter((from) => from < span.to && from + SHORT_WINDOW > span.from).sort((a, b) => a - b);
}

function slowEnds(span: Window, slots: readonly Instant[]): Instant[] {
  const ends = new Set<Instant>();
  for (const slot of slots) {
    const first = Math.floor(slot / HOUR) * HOUR + HOUR;
    for (let end = first; end < first + SLOW_WINDOW; end += HOUR) if (end - SLOW_WINDOW < span.to) ends.add(end);
  }
  return [...ends].sort((a, b) => a - b);
}

/** Windows that hold slots, less those that hold the very slots of the one before. */
function withNews(windows: readonly Window[], slots: readonly Instant[]): Window[] {
  let last = "";
  return windows.filter(({ from, to }) => {
    const first = lowerBound(slots, from);
    const end = lowerBound(slots, to);
    const held = `${first} ${end}`;
    if (first === end || held === last) return false;
    last = held;
    return true;
  });
}

function lowerBound(sorted: readonly Instant[], value: Instant): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? Number.POSITIVE_INFINITY) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
