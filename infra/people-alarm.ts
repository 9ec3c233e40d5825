import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import type { Construct } from "constructs";

import { runbookLink } from "./runbook-link.ts";
import type { DeploymentProps } from "./stack-props.ts";

export interface PeopleAlarm {
  readonly id: string;
  readonly text: string;
  readonly metric: IMetric;
  readonly threshold: number;
  readonly periods?: number;
  readonly missing?: TreatMissingData;
  readonly comparison?: ComparisonOperator;
  /** Heading in the runbook; the id, where several alarms do not share one. */
  readonly article?: string;
}

export interface PeopleAlarmProps extends DeploymentProps {
  readonly topic: ITopic;
}

/** An alarm that tells people when it goes on and when it is over, and starts no run: its name lies outside our prefix. */
export function buildPeopleAlarm(scope: Construct, alarm: PeopleAlarm, props: PeopleAlarmProps): void {
  const { names, deployment, topic } = props;
  const built = new Alarm(scope, alarm.id, {
    alarmName: names.healthAlarmName(alarm.id),
    alarmDescription: `${alarm.text}. ${runbookLink(deployment, alarm.article ?? alarm.id)}`,
    metric: alarm.metric,
    threshold: alarm.threshold,
    evaluationPeriods: alarm.periods ?? 1,
    comparisonOperator: alarm.comparison ?? ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    treatMissingData: alarm.missing ?? TreatMissingData.NOT_BREACHING,
  });
  built.addAlarmAction(new SnsAction(topic));
}
