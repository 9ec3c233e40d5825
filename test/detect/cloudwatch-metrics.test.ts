/** The adapter against the local CloudWatch, which holds what the local WAF and Cognito put there. */
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";

import { cloudWatchMetrics } from "../../functions/detect/aws/cloudwatch-metrics.ts";
import { type AwsServer, startAwsServer } from "../../local/aws-server.ts";
import { AwsError, jsonService } from "../../local/aws-wire.ts";
import { createCloudWatch } from "../../local/cloudwatch.ts";
import { anAssembly } from "../local/hand-assembly.ts";
import { handClock } from "../local/hand-clock.ts";

const MINUTE = 60_000;
const NOON = Date.parse("2026-11-22T12:00:00Z");
const range = { from: NOON, to: NOON + 10 * MINUTE };
const clock = handClock(NOON);
const { service, metrics: store } = createCloudWatch({
  clock,
  assembly: anAssembly([]),
  bus: { put: () => undefined },
});
let server: AwsServer;
beforeAll(async () => {
  server = await startAwsServer({ clock, services: { monitoring: service } });
});
afterAll(() => server.stop());

const names = { edgeAcl: "edge", poolAcl: "pool", poolRegion: "eu-west-1", usageService: "Cognito user pool" };
const clients = (endpoint: string) => (region: string) =>
  new CloudWatchClient({
    ...{ region, endpoint, maxAttempts: 1 },
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
const reading = (changed: Partial<Parameters<typeof cloudWatchMetrics>[0]> = {}) =>
  cloudWatchMetrics({ ...names, ...changed }, ["UserAuthentication", "UserCreation"], clients(server.url)).read(range);

function put(region: string, name: string, dimensions: Record<string, string>, minute: number, count: number): void {
  const namespace = name === "CallCount" ? "AWS/Usage" : "AWS/WAFV2";
  for (let made = 0; made < count; made += 1)
    store.put(region, { namespace, name, dimensions, value: 1, at: NOON + minute * MINUTE + made * 1000 });
}

test("allowed and blocked requests of each web ACL are one count, calls are counted by category, by the minute", async () => {
  const usage = { Type: "API", Resource: "UserAuthentication", Service: "Cognito user pool", Class: "None" };
  const regional = { WebACL: "pool", Rule: "ALL", Region: "eu-west-1" };
  put("us-east-1", "AllowedRequests", { WebACL: "edge", Rule: "ALL" }, 0, 3);
  put("us-east-1", "BlockedRequests", { WebACL: "edge", Rule: "ALL" }, 0, 2);
  put("us-east-1", "BlockedRequests", { WebACL: "edge", Rule: "DenyList" }, 0, 9);
  put("us-east-1", "AllowedRequests", { WebACL: "other", Rule: "ALL" }, 0, 9);
  put("us-east-1", "AllowedRequests", { WebACL: "edge", Rule: "ALL" }, 10, 9);
  put("eu-west-1", "AllowedRequests", regional, 9, 4);
  put("us-east-1", "AllowedRequests", regional, 9, 9);
  put("eu-west-1", "CallCount", usage, 2, 7);
  put("eu-west-1", "CallCount", { ...usage, Service: "Cognito User Pool" }, 2, 9);
  expect(await reading()).toEqual({
    edge: new Map([[NOON, 5]]),
    pool: new Map([[NOON + 9 * MINUTE, 4]]),
    categories: new Map([
      ["UserAuthentication", new Map([[NOON + 2 * MINUTE, 7]])],
      ["UserCreation", new Map()],
    ]),
  });
});

test("a deployment without web ACL on the pool has no count of one", async () => {
  expect(await reading({ poolAcl: null })).toMatchObject({ pool: null });
});

describe("an answer that is", () => {
  async function answered(pages: readonly (Record<string, unknown> | AwsError)[]) {
    let page = 0;
    const GetMetricData = () => {
      const next = pages[Math.min(page++, pages.length - 1)] ?? {};
      if (next instanceof AwsError) throw next;
      return next;
    };
    const paged = await startAwsServer({
      clock,
      services: { monitoring: jsonService({ version: "1.0", operations: { GetMetricData } }) },
    });
    try {
      return await cloudWatchMetrics({ ...names, poolAcl: null }, [], clients(paged.url)).read(range);
    } finally {
      await paged.stop();
    }
  }
  const result = (StatusCode: string, minute: number) => ({
    ...{ Id: "m0", Label: "m0", StatusCode },
    ...{ Timestamps: [(NOON + minute * MINUTE) / 1000], Values: [1] },
  });

  test("given in pages is read to its end", async () => {
    const pages = [
      { MetricDataResults: [result("PartialData", 0)], NextToken: "n" },
      { MetricDataResults: [result("Complete", 1)] },
    ];
    const edge = (await answered([...pages, ...pages])).edge;
    expect([...edge.keys()]).toEqual([NOON, NOON + MINUTE]);
  });

  test("partly forbidden is an error, not fewer calls", async () => {
    await expect(answered([{ MetricDataResults: [result("Forbidden", 0)] }])).rejects.toThrow(/Forbidden/);
  });

  test("without any result is an error, not no calls", async () => {
    await expect(answered([{}])).rejects.toThrow(/without results/);
  });

  test("refused is an error", async () => {
    const refused = new AwsError("AccessDeniedException", "not authorized", { status: 403 });
    await expect(answered([refused])).rejects.toThrow(/not authorized/);
  });
});
