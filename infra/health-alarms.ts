import { Duration } from "aws-cdk-lib";
import type { IDistribution } from "aws-cdk-lib/aws-cloudfront";
import { ComparisonOperator, MathExpression, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import type { IStateMachine } from "aws-cdk-lib/aws-stepfunctions";
import { Construct } from "constructs";

import { countedLogs } from "../functions/domain/sensors.ts";
import { aMetric, ownMetric } from "./metric.ts";
import { buildPeopleAlarm, type PeopleAlarm, type PeopleAlarmProps } from "./people-alarm.ts";

interface HealthProps extends PeopleAlarmProps {
  readonly mitigate: IStateMachine;
  readonly approve: IStateMachine;
  readonly rollup: IStateMachine;
  readonly distribution: IDistribution;
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
    this.buildPolicyAlarm();
    this.buildGatesAlarm();
    this.buildReportsAlarm();
    this.buildDeadLetterAlarm();
    this.buildSetAlarms();
    this.buildCoverageAlarm();
    this.buildBudgetAlarm();
    this.buildDeliveryAlarm();
    this.buildEdgeAlarm();
  }

  /** What one run leaves out, the next makes good. */
  private buildRollupAlarm(): void {
    const metric = failures(this.props.rollup, Duration.hours(1));
    const text = "Logs are not rolled up: history has gaps";
    this.buildAlarm({ id: "rollup-failed", text, metric, threshold: 1, periods: 2 });
  }

  private buildSweepAlarms(): void {
    const functionName = this.props.names.functionName("sweep");
    const lambda = (metricName: string) => aMetric("AWS/Lambda", metricName, { FunctionName: functionName });
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

  private buildPolicyAlarm(): void {
    this.buildAlarm({
      id: "policy-unusable",
      text: "The policy that was set cannot be used: the deployed one is in force",
      metric: ownMetric(this.props, "PolicyUnusable", { statistic: "Maximum" }),
      threshold: 1,
      periods: 3,
    });
  }

  private buildGatesAlarm(): void {
    const FunctionName = this.props.names.functionName("gates");
    this.buildAlarm({
      id: "gates-failing",
      text: "Gates are not made or replaced",
      metric: aMetric("AWS/Lambda", "Errors", { FunctionName }).with({ period: Duration.hours(1) }),
      threshold: 1,
      periods: 2,
    });
  }

  /** A try that fails is tried again; a run that has no report fails at more. */
  private buildReportsAlarm(): void {
    const FunctionName = this.props.names.functionName("report");
    this.buildAlarm({
      id: "reports-failing",
      text: "Reports of runs are not written",
      metric: aMetric("AWS/Lambda", "Errors", { FunctionName }).with({ period: Duration.hours(1) }),
      threshold: 3,
    });
  }

  private buildDeadLetterAlarm(): void {
    const queue = { QueueName: this.props.names.deadLetters };
    this.buildAlarm({
      id: "dead-letters",
      text: "An alarm or a schedule could not be delivered",
      metric: aMetric("AWS/SQS", "ApproximateNumberOfMessagesVisible", queue, { statistic: "Maximum" }),
      threshold: 1,
    });
  }

  private buildSetAlarms(): void {
    this.buildAlarm({
      id: "deny-list-nearly-full",
      text: "A machine-owned IP set is over 90 % full",
      metric: ownMetric(this.props, "SetFillPercent", { statistic: "Maximum" }),
      threshold: 90,
    });
    this.buildAlarm({
      id: "bans-without-room",
      text: "The machine-owned IP sets are full: bans with the lowest scores are not enforced",
      metric: ownMetric(this.props, "BansWithoutRoom", { statistic: "Maximum" }),
      threshold: 1,
    });
    this.buildAlarm({
      id: "lock-conflicts",
      text: "Another writer of the machine-owned IP sets has been faster in each of five minutes",
      metric: ownMetric(this.props, "LockConflicts"),
      threshold: 1,
      periods: 5,
    });
  }

  /**
   * The best look of two hours, at the log that was worst in it: a look at the last minutes lacks what is still on its
   * way, so that one alone says little. Patrols look every half an hour.
   */
  private buildCoverageAlarm(): void {
    const period = Duration.hours(1);
    const logs = countedLogs({ hasPoolAcl: this.props.deployment.poolProtection === "webAcl" });
    const usingMetrics = Object.fromEntries(
      logs.map((log) => [log, ownMetric(this.props, "Coverage", { of: log, statistic: "Maximum", period })]),
    );
    this.buildAlarm({
      id: "coverage-low",
      text: "No look of two hours has found half of the calls that CloudWatch counted",
      metric: new MathExpression({ expression: `MIN([${logs.join(", ")}])`, usingMetrics, period, label: "Coverage" }),
      threshold: 50,
      periods: 2,
      comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
    });
  }

  private buildBudgetAlarm(): void {
    this.buildAlarm({
      id: "scan-budget",
      text: "The queries of an hour have used up their budget: looks read samples of the logs",
      metric: ownMetric(this.props, "ScanBudgetPercent", { statistic: "Maximum" }),
      threshold: 100,
    });
  }

  private buildDeliveryAlarm(): void {
    this.buildAlarm({
      id: "notices-undelivered",
      text: "A notice, an approval's mail or an alarm could not be delivered to a subscriber",
      metric: aMetric("AWS/SNS", "NumberOfNotificationsFailed", { TopicName: this.props.names.topic }),
      threshold: 1,
    });
    this.buildAlarm({
      id: "notices-waiting",
      text: "SNS has not taken a notice for fifteen minutes",
      metric: ownMetric(this.props, "NoticesWaiting", { statistic: "Maximum" }),
      threshold: 1,
      periods: 15,
    });
  }

  private buildEdgeAlarm(): void {
    const dimensions = { DistributionId: this.props.distribution.distributionId, Region: "Global" };
    this.buildAlarm({
      id: "edge-errors",
      text: "The proxy answers with 5xx: users cannot sign in",
      metric: aMetric("AWS/CloudFront", "5xxErrorRate", dimensions, { statistic: "Average" }),
      threshold: 5,
      periods: 5,
    });
  }

  private buildAlarm(alarm: PeopleAlarm): void {
    buildPeopleAlarm(this, alarm, this.props);
  }
}

function machineFailed(id: string, text: string, machine: IStateMachine): PeopleAlarm {
  return { id, text, metric: failures(machine), threshold: 1 };
}

function failures({ stateMachineArn }: IStateMachine, period = Duration.minutes(1)) {
  return aMetric("AWS/States", "ExecutionsFailed", { StateMachineArn: stateMachineArn }, { period });
}
