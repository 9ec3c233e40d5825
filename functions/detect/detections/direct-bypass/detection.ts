import { defineDetection, severityOf } from "../../detection.ts";
import { secretOperations } from "../../operations.ts";

export const directBypass = defineDetection({
  id: "direct-bypass",
  title: "Calls round the proxy",
  meaning:
    "The source calls the regional Cognito endpoint itself, without the client's secret or with a wrong one. Every call fails, yet it counts towards the quota, and the web ACL of the distribution never sees it.",
  operations: "every public operation that wants the client's secret, on the direct path",
  mitre: { id: "T1190", name: "Exploit Public-Facing Application" },
  confidence: "high",
  weight: 0.95,
  needs: ["cloudtrail", "waf"],
  reach: { "waf + cloudtrail": "ban", "cloudfront + cloudtrail": "ban", cloudtrail: "ban", waf: "watch" },
  basis: "absolute",
  gaps: [
    "A caller who holds the secret is not told from a server that may call directly.",
    "The pool's web ACL alone tells no outcome: such a caller is watched, never banned, until CloudTrail has it.",
    "Calls signed with AWS credentials are not looked at; neither are the pages of the hosted UI.",
  ],
  thresholds: {
    watchAt: { short: 5, slow: 10, meaning: "calls with no or a wrong secret from which the source is watched" },
    banAt: { short: 10, slow: 30, meaning: "calls with no or a wrong secret from which the source is banned" },
    unprovenAt: { short: 20, slow: 200, meaning: "direct calls of unknown outcome from which the source is watched" },
  },
  leastCalls: ({ watchAt, banAt, unprovenAt }) => Math.min(watchAt, banAt, unprovenAt),
  judge(profile, limits) {
    const direct = profile.operations.filter(
      ({ path, operation }) => path === "direct" && secretOperations.has(operation),
    );
    const bypassing = direct.reduce((sum, { secretFailures }) => sum + secretFailures, 0);
    const unproven = direct.reduce((sum, operation) => sum + operation.unknown, 0);
    const proven = severityOf(bypassing, limits.watchAt, limits.banAt);
    const severity = Math.max(
      proven,
      severityOf(Math.min(unproven, limits.unprovenAt), limits.unprovenAt, Number.POSITIVE_INFINITY),
    );
    if (severity === 0) return null;
    const text =
      proven > 0
        ? `${bypassing} calls straight to Cognito without the client's secret or with a wrong one`
        : `${unproven} calls straight to Cognito, answers not in the logs at hand`;
    return { severity, text, observed: { calls: bypassing + unproven, secretFailures: bypassing } };
  },
});
