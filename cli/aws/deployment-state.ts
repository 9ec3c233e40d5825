/** Reads what CloudWatch and Step Functions know of a deployment. Never writes. */
import { CloudWatchClient, ListMetricsCommand, paginateDescribeAlarms } from "@aws-sdk/client-cloudwatch";
import {
  DescribeExecutionCommand,
  ExecutionDoesNotExist,
  InvalidArn,
  ListExecutionsCommand,
  SFNClient,
} from "@aws-sdk/client-sfn";

export interface AlarmState {
  readonly name: string;
  readonly region: string;
  readonly state: string;
  readonly since: string | null;
}

export interface RunState {
  readonly id: string;
  readonly status: string;
  readonly startedAt: string | null;
  readonly stoppedAt: string | null;
}

/** The alarms whose names begin with `prefix`. */
export async function readAlarms(region: string, prefix: string): Promise<AlarmState[]> {
  const client = new CloudWatchClient({ region });
  const alarms: AlarmState[] = [];
  for await (const page of paginateDescribeAlarms({ client }, { AlarmNamePrefix: prefix }))
    for (const { AlarmName, StateValue, StateUpdatedTimestamp } of page.MetricAlarms ?? [])
      alarms.push({ name: AlarmName ?? "", region, state: StateValue ?? "", since: isoOf(StateUpdatedTimestamp) });
  return alarms;
}

/** Whether `CallCount` of a quota category has had data in the last two weeks. */
export async function hasCallCounts(region: string, category: string, service: string): Promise<boolean> {
  const dimensions = { Type: "API", Resource: category, Service: service, Class: "None" };
  const { Metrics = [] } = await new CloudWatchClient({ region }).send(
    new ListMetricsCommand({
      Namespace: "AWS/Usage",
      MetricName: "CallCount",
      Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
    }),
  );
  return Metrics.length > 0;
}

/** The latest executions of a machine, newest first. */
export async function readRuns(region: string, machineArn: string, count: number): Promise<RunState[]> {
  const client = new SFNClient({ region });
  const { executions = [] } = await client.send(
    new ListExecutionsCommand({ stateMachineArn: machineArn, maxResults: count }),
  );
  return executions.map(({ name, status, startDate, stopDate }) => ({
    id: name ?? "",
    status: status ?? "",
    startedAt: isoOf(startDate),
    stoppedAt: isoOf(stopDate),
  }));
}

/** Whether a machine has had an execution of this name; Step Functions remembers those of the last 90 days. */
export async function hasRun(region: string, machineArn: string, name: string): Promise<boolean> {
  const executionArn = `${machineArn.replace(":stateMachine:", ":execution:")}:${name}`;
  try {
    await new SFNClient({ region }).send(new DescribeExecutionCommand({ executionArn }));
    return true;
  } catch (error) {
    if (error instanceof ExecutionDoesNotExist || error instanceof InvalidArn) return false;
    throw error;
  }
}

function isoOf(date: Date | undefined): string | null {
  return date?.toISOString() ?? null;
}
