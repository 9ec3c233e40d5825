import type { EventPattern } from "aws-cdk-lib/aws-events";

/** Alarms with our prefix that go into ALARM. EventBridge tells of transitions only; a run watches for the end itself. */
export function alarmPattern(prefix: string): EventPattern {
  return {
    source: ["aws.cloudwatch"],
    detailType: ["CloudWatch Alarm State Change"],
    detail: { alarmName: [{ prefix }], state: { value: ["ALARM"] } },
  };
}
