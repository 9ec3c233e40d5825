import { Duration } from "aws-cdk-lib";
import { CfnAlarm } from "aws-cdk-lib/aws-cloudwatch";
import { Construct } from "constructs";

import { runbookLink } from "./runbook-link.ts";
import type { DeploymentProps } from "./stack-props.ts";

const PERIOD = Duration.minutes(5).toSeconds();

/**
 * An alarm for each app client on failed sign-ins beyond what CloudWatch has learned to expect; each starts a run on
 * all categories.
 *
 * Failures   Cognito counts none: they are the tries (SampleCount) less the successes (Sum), which come every five minutes.
 * Band       CloudWatch's own model of the hour and the weekday, made when the alarm is; it needs days to be of use.
 * Gotcha     a call whose app client does not exist counts under the client "Invalid", which no alarm watches.
 */
export class SignInFailures extends Construct {
  constructor(scope: Construct, id: string, props: DeploymentProps) {
    super(scope, id);
    for (const clientId of props.deployment.userPool.clientIds) this.buildAlarm(clientId, props);
  }

  private buildAlarm(clientId: string, { deployment, names }: DeploymentProps): void {
    const signIns = (stat: string): CfnAlarm.MetricStatProperty => ({
      metric: {
        namespace: "AWS/Cognito",
        metricName: "SignInSuccesses",
        dimensions: [
          { name: "UserPool", value: deployment.userPool.id },
          { name: "UserPoolClient", value: clientId },
        ],
      },
      period: PERIOD,
      stat,
    });
    const deviations = deployment.alarms.signInFailureDeviations;
    new CfnAlarm(this, clientId, {
      alarmName: names.signInAlarm(clientId),
      alarmDescription: `More sign-ins of ${clientId} fail than usual. ${runbookLink(deployment, "sign-in-failures")}`,
      metrics: [
        { id: "failures", expression: "tries - successes", label: "Failed sign-ins", period: PERIOD },
        { id: "tries", metricStat: signIns("SampleCount"), returnData: false },
        { id: "successes", metricStat: signIns("Sum"), returnData: false },
        { id: "expected", expression: `ANOMALY_DETECTION_BAND(failures, ${deviations})`, label: "Expected" },
      ],
      thresholdMetricId: "expected",
      comparisonOperator: "GreaterThanUpperThreshold",
      evaluationPeriods: 2,
      treatMissingData: "notBreaching",
    });
  }
}
