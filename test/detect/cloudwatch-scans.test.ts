/** The adapter against the local CloudWatch. */
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";

import { cloudWatchScans } from "../../functions/detect/aws/cloudwatch-scans.ts";
import { HOUR, MINUTE } from "../../functions/domain/instant.ts";
import { type AwsServer, startAwsServer } from "../../local/aws-server.ts";
import { createCloudWatch } from "../../local/cloudwatch.ts";
import { sdkConfig } from "../local/builders.ts";
import { anAssembly } from "../local/hand-assembly.ts";
import { handClock } from "../local/hand-clock.ts";

const NOON = Date.parse("2026-11-22T12:00:00Z");
const clock = handClock(NOON);

let server: AwsServer;
let cloudWatch: ReturnType<typeof createCloudWatch>;
beforeEach(async () => {
  cloudWatch = createCloudWatch({ clock, assembly: anAssembly([]), bus: { put: () => undefined } });
  server = await startAwsServer({ clock, services: { monitoring: cloudWatch.service } });
});
afterEach(() => server.stop());

const put = (value: number, at: number, dimensions: Record<string, string>) =>
  cloudWatch.metrics.put("us-east-1", { namespace: "AWS/Athena", name: "ProcessedBytes", dimensions, value, at });
const ended = (WorkGroup: string, QueryState: string) => ({ WorkGroup, QueryState, QueryType: "DML" });

async function scanned() {
  const client = new CloudWatchClient({ ...sdkConfig(server.url), region: "us-east-1" });
  try {
    return await cloudWatchScans("ours", client).scanned({ from: NOON - HOUR, to: NOON });
  } finally {
    client.destroy();
  }
}

test("adds up an hour of the workgroup's queries, those that were stopped or failed included", async () => {
  put(5e9, NOON - MINUTE, ended("ours", "SUCCEEDED"));
  put(2e9, NOON - 30 * MINUTE, ended("ours", "CANCELED"));
  put(1e9, NOON - HOUR, ended("ours", "FAILED"));
  put(9e9, NOON - 61 * MINUTE, ended("ours", "SUCCEEDED"));
  put(9e9, NOON - MINUTE, ended("theirs", "SUCCEEDED"));
  expect(await scanned()).toBe(8e9);
});

test("bytes that are told both by state and for the whole workgroup count once", async () => {
  put(5e9, NOON - MINUTE, ended("ours", "SUCCEEDED"));
  put(5e9, NOON - MINUTE, { WorkGroup: "ours" });
  expect(await scanned()).toBe(5e9);
});

test("no query is no byte", async () => {
  expect(await scanned()).toBe(0);
});
