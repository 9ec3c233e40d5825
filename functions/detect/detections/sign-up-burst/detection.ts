import { defineDetection, severityOf } from "../../detection.ts";
import { countedCalls, excusedCalls, isUnproven, sum } from "../../operations.ts";

export const signUpBurst = defineDetection({
  id: "sign-up-burst",
  title: "Accounts made by a machine",
  meaning: "One source creates more accounts than a household or an office does. Each is a message and, later, a user.",
  operations: "SignUp",
  mitre: { id: "T1136.003", name: "Create Account: Cloud Account" },
  confidence: "high",
  weight: 0.9,
  needs: ["waf"],
  reach: { "waf + cloudtrail": "ban", "cloudfront + cloudtrail": "ban", cloudtrail: "ban", waf: "person" },
  basis: "absolute",
  gaps: [
    "A class of people who sign up together behind one address looks the same until one of them signs in.",
    "Sign-ups that a pre-sign-up trigger refuses count as faults, so only the rate of calls speaks against them.",
    "Without CloudTrail nobody knows whether the sign-ups came to anything, so a person decides.",
    "Names that exist already count for user-enumeration instead.",
  ],
  thresholds: {
    watchAt: { short: 15, slow: 25, meaning: "sign-ups from which the source is watched" },
    banAt: { short: 30, slow: 50, meaning: "sign-ups from which the source is banned" },
  },
  leastCalls: ({ watchAt, banAt }) => Math.min(watchAt, banAt),
  judge(profile, { watchAt, banAt }) {
    const signUps = profile.operations.filter(({ operation }) => operation === "SignUp");
    const count = sum(signUps, (tally) => countedCalls(tally) - excusedCalls(tally) - tally.existingUsers);
    const severity = severityOf(count, watchAt, banAt);
    if (severity === 0) return null;
    const peakPerMinute = Math.max(...signUps.map((tally) => tally.peakPerMinute));
    return {
      severity,
      text: `${count} sign-ups, up to ${peakPerMinute} a minute`,
      observed: { signUps: count, peakPerMinute },
      doubtful: isUnproven(signUps, count, banAt),
    };
  },
});
