import type { EventPattern } from "aws-cdk-lib/aws-events";

/** Alarms with one of the prefixes that go into ALARM. EventBridge tells of transitions only; a run watches for the end itself. */
export function alarmPattern(prefixes: readonly string[]): EventPattern {
  return {
    source: ["aws.cloudwatch"],
    detailType: ["CloudWatch Alarm State Change"],
    detail: { alarmName: prefixes.map((prefix) => ({ prefix })), state: { value: ["ALARM"] } },
  };
}
