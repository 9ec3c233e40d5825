import { defineDetection, LAST_WATCH_SEVERITY, severityOf } from "../../detection.ts";
import { isRegular, mostTried, wrongCodes } from "../../guessing.ts";

export const bruteForce = defineDetection({
  id: "brute-force",
  title: "One user tried hard",
  meaning: "One source tries password after password, or code after code, on one user within minutes.",
  operations: "every public operation that checks a password or a code",
  mitre: { id: "T1110.001", name: "Brute Force: Password Guessing" },
  confidence: "medium",
  weight: 0.9,
  needs: ["cloudtrail"],
  reach: { "waf + cloudtrail": "ban", "cloudfront + cloudtrail": "ban", cloudtrail: "ban", waf: "none" },
  windows: ["short"],
  basis: "absolute",
  gaps: [
    "An app that retries an old password by itself looks the same as a patient tool: up to `maxRegular` attempts a minute at an even pace are watched, and with what else speaks against the source a person is asked, but never banned hands-off for it.",
    "Guesses at one user from many sources are not seen here; Cognito locks the user out for a while.",
    "Guesses at a user who does not exist are left to user-enumeration.",
  ],
  thresholds: {
    watchAt: { short: 8, slow: 8, meaning: "guesses at one user from which the source is watched" },
    banAt: { short: 20, slow: 20, meaning: "guesses at one user from which the source is banned" },
    codesWatchAt: { short: 5, slow: 5, meaning: "wrong codes of one user from which the source is watched" },
    codesBanAt: { short: 10, slow: 10, meaning: "wrong codes of one user from which the source is banned" },
    maxRegular: { short: 6, slow: 6, meaning: "guesses a minute at an even pace that an app may make by itself" },
  },
  leastCalls: ({ watchAt, banAt, codesWatchAt, codesBanAt }) => Math.min(watchAt, banAt, codesWatchAt, codesBanAt),
  judge(profile, limits) {
    const tried = mostTried(profile);
    if (!tried) return null;
    const { topUserGuesses: guesses, peakGuesses: peakPerMinute } = tried;
    const codes = wrongCodes(profile);
    const byPassword = severityOf(guesses, limits.watchAt, limits.banAt);
    // People read codes off a screen and apps never guess them: fewer wrong ones mean more.
    const byCode = severityOf(codes, limits.codesWatchAt, limits.codesBanAt);
    const regular = isRegular(tried, limits.maxRegular);
    const severity = Math.max(byCode, regular ? Math.min(byPassword, LAST_WATCH_SEVERITY) : byPassword);
    if (severity === 0) return null;
    return {
      severity,
      text: `${guesses} wrong passwords or codes for one user, up to ${peakPerMinute} a minute${regular ? ", at an even pace as an app retries" : ""}`,
      observed: { guesses, wrongCodes: codes, peakPerMinute },
      doubtful: regular && severity > byCode,
    };
  },
});
