import { defineDetection, type Finding, severityOf } from "../../detection.ts";
import { costlyOperations, OTHER_OPERATION } from "../../operations.ts";
import type { OperationTally, Profile } from "../../profiles.ts";

/** A user who signs in by SRP with a second factor, refreshes and reads the profile needs about this many calls. */
const CALLS_PER_USER = 10;
/** So far beyond the ban that no shared address explains it, even where the logs tell no outcome. */
const BEYOND_DOUBT = 4;

export const callRate = defineDetection({
  id: "call-rate",
  title: "Too many calls",
  meaning:
    "One source makes more calls than the users who get in there explain, or more sign-ups and code requests than a household or office does.",
  operations:
    "every public operation; SignUp, ForgotPassword, ResendConfirmationCode and GetUserAttributeVerificationCode have limits of their own",
  mitre: { id: "T1499.003", name: "Endpoint Denial of Service: Application Exhaustion Flood" },
  confidence: "high",
  weight: 0.9,
  needs: ["waf"],
  basis: "absolute",
  gaps: [
    "Many sources that each stay below the limits are not seen here.",
    "Without CloudTrail nobody is known to get in, so a large office may be filed for a person to decide.",
    "A class of people who sign up together behind one address looks like a burst until one of them signs in.",
  ],
  thresholds: {
    watchAt: { short: 150, slow: 5_000, meaning: "unexplained calls from which the source is watched" },
    banAt: { short: 300, slow: 10_000, meaning: "unexplained calls from which the source is banned" },
    costlyWatchAt: { short: 15, slow: 25, meaning: "calls that cost money from which the source is watched" },
    costlyBanAt: { short: 30, slow: 50, meaning: "calls that cost money from which the source is banned" },
  },
  leastCalls: ({ watchAt, banAt, costlyWatchAt, costlyBanAt }) => Math.min(watchAt, banAt, costlyWatchAt, costlyBanAt),
  judge(profile, limits) {
    const counted = profile.operations.filter(({ operation }) => operation !== OTHER_OPERATION);
    const calls = sum(counted, countedCalls);
    const costly = sum(
      counted.filter(({ operation }) => costlyOperations.has(operation)),
      countedCalls,
    );
    const explained = CALLS_PER_USER * profile.untroubledUsers + profile.namelessSuccesses;
    const unexplained = Math.max(0, calls - explained);
    const flood = severityOf(unexplained, limits.watchAt, limits.banAt);
    const burst = severityOf(costly, limits.costlyWatchAt, limits.costlyBanAt);
    if (flood === 0 && burst === 0) return null;
    const observed = {
      calls,
      peakPerMinute: profile.peakPerMinute,
      costlyCalls: costly,
      unexplainedCalls: unexplained,
    };
    if (burst >= flood) return { severity: burst, text: burstText(costly, profile), observed };
    return floodFinding(profile, flood, observed, BEYOND_DOUBT * limits.banAt);
  },
});

function floodFinding(
  profile: Profile,
  severity: number,
  observed: { calls: number; peakPerMinute: number; costlyCalls: number; unexplainedCalls: number },
  beyondDoubt: number,
): Finding {
  const outcomesMissing = profile.unknown > profile.calls / 2;
  return {
    severity,
    text: `${observed.calls} calls, up to ${observed.peakPerMinute} a minute, ${observed.unexplainedCalls} more than the users who got in there explain`,
    observed,
    doubtful: outcomesMissing && observed.unexplainedCalls < beyondDoubt,
  };
}

function burstText(costly: number, profile: Profile): string {
  return `${costly} sign-ups or requests for a code, which cost money, up to ${profile.peakPerMinute} calls a minute`;
}

/** What a deny list or another rule stopped is no evidence, or a ban would feed itself; what a rate rule stopped is. */
function countedCalls({ calls, blocked, rateBlocked }: OperationTally): number {
  return calls - (blocked - rateBlocked);
}

function sum(operations: readonly OperationTally[], value: (operation: OperationTally) => number): number {
  return operations.reduce((total, operation) => total + value(operation), 0);
}
