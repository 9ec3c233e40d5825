import { Duration } from "aws-cdk-lib";
import { ComparisonOperator, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import { Construct } from "constructs";

import { ALL_EDGE_REGIONS, type SensorName, sensorsOf } from "../functions/domain/sensors.ts";
import { ownMetric } from "./metric.ts";
import { buildPeopleAlarm, type PeopleAlarmProps } from "./people-alarm.ts";

const PERIOD = Duration.minutes(5);

/** What each sensor's alarm says, and the article that several share. */
const sensorAlarms: Readonly<Record<SensorName, { readonly text: string; readonly article: string }>> = {
  "edge-logging": { text: "The log of the distribution's web ACL is switched off", article: "web-acl-log-off" },
  "pool-logging": { text: "The user pool's web ACL is gone or its log is switched off", article: "web-acl-log-off" },
  "edge-logs": {
    text: "Requests are counted, but no log of the distribution's web ACL arrives",
    article: "logs-missing",
  },
  "pool-logs": { text: "Requests are counted, but no log of the user pool's web ACL arrives", article: "logs-missing" },
  "trail-logging": { text: "The trail is stopped, gone, or its bucket refuses its files", article: "trail-stopped" },
  "trail-logs": { text: "Calls are counted, but no CloudTrail log arrives", article: "trail-stopped" },
  "fast-trail-logs": {
    text: "Calls are counted, but CloudTrail's records do not come by EventBridge",
    article: "fast-trail-missing",
  },
  subscriptions: { text: "Somebody who shall be told has not confirmed, or nobody listens", article: "nobody-listens" },
};

/** Alarms on what the function `sensors` reads. What it could not read for a quarter of an hour counts as broken. */
export class SensorAlarms extends Construct {
  constructor(scope: Construct, id: string, props: PeopleAlarmProps) {
    super(scope, id);
    for (const sensor of sensorsOf({
      hasPoolAcl: props.deployment.poolProtection === "webAcl",
      trailArn: props.names.trailArn,
      hasFastTrail: props.deployment.logs === "fast",
    }))
      buildPeopleAlarm(
        this,
        {
          id: `${sensor}-silent`,
          ...sensorAlarms[sensor],
          metric: ownMetric(props, "SensorOk", { of: sensor, statistic: "Minimum", period: PERIOD }),
          threshold: 1,
          periods: 3,
          comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
          missing: TreatMissingData.BREACHING,
        },
        props,
      );
    this.buildRollupAlarm(props);
    this.buildEdgeFunctionAlarm(props);
    this.buildSpendAlarm(props);
  }

  /** An hour is rolled up within half an hour of its end. A new deployment has none at first, hence the two hours. */
  private buildRollupAlarm(props: PeopleAlarmProps): void {
    const quarter = Duration.minutes(15);
    buildPeopleAlarm(
      this,
      {
        id: "rollups-late",
        text: "The last hour that is rolled up ended over three hours ago",
        metric: ownMetric(props, "RollupLag", { statistic: "Minimum", period: quarter }),
        threshold: Duration.hours(3).toSeconds(),
        periods: 8,
      },
      props,
    );
  }

  /** Maximum: the sensors tell each five minutes once, and a second time only if Lambda invokes them again. */
  private buildEdgeFunctionAlarm(props: PeopleAlarmProps): void {
    buildPeopleAlarm(
      this,
      {
        id: "edge-function-errors",
        text: "The edge function fails in some Region: users there get 502",
        metric: ownMetric(props, "EdgeFunctionErrors", { of: ALL_EDGE_REGIONS, statistic: "Maximum", period: PERIOD }),
        threshold: 5,
      },
      props,
    );
  }

  private buildSpendAlarm(props: PeopleAlarmProps): void {
    buildPeopleAlarm(
      this,
      {
        id: "sms-spend",
        text: `SMS have cost over ${props.deployment.alarms.smsSpendUsd} US dollars this month`,
        metric: ownMetric(props, "SmsSpend", { statistic: "Maximum", period: Duration.hours(1) }),
        threshold: props.deployment.alarms.smsSpendUsd,
      },
      props,
    );
  }
}
