import { defineDetection, type Finding, LAST_WATCH_SEVERITY, severityOf } from "../../detection.ts";
import { BEYOND_DOUBT, countedCalls, excusedCalls, OTHER_OPERATION, sum } from "../../operations.ts";
import type { Profile } from "../../profiles.ts";

/** A user who signs in by SRP with a second factor, refreshes and reads the profile needs about this many calls. */
const CALLS_PER_USER = 10;

export const callRate = defineDetection({
  id: "call-rate",
  title: "Too many calls",
  meaning: "One source makes more calls than the users who get in there explain.",
  operations: "every public operation",
  mitre: { id: "T1499.003", name: "Endpoint Denial of Service: Application Exhaustion Flood" },
  confidence: "high",
  weight: 0.9,
  needs: ["waf"],
  reach: { "waf + cloudtrail": "ban", "cloudfront + cloudtrail": "ban", cloudtrail: "ban", waf: "person" },
  basis: "absolute",
  gaps: [
    "Many sources that each stay below the limits are not seen here.",
    "Without CloudTrail nobody is known to get in, so a large office may be filed for a person to decide.",
    "The edge refuses an unknown app client before Cognito sees the call, so a large office with a broken release may be filed as well; from four times the limit it is banned, unless history knows its users.",
    "While many sources with users who got in meet faults, an attack that meets nothing but faults is watched until it is four times over the limit.",
  ],
  thresholds: {
    watchAt: { short: 150, slow: 5_000, meaning: "unexplained calls from which the source is watched" },
    banAt: { short: 300, slow: 10_000, meaning: "unexplained calls from which the source is banned" },
  },
  leastCalls: ({ watchAt, banAt }) => Math.min(watchAt, banAt),
  judge(profile, { watchAt, banAt }, { faultsAreOurs }) {
    const counted = profile.operations.filter(({ operation }) => operation !== OTHER_OPERATION);
    const calls = sum(counted, countedCalls);
    const explained = CALLS_PER_USER * profile.untroubledUsers + profile.namelessSuccesses;
    const unexplained = Math.max(0, calls - explained);
    const excused = faultsAreOurs ? Math.min(unexplained, sum(counted, excusedCalls)) : 0;
    const flood = severityOf(unexplained, watchAt, banAt);
    if (flood === 0) return null;
    const beyondDoubt = unexplained >= BEYOND_DOUBT * banAt;
    const isOurs = unexplained - excused < banAt;
    const found = findingOf(profile, calls, unexplained);
    return {
      ...found,
      severity: isOurs && !beyondDoubt ? Math.min(flood, LAST_WATCH_SEVERITY) : flood,
      doubtful: beyondDoubt ? excused > 0 && isOurs : profile.unknown > profile.calls / 2,
    };
  },
});

function findingOf({ peakPerMinute }: Profile, calls: number, unexplained: number): Omit<Finding, "severity"> {
  return {
    text: `${calls} calls, up to ${peakPerMinute} a minute, ${unexplained} more than the users who got in there explain`,
    observed: { calls, peakPerMinute, unexplainedCalls: unexplained },
  };
}
