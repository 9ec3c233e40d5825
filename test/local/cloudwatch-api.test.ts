import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  GetMetricDataCommand,
  PutMetricDataCommand,
} from "@aws-sdk/client-cloudwatch";

import { MINUTE } from "../../functions/domain/instant.ts";
import { type AwsServer, startAwsServer } from "../../local/aws-server.ts";
import { createCloudWatch } from "../../local/cloudwatch.ts";
import { anAssembly, aResource } from "./hand-assembly.ts";
import { handClock } from "./hand-clock.ts";

const NOON = Date.parse("2026-11-22T12:00:00Z");
const clock = handClock(NOON);
const alarm = (name: string) =>
  aResource({
    type: "AWS::CloudWatch::Alarm",
    logicalId: name,
    name,
    properties: {
      ComparisonOperator: "GreaterThanThreshold",
      EvaluationPeriods: 1,
      Threshold: 5,
      TreatMissingData: "notBreaching",
      Namespace: "Portcullis",
      MetricName: "Overflow",
      Dimensions: [{ Name: "Target", Value: "edge" }],
      Statistic: "Maximum",
      Period: 60,
    },
  });
const cloudWatch = createCloudWatch({
  clock,
  assembly: anAssembly(["portcullis-a", "portcullis-b", "other"].map(alarm)),
  bus: { put: () => undefined },
});
let server: AwsServer;
let client: CloudWatchClient;

beforeAll(async () => {
  server = await startAwsServer({ clock, services: { monitoring: cloudWatch.service } });
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  client = new CloudWatchClient({ region: "us-east-1", endpoint: server.url, credentials, maxAttempts: 1 });
});
afterAll(() => server.stop());

const Dimensions = [{ Name: "Target", Value: "edge" }];
const put = (value: number, at: number) =>
  client.send(
    new PutMetricDataCommand({
      Namespace: "Portcullis",
      MetricData: [{ MetricName: "Overflow", Dimensions, Value: value, Timestamp: new Date(at) }],
    }),
  );

test("what is put can be read back, newest first, with the gaps left out", async () => {
  await put(1, NOON + 1000);
  await put(2, NOON + 2000);
  await put(7, NOON + 3 * MINUTE);
  const stat = (Id: string, Stat: string) => ({
    Id,
    MetricStat: { Metric: { Namespace: "Portcullis", MetricName: "Overflow", Dimensions }, Period: 60, Stat },
  });
  const answer = await client.send(
    new GetMetricDataCommand({
      MetricDataQueries: [
        stat("sum", "Sum"),
        { ...stat("count", "SampleCount"), ReturnData: false },
        { Id: "rate", Expression: "count/PERIOD(count)" },
      ],
      StartTime: new Date(NOON),
      EndTime: new Date(NOON + 5 * MINUTE),
    }),
  );
  expect(answer.MetricDataResults).toMatchObject([
    { Id: "sum", Values: [7, 3], Timestamps: [new Date(NOON + 3 * MINUTE), new Date(NOON)] },
    { Id: "rate", Values: [1 / 60, 2 / 60] },
  ]);
});

test("alarms are described with the state they are in", async () => {
  await clock.pass(2 * MINUTE);
  await put(6, clock.now());
  await clock.pass(2 * MINUTE);
  const alarming = await client.send(
    new DescribeAlarmsCommand({ AlarmNamePrefix: "portcullis-", StateValue: "ALARM", MaxRecords: 1 }),
  );
  expect(alarming.MetricAlarms).toMatchObject([
    {
      AlarmName: "portcullis-a",
      StateValue: "ALARM",
      Namespace: "Portcullis",
      MetricName: "Overflow",
      Dimensions,
      Period: 60,
      StateUpdatedTimestamp: new Date(NOON + 3 * MINUTE + 10_000),
    },
  ]);
  const rest = await client.send(
    new DescribeAlarmsCommand({ AlarmNamePrefix: "portcullis-", MaxRecords: 1, NextToken: alarming.NextToken }),
  );
  expect(rest.MetricAlarms?.map(({ AlarmName }) => AlarmName)).toEqual(["portcullis-b"]);
  expect(rest.NextToken).toBeUndefined();
});

test("alarms of another Region are not seen", async () => {
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const elsewhere = new CloudWatchClient({ region: "eu-west-1", endpoint: server.url, credentials });
  expect((await elsewhere.send(new DescribeAlarmsCommand({}))).MetricAlarms).toEqual([]);
});

test("a namespace of AWS's own cannot be written", async () => {
  const write = client.send(
    new PutMetricDataCommand({ Namespace: "AWS/Usage", MetricData: [{ MetricName: "CallCount", Value: 1 }] }),
  );
  await expect(write).rejects.toThrow(/AWS\/ for parameter Namespace/);
});
