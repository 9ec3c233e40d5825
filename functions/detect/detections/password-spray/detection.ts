import { defineDetection, severityOf } from "../../detection.ts";
import { asksWhoExists, largest, signInOperations, sum } from "../../operations.ts";

export const passwordSpray = defineDetection({
  id: "password-spray",
  title: "Password spray",
  meaning:
    "One source fails to sign in as many different users, few times each: common or leaked passwords are being tried.",
  operations: "InitiateAuth, RespondToAuthChallenge",
  mitre: { id: "T1110.003", name: "Brute Force: Password Spraying" },
  confidence: "high",
  weight: 0.95,
  needs: ["cloudtrail"],
  reach: { "waf + cloudtrail": "ban", "cloudfront + cloudtrail": "ban", cloudtrail: "ban", waf: "none" },
  basis: "absolute",
  gaps: [
    "A spray from so many sources that each stays below the thresholds is not seen here.",
    "Users are told apart by the tag in our token, or by `sub`, which CloudTrail gives for existing users only.",
    "Names that do not exist, where the answer says so, count for user-enumeration.",
    "Who buys as many successful sign-ins as failures stays unseen until the failing users reach `despiteSuccesses`.",
  ],
  thresholds: {
    watchAt: { short: 5, slow: 5, meaning: "failing users from which the source is watched" },
    banAt: { short: 10, slow: 10, meaning: "failing users from which the source is banned" },
    minShare: { short: 0.5, slow: 0.5, meaning: "least share of failures among failures and successes" },
    despiteSuccesses: {
      short: 50,
      slow: 200,
      meaning: "failing users from which that share no longer matters, if they outnumber those who got in",
    },
  },
  leastCalls: ({ watchAt, banAt }) => Math.min(watchAt, banAt),
  judge(profile, limits) {
    const signIns = profile.operations.filter(
      (tally) => signInOperations.has(tally.operation) && !asksWhoExists(tally),
    );
    // Within one operation, so that a user known by two names in two operations is not counted twice.
    const users = largest(signIns, ({ failingUsers }) => failingUsers);
    const failures = sum(signIns, (tally) => Math.max(0, tally.failures - tally.secretFailures));
    const successes = sum(signIns, (tally) => tally.successes);
    const share = failures / Math.max(1, failures + successes);
    const outweighed = users < limits.despiteSuccesses || users <= profile.untroubledUsers;
    if (share < limits.minShare && outweighed) return null;
    const severity = severityOf(users, limits.watchAt, limits.banAt);
    if (severity === 0) return null;
    return {
      severity,
      text: `${failures} failed sign-ins on ${users} different users, ${successes} successful`,
      observed: { distinctUsers: users, failures, successes },
    };
  },
});
