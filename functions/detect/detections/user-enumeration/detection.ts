import { defineDetection, severityOf } from "../../detection.ts";
import { asksWhoExists, largest, signInOperations, sum } from "../../operations.ts";

export const userEnumeration = defineDetection({
  id: "user-enumeration",
  title: "Asking who has an account",
  meaning:
    "One source tries many names where the answer tells whether there is such a user: a list of addresses is being sorted for a later attack.",
  operations:
    "SignUp, ForgotPassword and others that answer with the name's existence; sign-in where nearly every name is unknown",
  mitre: { id: "T1589.001", name: "Gather Victim Identity Information: Credentials" },
  confidence: "high",
  weight: 0.95,
  needs: ["cloudtrail"],
  reach: { "waf + cloudtrail": "ban", "cloudfront + cloudtrail": "ban", cloudtrail: "ban", waf: "none" },
  basis: "absolute",
  gaps: [
    "With PreventUserExistenceErrors on, sign-in and ForgotPassword answer alike for all names: the former looks like password-spray, the latter like code-pumping.",
    "How long an answer takes may tell as much; no log shows who listens to that.",
    "Names are told apart by the tag in our token; on the direct path each call counts as a name, and a person decides.",
  ],
  thresholds: {
    watchAt: { short: 5, slow: 5, meaning: "names asked for from which the source is watched" },
    banAt: { short: 10, slow: 10, meaning: "names asked for from which the source is banned" },
    minShare: { short: 0.5, slow: 0.5, meaning: "least share of such answers among them and all that got on" },
  },
  leastCalls: ({ watchAt, banAt }) => Math.min(watchAt, banAt),
  judge(profile, { watchAt, banAt, minShare }) {
    const operations = profile.operations.filter(
      (tally) => !signInOperations.has(tally.operation) || asksWhoExists(tally),
    );
    const names = largest(operations, ({ probedUsers }) => probedUsers);
    const answers = sum(operations, ({ unknownUsers, existingUsers }) => unknownUsers + existingUsers);
    const gotOn = sum(profile.operations, ({ successes, accepted }) => successes + accepted);
    const severity = severityOf(names, watchAt, banAt);
    if (severity === 0 || answers < minShare * (answers + gotOn)) return null;
    return {
      severity,
      text: `${answers} answers told whether there is such a user, for ${names} different names`,
      observed: { distinctUsers: names, answers, gotOn },
      doubtful: names > profile.distinctUsers,
    };
  },
});
