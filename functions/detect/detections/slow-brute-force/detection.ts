import { defineDetection, type Finding, LAST_WATCH_SEVERITY, severityOf } from "../../detection.ts";
import { isRegular, mostTried, wrongCodes } from "../../guessing.ts";
import { failuresOf, largest, signInOperations, sum } from "../../operations.ts";
import type { Profile } from "../../profiles.ts";

export const slowBruteForce = defineDetection({
  id: "slow-brute-force",
  title: "A few users tried all day",
  meaning:
    "One source goes on failing for the same few users over a day, slowly enough that no ten minutes of it stand out, and hardly ever gets in.",
  operations: "InitiateAuth, RespondToAuthChallenge; for codes every operation that checks one",
  mitre: { id: "T1110.001", name: "Brute Force: Password Guessing" },
  confidence: "medium",
  weight: 0.85,
  needs: ["cloudtrail"],
  reach: { "waf + cloudtrail": "ban", "cloudfront + cloudtrail": "ban", cloudtrail: "ban", waf: "none" },
  windows: ["slow"],
  basis: "ratio",
  gaps: [
    "One user tried at an even pace, as a device with an old password does, is only watched: such devices are many, and a ban of their household helps nobody, so they are listed and not filed. Who guesses as slowly has fewer than `regularBanAt` guesses a day.",
    "From `regularBanAt` an even pace is filed for a person, never banned hands-off: a health check with made-up credentials does the same.",
    "Who signs in with an account of their own in between lowers the share of failures and is not seen.",
    "More users than `maxUsers` are left to password-spray.",
  ],
  thresholds: {
    watchAt: { short: 5, slow: 5, meaning: "failures on two users or more from which the source is watched" },
    banAt: { short: 10, slow: 10, meaning: "failures on two users or more from which the source is banned" },
    oneUserWatchAt: { short: 10, slow: 10, meaning: "failures on one user from which the source is watched" },
    oneUserBanAt: { short: 100, slow: 100, meaning: "failures on one user from which the source is banned" },
    regularBanAt: {
      short: 480,
      slow: 480,
      meaning: "failures on one user at an even pace from which a person is asked: one in three minutes, all day",
    },
    codesWatchAt: { short: 5, slow: 5, meaning: "wrong codes of one user from which the source is watched" },
    codesBanAt: { short: 10, slow: 10, meaning: "wrong codes of one user from which the source is banned" },
    maxUsers: { short: 4, slow: 4, meaning: "most users who fail; more are a spray" },
    minShare: { short: 0.9, slow: 0.9, meaning: "least share of failures among failures and successes" },
    minMinutes: { short: 5, slow: 5, meaning: "least minutes of the day with such calls; fewer are a burst" },
    maxRegular: { short: 6, slow: 6, meaning: "guesses a minute at an even pace that an app may make by itself" },
  },
  leastCalls: ({ watchAt, banAt, oneUserWatchAt, oneUserBanAt, codesWatchAt, codesBanAt }) =>
    Math.min(watchAt, banAt, oneUserWatchAt, oneUserBanAt, codesWatchAt, codesBanAt),
  judge(profile, limits) {
    const byCode = codeFinding(profile, limits);
    const byPassword = passwordFinding(profile, limits);
    return (byCode?.severity ?? 0) > (byPassword?.severity ?? 0) ? byCode : byPassword;
  },
});

type Limits = Readonly<
  Record<
    | "watchAt"
    | "banAt"
    | "oneUserWatchAt"
    | "oneUserBanAt"
    | "regularBanAt"
    | "codesWatchAt"
    | "codesBanAt"
    | "maxUsers"
    | "minShare"
    | "minMinutes"
    | "maxRegular",
    number
  >
>;

function passwordFinding(profile: Profile, limits: Limits): Finding | null {
  const signIns = profile.operations.filter(({ operation }) => signInOperations.has(operation));
  const users = largest(signIns, ({ failingUsers }) => failingUsers);
  const failures = sum(signIns, (tally) => Math.max(0, failuresOf(tally) - tally.unknownUsers));
  const successes = sum(signIns, (tally) => tally.successes) + profile.namelessSuccesses;
  const minutes = largest(signIns, ({ activeMinutes }) => activeMinutes);
  if (users === 0 || users > limits.maxUsers || minutes < limits.minMinutes) return null;
  if (failures < limits.minShare * (failures + successes)) return null;
  const several = users > 1;
  const severity = several
    ? severityOf(failures, limits.watchAt, limits.banAt)
    : severityOf(failures, limits.oneUserWatchAt, limits.oneUserBanAt);
  const tried = mostTried(profile);
  if (severity === 0 || !tried) return null;
  const regular = !several && isRegular(tried, limits.maxRegular);
  const spared = regular && failures < limits.regularBanAt;
  return {
    severity: spared ? Math.min(severity, LAST_WATCH_SEVERITY) : severity,
    text: `${failures} failed sign-ins on ${several ? `the same ${users} users` : "one user"} in ${minutes} different minutes, ${successes} successful${regular ? "; at an even pace, as an app retries an old password" : ""}`,
    observed: { failures, distinctUsers: users, successes, activeMinutes: minutes },
    doubtful: regular,
  };
}

/** No app guesses codes by itself, so their pace excuses nothing. */
function codeFinding(profile: Profile, { codesWatchAt, codesBanAt, minShare, minMinutes }: Limits): Finding | null {
  const codes = wrongCodes(profile);
  const severity = severityOf(codes, codesWatchAt, codesBanAt);
  const minutes = largest(profile.operations, ({ guessMinutes }) => guessMinutes);
  const { successes } = profile;
  if (severity === 0 || minutes < minMinutes || codes < minShare * (codes + successes)) return null;
  return {
    severity,
    text: `${codes} wrong codes for one user in ${minutes} different minutes, ${successes} successes`,
    observed: { wrongCodes: codes, successes, activeMinutes: minutes },
  };
}
