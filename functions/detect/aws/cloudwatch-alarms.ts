import { CloudWatchClient, DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";

import { onePerRegion } from "../../block/aws/kept-clients.ts";
import { patience } from "../../block/aws/patience.ts";
import { retryable } from "../../block/aws/retryable.ts";
import { RetryableError } from "../../domain/errors.ts";
import type { AlarmState, AlarmStates } from "../watch.ts";

/** Alarms live in the Region of their metrics, which is rarely ours. */
export function cloudWatchAlarms(
  clientFor = (region: string) => new CloudWatchClient({ ...patience, region }),
): AlarmStates {
  const clientOf = onePerRegion(clientFor);
  return {
    async read(alarms) {
      const regions = new Set(alarms.map(({ region }) => region));
      const answers = await Promise.all(
        [...regions].map((region) =>
          describe(
            clientOf(region),
            region,
            alarms.filter((alarm) => alarm.region === region).map(({ name }) => name),
          ),
        ),
      );
      return answers.flat();
    },
  };
}

async function describe(client: CloudWatchClient, region: string, names: string[]): Promise<AlarmState[]> {
  // Without AlarmTypes only metric alarms are answered.
  const command = new DescribeAlarmsCommand({
    AlarmNames: names,
    AlarmTypes: ["MetricAlarm", "CompositeAlarm"],
    MaxRecords: 100,
  });
  const answer = await retryable(`CloudWatch in ${region}`)(() => client.send(command));
  // A proxy's page reads as an answer without lists, which would pass for alarms that are deleted, and end a run.
  if (!answer.MetricAlarms && !answer.CompositeAlarms)
    throw new RetryableError(`CloudWatch in ${region} answers without alarms; try again`);
  return [...(answer.MetricAlarms ?? []), ...(answer.CompositeAlarms ?? [])].flatMap((alarm) =>
    alarm.AlarmName === undefined
      ? []
      : {
          name: alarm.AlarmName,
          region,
          inAlarm: alarm.StateValue === "ALARM",
          since: (alarm.StateTransitionedTimestamp ?? alarm.StateUpdatedTimestamp)?.getTime() ?? 0,
        },
  );
}
