import { defineDetection } from "../../detection.ts";
import { crowdThresholds, judgeCrowd } from "../distributed.ts";

export const distributedFingerprint = defineDetection({
  id: "distributed-fingerprint",
  title: "An attack by one tool from many places",
  meaning:
    "Many sources with the same TLS fingerprint (JA4) fail, each a few times, and hardly anybody with it gets in. A fingerprint is never banned: a person may limit its rate.",
  operations: "every public operation",
  mitre: { id: "T1110.004", name: "Brute Force: Credential Stuffing" },
  confidence: "low",
  weight: 0.9,
  needs: ["waf", "cloudtrail"],
  reach: { "waf + cloudtrail": "person", "cloudfront + cloudtrail": "none", cloudtrail: "none", waf: "none" },
  scope: "fingerprint",
  basis: "ratio",
  gaps: [
    "A tool that imitates a browser shares its fingerprint with people who get in, and is not seen.",
    "WAF gives no fingerprint for every request, and none of them is proof: tools are free to choose theirs.",
    "Five sources or fewer are not reported, whatever the policy says.",
  ],
  thresholds: crowdThresholds,
  leastCalls: ({ minCalls }) => minCalls,
  leastShare: ({ minShare }) => minShare,
  judge: (profile, limits) =>
    judgeCrowd(
      profile,
      limits,
      ({ source }) => `a WAF rate rule of 10 requests in 5 minutes, scoped down to JA4 ${source}, first in Count`,
    ),
});
