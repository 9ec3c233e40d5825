import type { Instant } from "../../functions/domain/instant.ts";
import type { Metrics } from "../ports.ts";
import type { Judgement, WebAcl } from "./web-acl.ts";

/**
 * The AWS/WAFV2 metrics of one request: under `ALL`, under the rule that ended its passage and under those that
 * counted it. The dimension `Region` is left out for CloudFront, as on AWS.
 */
export function putMetrics(metrics: Metrics, acl: WebAcl, judgement: Judgement, at: Instant): void {
  const { metricName, region } = acl;
  if (metricName === null) return;
  const place = acl.scope === "CLOUDFRONT" ? {} : { Region: region };
  const put = (name: string, rule: string) =>
    metrics.put(region, {
      namespace: "AWS/WAFV2",
      name,
      dimensions: { WebACL: metricName, Rule: rule, ...place },
      value: 1,
      at,
    });
  const name = judgement.action === "BLOCK" ? "BlockedRequests" : "AllowedRequests";
  put(name, "ALL");
  if (judgement.ruleMetric !== null) put(name, judgement.ruleMetric);
  for (const rule of judgement.counted) if (rule.metricName !== null) put("CountedRequests", rule.metricName);
}
