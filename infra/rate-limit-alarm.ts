import { Duration } from "aws-cdk-lib";
import { MathExpression } from "aws-cdk-lib/aws-cloudwatch";
import { Construct } from "constructs";

import { aMetric } from "./metric.ts";
import { buildRunAlarm } from "./run-alarm.ts";
import type { DeploymentProps } from "./stack-props.ts";

const PERIOD = Duration.minutes(5);

/** Requests that the rate rules of the distribution's web ACL block: whoever is slowed down for long belongs on the deny list. */
export class RateLimitAlarm extends Construct {
  constructor(scope: Construct, id: string, props: DeploymentProps & { rateRules: readonly string[] }) {
    super(scope, id);
    const { deployment, names, rateRules } = props;
    // AWS leaves the dimension Region out for CloudFront.
    const blocked = rateRules.map((Rule) =>
      aMetric("AWS/WAFV2", "BlockedRequests", { WebACL: names.edgeAcl, Rule }, { period: PERIOD }),
    );
    const usingMetrics = Object.fromEntries(blocked.map((metric, index) => [`rule${index}`, metric]));
    const expression = `SUM([${Object.keys(usingMetrics).join(", ")}])`;
    buildRunAlarm(
      this,
      {
        id: "rate-limited",
        article: "rate-limited",
        text: `Rate rules blocked ${deployment.alarms.rateLimitBlocks} requests or more in five minutes`,
        metric: new MathExpression({ expression, usingMetrics, period: PERIOD, label: "Blocked by rate rules" }),
        threshold: deployment.alarms.rateLimitBlocks,
      },
      props,
    );
  }
}
