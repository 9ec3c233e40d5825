import { defineDetection, LAST_WATCH_SEVERITY, severityOf } from "../../detection.ts";
import { isRegular, mostTried } from "../../guessing.ts";
import { failuresOf, largest, signInOperations, sum } from "../../operations.ts";

export const slowBruteForce = defineDetection({
  id: "slow-brute-force",
  title: "A few users tried all day",
  meaning:
    "One source goes on failing for the same few users over a day, slowly enough that no ten minutes of it stand out, and hardly ever gets in.",
  operations: "InitiateAuth, RespondToAuthChallenge",
  mitre: { id: "T1110.001", name: "Brute Force: Password Guessing" },
  confidence: "medium",
  weight: 0.85,
  needs: ["cloudtrail"],
  reach: { "waf + cloudtrail": "ban", "cloudfront + cloudtrail": "ban", cloudtrail: "ban", waf: "none" },
  windows: ["slow"],
  basis: "ratio",
  gaps: [
    "One user is watched for a person to look at, for a device with an old password does the same; only `oneUserBanAt` guesses at an uneven pace are a ban.",
    "Who signs in with an account of their own in between lowers the share of failures and is not seen.",
    "More users than `maxUsers` are left to password-spray.",
  ],
  thresholds: {
    watchAt: { short: 5, slow: 5, meaning: "failures on two users or more from which the source is watched" },
    banAt: { short: 10, slow: 10, meaning: "failures on two users or more from which the source is banned" },
    oneUserWatchAt: { short: 10, slow: 10, meaning: "failures on one user from which the source is watched" },
    oneUserBanAt: { short: 100, slow: 100, meaning: "failures on one user from which the source is banned" },
    maxUsers: { short: 4, slow: 4, meaning: "most users who fail; more are a spray" },
    minShare: { short: 0.9, slow: 0.9, meaning: "least share of failures among failures and successes" },
    minMinutes: { short: 5, slow: 5, meaning: "least minutes of the day with such calls; fewer are a burst" },
    maxRegular: { short: 6, slow: 6, meaning: "guesses a minute at an even pace that an app may make by itself" },
  },
  leastCalls: ({ watchAt, banAt, oneUserWatchAt, oneUserBanAt }) =>
    Math.min(watchAt, banAt, oneUserWatchAt, oneUserBanAt),
  judge(profile, limits) {
    const signIns = profile.operations.filter(({ operation }) => signInOperations.has(operation));
    const users = largest(signIns, ({ failingUsers }) => failingUsers);
    const failures = sum(signIns, (tally) => Math.max(0, failuresOf(tally) - tally.unknownUsers));
    const successes = sum(signIns, (tally) => tally.successes) + profile.namelessSuccesses;
    const minutes = largest(signIns, ({ activeMinutes }) => activeMinutes);
    if (users === 0 || users > limits.maxUsers || minutes < limits.minMinutes) return null;
    if (failures < limits.minShare * (failures + successes)) return null;
    const { operation } = mostTried(profile);
    const several = users > 1;
    const severity = several
      ? severityOf(failures, limits.watchAt, limits.banAt)
      : severityOf(failures, limits.oneUserWatchAt, limits.oneUserBanAt);
    if (severity === 0 || !operation) return null;
    const spared = !several && isRegular(operation, limits.maxRegular);
    return {
      severity: spared ? Math.min(severity, LAST_WATCH_SEVERITY) : severity,
      text: `${failures} failed sign-ins on ${several ? `the same ${users} users` : "one user"} in ${minutes} different minutes, ${successes} successful${spared ? "; at an even pace, as an app retries an old password" : ""}`,
      observed: { failures, distinctUsers: users, successes, activeMinutes: minutes },
    };
  },
});
