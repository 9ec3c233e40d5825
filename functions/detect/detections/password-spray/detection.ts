import { defineDetection, severityOf } from "../../detection.ts";
import { signInOperations } from "../../operations.ts";

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
  basis: "absolute",
  gaps: [
    "A spray from so many sources that each stays below the thresholds is not seen here.",
    "Users are told apart by the tag in our token, or by `sub`, which CloudTrail gives for existing users only.",
    "Who buys as many successful sign-ins as failures stays unseen until the failing users reach `despiteSuccesses`.",
  ],
  thresholds: {
    watchAt: { short: 5, slow: 15, meaning: "failing users from which the source is watched" },
    banAt: { short: 10, slow: 30, meaning: "failing users from which the source is banned" },
    minShare: { short: 0.5, slow: 0.5, meaning: "least share of failures among failures and successes" },
    despiteSuccesses: { short: 50, slow: 200, meaning: "failing users from which that share no longer matters" },
  },
  leastCalls: ({ watchAt, banAt }) => Math.min(watchAt, banAt),
  judge(profile, limits) {
    const signIns = profile.operations.filter(({ operation }) => signInOperations.has(operation));
    // Within one operation, so that a user known by two names in two operations is not counted twice.
    const users = Math.max(0, ...signIns.map(({ failingUsers }) => failingUsers));
    const failures = signIns.reduce(
      (sum, { failures, secretFailures }) => sum + Math.max(0, failures - secretFailures),
      0,
    );
    const successes = signIns.reduce((sum, operation) => sum + operation.successes, 0);
    const share = failures / Math.max(1, failures + successes);
    if (share < limits.minShare && users < limits.despiteSuccesses) return null;
    const severity = severityOf(users, limits.watchAt, limits.banAt);
    if (severity === 0) return null;
    return {
      severity,
      text: `${failures} failed sign-ins on ${users} different users, ${successes} successful`,
      observed: { distinctUsers: users, failures, successes },
    };
  },
});
