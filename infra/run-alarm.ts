import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import type { Construct } from "constructs";

import { runbookLink } from "./runbook-link.ts";
import type { DeploymentProps } from "./stack-props.ts";

export interface RunAlarm {
  readonly id: string;
  readonly article: string;
  readonly text: string;
  readonly metric: IMetric;
  readonly threshold: number;
}

/** An alarm whose name lies below our prefix: it starts a run and has no action of its own. */
export function buildRunAlarm(scope: Construct, alarm: RunAlarm, { names, deployment }: DeploymentProps): void {
  new Alarm(scope, alarm.id, {
    alarmName: names.runAlarmName(alarm.id),
    alarmDescription: `${alarm.text}. ${runbookLink(deployment, alarm.article)}`,
    metric: alarm.metric,
    threshold: alarm.threshold,
    evaluationPeriods: 1,
    comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  });
}
