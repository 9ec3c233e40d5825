import { Duration } from "aws-cdk-lib";
import { ComparisonOperator, MathExpression, Metric, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import { Construct } from "constructs";

import { type Category, publicCategories } from "../functions/domain/deployment.ts";
import { runbookLink } from "./runbook-link.ts";
import type { DeploymentProps } from "./stack-props.ts";

const PERIOD = Duration.minutes(1);

/**
 * An alarm for each public quota category at each threshold, in per cent of the quota.
 *
 * Statistic    Sum: each call is one data point of value 1, so a Maximum stays 1 for ever.
 * Quota        from the config, in requests per second: SERVICE_QUOTA() tells the account's maximum and not the
 *              provisioned limit, and does not say whether it scales with the period.
 * Period       one minute, on the expression too: left out, an expression takes five.
 */
export class QuotaAlarms extends Construct {
  constructor(scope: Construct, id: string, props: DeploymentProps) {
    super(scope, id);
    for (const category of Object.keys(publicCategories) as Category[])
      for (const percent of props.deployment.thresholds) this.buildAlarm(category, percent, props);
  }

  private buildAlarm(category: Category, percent: number, { deployment, names }: DeploymentProps): void {
    const usage = new Metric({
      namespace: "AWS/Usage",
      metricName: "CallCount",
      dimensionsMap: { Type: "API", Resource: category, Service: deployment.usageService, Class: "None" },
      statistic: "Sum",
      period: PERIOD,
    });
    const used = new MathExpression({
      label: `Use of the ${category} quota in %`,
      expression: `100*(usage/PERIOD(usage))/${deployment.quotas[category]}`,
      usingMetrics: { usage },
      period: PERIOD,
    });
    used.createAlarm(this, `${category}${percent}`, {
      alarmName: names.alarmName(category, percent),
      alarmDescription: `${category} calls use ${percent} % of their quota. ${runbookLink(deployment, "quota-use")}`,
      threshold: percent,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      // No calls, no data: that is no attack, and a gap in the metric is none either.
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }
}
