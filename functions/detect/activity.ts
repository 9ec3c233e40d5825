/** What a person who must decide sees of a source: its calls by operation and by what came of them. */
import { toIso, type Window } from "../domain/instant.ts";
import type { Source } from "../domain/source.ts";
import type { Activity } from "../domain/verdict.ts";
import type { Profile, Tally } from "./profiles.ts";

/** Operations told one by one; the others are summed up, so that no source makes a document long. */
const TOLD = 5;

export interface SeenWindow {
  readonly window: Window;
  readonly profiles: readonly Profile[];
  readonly groups?: readonly Profile[];
}

/** One activity for each window that saw the source, in the order of the windows. */
export function activityOf(windows: readonly SeenWindow[]): (source: Source) => Activity[] {
  const found = windows.map(({ window, profiles, groups = [] }) => {
    const ranges = groups.filter(({ scope }) => scope === "range");
    return { window, bySource: new Map([...profiles, ...ranges].map((profile) => [profile.source, profile])) };
  });
  return (source) =>
    found.flatMap(({ window, bySource }) => {
      const profile = bySource.get(source);
      return profile ? [activityIn(window, profile)] : [];
    });
}

function activityIn({ from, to }: Window, profile: Profile): Activity {
  const { activeMinutes, peakPerMinute } = profile;
  return {
    window: { from: toIso(from), to: toIso(to) },
    activeMinutes,
    peakPerMinute,
    operations: operationsOf(profile),
  };
}

function operationsOf(profile: Profile): Activity["operations"] {
  // A range is counted as a whole.
  if (profile.operations.length === 0) return [{ operation: "all operations", ...outcomesOf(profile) }];
  const byName = new Map<string, Activity["operations"][number]>();
  const ranked = profile.operations.toSorted((a, b) => b.calls - a.calls);
  const told = new Set(
    ranked
      .map(({ operation }) => operation)
      .filter((name, at, all) => all.indexOf(name) === at)
      .slice(0, TOLD),
  );
  for (const tally of ranked) {
    const operation = told.has(tally.operation) ? tally.operation : "others";
    byName.set(operation, { operation, ...sum(byName.get(operation), outcomesOf(tally)) });
  }
  return [...byName.values()];
}

type Outcomes = Omit<Activity["operations"][number], "operation">;

function outcomesOf({ calls, successes, accepted, failures, blocked, throttled }: Tally): Outcomes {
  return { calls, successes, accepted, failures, refused: blocked + throttled };
}

function sum(a: Outcomes | undefined, b: Outcomes): Outcomes {
  if (!a) return b;
  return {
    calls: a.calls + b.calls,
    successes: a.successes + b.successes,
    accepted: a.accepted + b.accepted,
    failures: a.failures + b.failures,
    refused: a.refused + b.refused,
  };
}
