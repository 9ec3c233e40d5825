import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { oneForAll, onePerRegion } from "../../functions/block/aws/kept-clients.ts";
import { queryResults } from "../../functions/detect/aws/athena-results.ts";
import { cloudWatchAlarms } from "../../functions/detect/aws/cloudwatch-alarms.ts";
import { distantMetrics } from "../../functions/detect/aws/distant-metrics.ts";

const clients: CloudWatchClient[] = [];
const environment = { ...process.env };
afterEach(() => {
  process.env = environment;
});
afterEach(() => clients.splice(0).forEach((client) => void client.destroy()));

test("a client is made when it is needed, once a Region", () => {
  const made: string[] = [];
  const clientOf = onePerRegion((region) => made.push(region));
  const own = oneForAll(() => made.push("own"));
  expect(made).toEqual([]);
  expect([clientOf("eu-west-1"), clientOf("us-east-1"), clientOf("eu-west-1")]).toEqual([1, 2, 1]);
  expect([own(), own()]).toEqual([3, 3]);
});

test("reading again opens no further connections", async () => {
  let connections = 0;
  const server = createServer(({ headers }, response) => {
    const isAlarms = String(headers["x-amz-target"]).endsWith("DescribeAlarms");
    response.setHeader("content-type", "application/x-amz-json-1.0");
    response.end(JSON.stringify(isAlarms ? { MetricAlarms: [], CompositeAlarms: [] } : { MetricDataResults: [] }));
  });
  server.on("connection", () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const clientFor = (region: string) => {
    const client = new CloudWatchClient({ endpoint, region, credentials: { accessKeyId: "a", secretAccessKey: "b" } });
    clients.push(client);
    return client;
  };
  process.env = {
    ...environment,
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: "eu-west-1",
    AWS_ACCESS_KEY_ID: "a",
    AWS_SECRET_ACCESS_KEY: "b",
  };
  const regions = ["eu-west-1", "us-east-1", "ap-southeast-2"];
  const distant = distantMetrics({ edgeFunction: "edge", edgeRegions: regions, poolRegion: "eu-west-1" }, clientFor);
  const alarms = cloudWatchAlarms(clientFor);
  const readAll = async () => {
    await distant.edgeErrors(0);
    await distant.smsSpend(0);
    expect(await queryResults("q-1")).toEqual([]);
    await alarms.read(regions.map((region) => ({ name: "use", region })));
  };
  try {
    await readAll();
    const atFirst = connections;
    for (let round = 0; round < 5; round += 1) await readAll();
    expect([atFirst, connections]).toEqual([7, 7]);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
