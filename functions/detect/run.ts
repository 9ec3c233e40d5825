import { ALL_CATEGORIES } from "../domain/deployment.ts";
import { DAY, type Instant, MINUTE, toIso, type Window } from "../domain/instant.ts";
import type { Run } from "../domain/run.ts";
import type { Trigger } from "./alarm-event.ts";
import { rolledUpTo } from "./rollup.ts";

export const SHORT_WINDOW = 10 * MINUTE;
export const SLOW_WINDOW = DAY;

interface RunWindows {
  readonly short: Window;
  readonly slow: Window;
}

/** The slow window of a look at `now`: whole hours, of which rollups are there. What came since is for the next looks. */
export function slowWindowAt(now: Instant): Window {
  const to = rolledUpTo(now);
  return { from: to - SLOW_WINDOW, to };
}

/**
 * The two windows of a look at `now`. The short one ends at `shortTo`: now while the alarm is on, and when the alarm
 * went off in the last look, which waits for the logs and would else look past a burst that was shorter than the wait.
 */
function windowsAt(now: Instant, shortTo: Instant = now): RunWindows {
  return { short: { from: shortTo - SHORT_WINDOW, to: shortTo }, slow: slowWindowAt(now) };
}

/**
 * The key of the lease that a run needs. A patrol has its own: it looks once, and an alarm that joined it would
 * not be watched.
 */
export function leaseCategory(run: { readonly trigger: Run["trigger"]; readonly category: string }): string {
  return run.trigger === "patrol" ? "patrol" : run.category;
}

export function startRun(
  trigger: Exclude<Trigger, { kind: "ignored" }>,
  start: { readonly runId: string; readonly startedAt: Instant; readonly now: Instant; readonly fence: number },
): Run {
  const alarm = trigger.kind === "alarm" ? trigger : null;
  return {
    runId: start.runId,
    trigger: trigger.kind,
    alarmName: alarm?.alarmName ?? null,
    alarmRegion: alarm?.alarmRegion ?? null,
    ...(alarm && { alarm: { at: toIso(alarm.at), ...alarm.facts } }),
    category: trigger.kind === "patrol" ? ALL_CATEGORIES : trigger.category,
    round: 1,
    startedAt: toIso(start.startedAt),
    fence: start.fence,
    evidenceRounds: 0,
    ...lookAt(start.now),
  };
}

/** The run in its next look at the logs. */
export function nextRound(run: Run, now: Instant, shortTo: Instant | null): Run {
  return { ...run, round: run.round + 1, ...lookAt(now, Math.min(now, shortTo ?? now)) };
}

function lookAt(now: Instant, shortTo?: Instant): Pick<Run, "shortWindow" | "slowWindow" | "lookedAt"> {
  const { short, slow } = windowsAt(now, shortTo);
  return { shortWindow: isoWindow(short), slowWindow: isoWindow(slow), lookedAt: toIso(now) };
}

function isoWindow({ from, to }: Window): Run["shortWindow"] {
  return { from: toIso(from), to: toIso(to) };
}
