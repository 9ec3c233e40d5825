import { defineDetection, type Finding, LAST_WATCH_SEVERITY, severityOf } from "../../detection.ts";
import { BEYOND_DOUBT, countedCalls, OTHER_OPERATION, sum } from "../../operations.ts";
import type { OperationTally, Profile } from "../../profiles.ts";

/** A user who signs in by SRP with a second factor, refreshes and reads the profile needs about this many calls. */
const CALLS_PER_USER = 10;
/** Of calls that may never have reached Cognito: so many times the limit that no office of a broken release makes them. */
const BEYOND_ANY_OFFICE = 40;

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
    "Where no log tells what came of a call, as with WAF logs only or before CloudTrail's have arrived, it may be one that the edge refused: a person decides, up to forty times the limit.",
    "Calls that the edge refuses, as those of a release with a wrong app client, use no quota: who makes no others is only watched, and from forty times the limit filed for a person.",
    "While many sources with users who got in meet faults, an attack that meets nothing but faults is watched until it is four times over the limit.",
  ],
  thresholds: {
    watchAt: { short: 150, slow: 5_000, meaning: "unexplained calls from which the source is watched" },
    banAt: { short: 300, slow: 10_000, meaning: "unexplained calls from which the source is banned" },
  },
  leastCalls: ({ watchAt, banAt }) => Math.min(watchAt, banAt),
  judge(profile, { watchAt, banAt }, { faultsAreOurs, answersAreIn }) {
    const counted = profile.operations.filter(({ operation }) => operation !== OTHER_OPERATION);
    const calls = sum(counted, countedCalls);
    const explained = CALLS_PER_USER * profile.untroubledUsers + profile.namelessSuccesses;
    const unexplained = Math.max(0, calls - explained);
    const flood = severityOf(unexplained, watchAt, banAt);
    if (flood === 0) return null;
    const doubts = doubtsAbout(counted, answersAreIn);
    const found = findingOf(profile, calls, unexplained);
    const open = unexplained - doubts.refused - (faultsAreOurs ? doubts.faults : 0);
    const served = unexplained - doubts.refused - doubts.unserved;
    const proven = open - doubts.unserved;
    const isMute = doubts.mute > served / 2 && served < BEYOND_DOUBT * banAt;
    if (proven >= banAt) return { ...found, severity: flood, doubtful: isMute };
    const isFarBeyond = (count: number) => count >= BEYOND_ANY_OFFICE * banAt;
    if (open >= banAt || served >= BEYOND_DOUBT * banAt || isFarBeyond(unexplained))
      return { ...found, severity: flood, doubtful: !isFarBeyond(open) };
    const severity = Math.min(flood, LAST_WATCH_SEVERITY);
    return { ...found, severity, doubtful: isMute || proven < unexplained / 2 };
  },
});

interface Doubts {
  /** The edge refused them, so they used no quota. */
  readonly refused: number;
  /** Nobody knows what came of them. */
  readonly unserved: number;
  /** Cognito's answer tells neither success nor failure. */
  readonly mute: number;
  readonly faults: number;
}

/**
 * Calls that an innocent crowd may have made. What a rate rule stopped is taken for what the rule let through; where it
 * let nothing through, nobody knows.
 */
function doubtsAbout(counted: readonly OperationTally[], answersAreIn: boolean): Doubts {
  const stopped = sum(counted, ({ rateBlocked }) => rateBlocked);
  const passed = sum(counted, countedCalls) - stopped;
  if (passed === 0) return { refused: 0, unserved: stopped, mute: 0, faults: 0 };
  const all = (value: (tally: OperationTally) => number) =>
    Math.round((sum(counted, value) * (passed + stopped)) / passed);
  const refused = all(({ unknownClients, unserved }) => unknownClients + (answersAreIn ? unserved : 0));
  return {
    refused,
    unserved: answersAreIn ? 0 : all(({ unserved }) => unserved),
    mute: all(({ unknown, unknownClients, unserved }) => Math.max(0, unknown - unknownClients - unserved)),
    faults: all(({ faults }) => faults),
  };
}

function findingOf({ peakPerMinute }: Profile, calls: number, unexplained: number): Omit<Finding, "severity"> {
  return {
    text: `${calls} calls, up to ${peakPerMinute} a minute, ${unexplained} more than the users who got in there explain`,
    observed: { calls, peakPerMinute, unexplainedCalls: unexplained },
  };
}
