/** One source's whole story, from what was read of it. Pure. */

import type { WindowSize } from "../../functions/detect/detection.ts";
import { type Margin, marginsOf } from "../../functions/detect/margin.ts";
import type { OperationTally, Profile } from "../../functions/detect/profiles.ts";
import type { Ban } from "../../functions/domain/ban.ts";
import type { DecisionRecord } from "../../functions/domain/decision.ts";
import { toIso, type Window } from "../../functions/domain/instant.ts";
import type { Policy } from "../../functions/domain/policy.ts";
import type { SourceVerdict } from "../../functions/domain/verdict.ts";
import type { Standing } from "../standing.ts";

/** One window of the logs, as a run would look at it now. */
export interface Look {
  readonly size: WindowSize;
  readonly window: Window;
  /** The source's profile; null where it did not call, or where the window could not be read. */
  readonly profile: Profile | null;
  /** The log of outcomes is at hand and complete. */
  readonly answersAreIn: boolean;
  /** Why it could not be read. */
  readonly gap: string | null;
}

export interface Readings {
  readonly source: string;
  readonly ban: Ban | null;
  readonly standing: Standing;
  readonly decisions: readonly DecisionRecord[];
  readonly looks: readonly Look[];
  /** What a run would make of it now; null for nothing worth a watch. */
  readonly verdict: SourceVerdict | null;
  readonly policy: Policy;
}

type Calls = Pick<
  OperationTally,
  | "path"
  | "operation"
  | "calls"
  | "successes"
  | "accepted"
  | "failures"
  | "faults"
  | "throttled"
  | "blocked"
  | "distinctUsers"
>;

export interface Story {
  readonly source: string;
  readonly ban: Ban | null;
  readonly standing: Standing;
  readonly decisions: readonly DecisionRecord[];
  readonly looks: readonly {
    readonly size: WindowSize;
    readonly window: { readonly from: string; readonly to: string };
    readonly gap: string | null;
    readonly operations: readonly Calls[];
    readonly detections: readonly Margin[];
  }[];
  readonly verdict: SourceVerdict | null;
}

export function storyOf({ source, ban, standing, decisions, looks, verdict, policy }: Readings): Story {
  return {
    source,
    ban,
    standing,
    decisions,
    looks: looks.map(({ size, window, profile, gap, answersAreIn }) => ({
      size,
      window: { from: toIso(window.from), to: toIso(window.to) },
      gap,
      operations: profile?.operations.map(callsOf) ?? [],
      detections: profile ? marginsOf(profile, size, policy, { faultsAreOurs: false, answersAreIn }) : [],
    })),
    verdict,
  };
}

function callsOf(tally: OperationTally): Calls {
  const { path, operation, calls, successes, accepted, failures, faults, throttled, blocked, distinctUsers } = tally;
  return { path, operation, calls, successes, accepted, failures, faults, throttled, blocked, distinctUsers };
}
