import { defineDetection, severityOf } from "../../detection.ts";
import { failuresOf, largest, OTHER_OPERATION, sum } from "../../operations.ts";

export const failureRatio = defineDetection({
  id: "failure-ratio",
  title: "Nearly everything fails",
  meaning: "Nearly every credential, code or user name that the source tries is wrong, spread over several users.",
  operations: "every public operation",
  mitre: { id: "T1110", name: "Brute Force" },
  confidence: "medium",
  weight: 0.85,
  needs: ["cloudtrail"],
  reach: { "waf + cloudtrail": "ban", "cloudfront + cloudtrail": "ban", cloudtrail: "ban", waf: "none" },
  basis: "ratio",
  gaps: [
    "Attempts on one user are left to brute-force and slow-brute-force.",
    "Without CloudTrail every HTTP 400 counts as a failure and users are unknown, so a person decides.",
    "Refresh tokens that are dead do not count: old clients retry them on their own.",
  ],
  thresholds: {
    watchAt: { short: 10, slow: 40, meaning: "failures from which the source is watched" },
    banAt: { short: 20, slow: 80, meaning: "failures from which the source is banned" },
    minShare: { short: 0.9, slow: 0.9, meaning: "least share of failures among failures and successes" },
    maxOneUser: { short: 0.5, slow: 0.5, meaning: "largest share of the failures that one user may have" },
  },
  leastCalls: ({ watchAt, banAt }) => Math.min(watchAt, banAt),
  judge(profile, limits) {
    const tried = profile.operations.filter(({ operation }) => operation !== OTHER_OPERATION);
    const failures = sum(tried, failuresOf);
    const successes = sum(tried, (tally) => tally.successes);
    const topUser = largest(tried, ({ topUserFailures }) => topUserFailures);
    const share = failures / Math.max(1, failures + successes);
    if (share < limits.minShare || topUser > limits.maxOneUser * failures) return null;
    const severity = severityOf(failures, limits.watchAt, limits.banAt);
    if (severity === 0) return null;
    return {
      severity,
      text: `${failures} of ${failures + successes} answers were failures (${Math.round(share * 100)} %)`,
      observed: { failures, successes, distinctUsers: profile.distinctUsers },
      doubtful: profile.distinctUsers === 0,
    };
  },
});
