/** Calls over time: steps as queries/profiles.sql has them, and the whole series that is made of them. Pure. */
import type { CallSeries } from "../domain/call-series.ts";
import { InvalidInputError } from "../domain/errors.ts";
import { MINUTE, toIso, type Window } from "../domain/instant.ts";
import type { Source } from "../domain/source.ts";
import type { WindowSize } from "./detection.ts";
import type { Profile } from "./profiles.ts";

/** The calls of one step; `minute` is that of its beginning, since the epoch. `refused` are blocked and throttled. */
export interface Step {
  readonly minute: number;
  readonly calls: number;
  readonly failures: number;
  readonly successes: number;
  readonly refused: number;
}

/** So long are the steps of the cells that a window is counted from: of logs, and of rolled-up hours. */
export const stepMinutes: Readonly<Record<WindowSize, number>> = { short: 1, slow: 60 };

/** Reads `minute:calls:failures:successes:refused`, one after the other. Throws `InvalidInputError` for another text. */
export function readSteps(text: string): Step[] {
  return text.split(" ").map(readStep);
}

function readStep(text: string): Step {
  const [, ...numbers] = /^(\d+):(\d+):(\d+):(\d+):(\d+)$/.exec(text) ?? [];
  if (numbers.length === 0) throw new InvalidInputError("the steps of a series cannot be read", [text.slice(0, 80)]);
  const [minute = 0, calls = 0, failures = 0, successes = 0, refused = 0] = numbers.map(Number);
  return { minute, calls, failures, successes, refused };
}

/** One number for each step that begins in the window, or holds its beginning; what lies elsewhere is left out. */
export function seriesOf(steps: readonly Step[], { from, to }: Window, stepMinutes: number): CallSeries {
  const first = Math.floor(from / MINUTE / stepMinutes);
  const length = Math.max(0, Math.ceil(to / MINUTE / stepMinutes) - first);
  const byIndex = new Map(steps.map((step) => [Math.floor(step.minute / stepMinutes) - first, step]));
  const of = (name: Exclude<keyof Step, "minute">) => Array.from({ length }, (_, at) => byIndex.get(at)?.[name] ?? 0);
  return {
    ...{ from: toIso(first * stepMinutes * MINUTE), stepMinutes },
    ...{ calls: of("calls"), failures: of("failures"), successes: of("successes"), refused: of("refused") },
  };
}

interface SeenLook {
  readonly size: WindowSize;
  readonly window: Window;
  readonly profiles: readonly Profile[];
}

/** What a source did over time in the window that saw most of it, as its verdict's counts are of that one. */
export function seriesBySource(looks: readonly SeenLook[]): (source: Source) => CallSeries | null {
  const widest = new Map<Source, { readonly profile: Profile; readonly look: SeenLook }>();
  for (const look of looks)
    for (const profile of look.profiles)
      if (profile.calls > (widest.get(profile.source)?.profile.calls ?? 0))
        widest.set(profile.source, { profile, look });
  return (source) => {
    const { profile, look } = widest.get(source) ?? {};
    return look && profile?.timeline ? seriesOf(profile.timeline, look.window, stepMinutes[look.size]) : null;
  };
}
