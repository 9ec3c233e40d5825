import { Duration } from "aws-cdk-lib";
import type { IDistribution } from "aws-cdk-lib/aws-cloudfront";
import { Alarm, ComparisonOperator, Metric, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import type { IStateMachine } from "aws-cdk-lib/aws-stepfunctions";
import { Construct } from "constructs";

import { runbookLink } from "./runbook-link.ts";
import type { DeploymentProps } from "./stack-props.ts";

interface HealthProps extends DeploymentProps {
  readonly mitigate: IStateMachine;
  readonly approve: IStateMachine;
  readonly rollup: IStateMachine;
  readonly deadLetters: IQueue;
  readonly distribution: IDistribution;
  readonly topic: ITopic;
}
interface Health {
  readonly id: string;
  readonly text: string;
  readonly metric: Metric;
  readonly threshold: number;
  readonly periods?: number;
  readonly missing?: TreatMissingData;
  readonly comparison?: ComparisonOperator;
}

/** Alarms on ourselves. They tell people and start no run; each names its article in the runbook. */
export class HealthAlarms extends Construct {
  private readonly props: HealthProps;

  constructor(scope: Construct, id: string, props: HealthProps) {
    super(scope, id);
    this.props = props;
    const { mitigate, approve } = props;
    this.buildAlarm(machineFailed("mitigation-failed", "A run failed: offenders may not be banned", mitigate));
    this.buildAlarm(machineFailed("approval-failed", "A decision about a proposal could not be applied", approve));
    this.buildRollupAlarm();
    this.buildSweepAlarms();
    this.buildDeadLetterAlarm();
    this.buildSetFillAlarm();
    this.buildEdgeAlarm();
  }

  /** What one run leaves out, the next makes good. */
  private buildRollupAlarm(): void {
    const failed = machineFailed("rollup-failed", "Logs are not rolled up: history has gaps", this.props.rollup);
    this.buildAlarm({ ...failed, metric: failed.metric.with({ period: Duration.hours(1) }), periods: 2 });
  }

  private buildSweepAlarms(): void {
    const functionName = this.props.names.functionName("sweep");
    const lambda = (metricName: string) => metric("AWS/Lambda", metricName, { FunctionName: functionName });
    this.buildAlarm({
      id: "sweep-failing",
      text: "The sweep fails: bans are not released and IP sets not repaired",
      metric: lambda("Errors"),
      threshold: 1,
      periods: 3,
    });
    this.buildAlarm({
      id: "sweep-silent",
      text: "The sweep has not run for two minutes",
      metric: lambda("Invocations"),
      threshold: 1,
      periods: 2,
      comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
      missing: TreatMissingData.BREACHING,
    });
  }

  private buildDeadLetterAlarm(): void {
    this.buildAlarm({
      id: "dead-letters",
      text: "An alarm or a schedule could not be delivered",
      metric: metric(
        "AWS/SQS",
        "ApproximateNumberOfMessagesVisible",
        { QueueName: this.props.names.deadLetters },
        "Maximum",
      ),
      threshold: 1,
    });
  }

  private buildSetFillAlarm(): void {
    const { names, deployment } = this.props;
    this.buildAlarm({
      id: "deny-list-nearly-full",
      text: "The machine-owned IP sets are over 90 % full",
      metric: metric(names.metricNamespace, "SetFillPercent", { Deployment: deployment.name }, "Maximum"),
      threshold: 90,
    });
  }

  private buildEdgeAlarm(): void {
    this.buildAlarm({
      id: "edge-errors",
      text: "The proxy answers with 5xx: users cannot sign in",
      metric: metric(
        "AWS/CloudFront",
        "5xxErrorRate",
        { DistributionId: this.props.distribution.distributionId, Region: "Global" },
        "Average",
      ),
      threshold: 5,
      periods: 5,
    });
  }

  private buildAlarm({ id, text, metric, threshold, periods, missing, comparison }: Health): void {
    const { names, deployment, topic } = this.props;
    const alarm = new Alarm(this, id, {
      alarmName: names.healthAlarmName(id),
      alarmDescription: `${text}. ${runbookLink(deployment, id)}`,
      metric,
      threshold,
      evaluationPeriods: periods ?? 1,
      comparisonOperator: comparison ?? ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: missing ?? TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(new SnsAction(topic));
  }
}

function machineFailed(id: string, text: string, machine: IStateMachine): Health {
  const dimensions = { StateMachineArn: machine.stateMachineArn };
  return { id, text, metric: metric("AWS/States", "ExecutionsFailed", dimensions), threshold: 1 };
}

function metric(namespace: string, metricName: string, dimensionsMap: Record<string, string>, statistic = "Sum") {
  return new Metric({ namespace, metricName, dimensionsMap, statistic, period: Duration.minutes(1) });
}
