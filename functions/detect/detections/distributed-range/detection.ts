import { defineDetection } from "../../detection.ts";
import { crowdThresholds, judgeCrowd } from "../distributed.ts";

export const distributedRange = defineDetection({
  id: "distributed-range",
  title: "An attack spread over a range",
  meaning:
    "Many neighbours of one IPv4 /24 or IPv6 /48 fail, each a few times, and hardly anybody there gets in. A person decides whether the range is banned.",
  operations: "every public operation",
  mitre: { id: "T1110.004", name: "Brute Force: Credential Stuffing" },
  confidence: "medium",
  weight: 0.9,
  needs: ["cloudtrail"],
  reach: { "waf + cloudtrail": "person", "cloudfront + cloudtrail": "person", cloudtrail: "person", waf: "none" },
  scope: "range",
  basis: "ratio",
  gaps: [
    "Five sources or fewer are no range, whatever the policy says: the query does not report them.",
    "Rented addresses all over the internet share no range; distributed-fingerprint may see them.",
    "Sources that are banned by themselves do not count, so a range of loud ones is not reported.",
  ],
  thresholds: crowdThresholds,
  leastCalls: ({ minCalls }) => minCalls,
  leastShare: ({ minShare }) => minShare,
  judge: (profile, limits) =>
    judgeCrowd(
      profile,
      limits,
      ({ source }) =>
        `a WAF rate rule of 10 requests in 5 minutes for each address of ${source}, or a ban of ${source}`,
    ),
});
