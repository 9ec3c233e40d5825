/** A service that hangs, or answers nonsense with status 200: every adapter names both as what passes, and in time. */
import { readdirSync, readFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import { join } from "node:path";

import { functionSeconds } from "../../functions/domain/environment.ts";
import { listen } from "../../local/http.ts";
import { sets } from "./builders.ts";
import { drive, fakeTime } from "./faults/virtual-time.ts";

const region = { region: "us-east-1" };
const notice = { subject: "s", text: "t", chat: { version: "1.0", source: "custom", content: { description: "d" } } };

type Behaviour = (answer: ServerResponse) => void;
let behave: Behaviour = () => {};
let tries = 0;
let busy = 0;
const server = createServer((request, answer) => {
  busy += 1;
  request.resume().on("end", () => {
    tries += 1;
    behave(answer);
    busy -= 1;
  });
});
let stop: () => Promise<void>;
beforeAll(async () => {
  const { url, stop: end } = await listen(server, 0);
  stop = end;
  const key = { AWS_ACCESS_KEY_ID: "k", AWS_SECRET_ACCESS_KEY: "s", AWS_REGION: "us-east-1" };
  Object.assign(process.env, { AWS_ENDPOINT_URL: url, ...key });
  fakeTime(Date.UTC(2026, 10, 22, 12));
});
afterAll(async () => {
  jest.useRealTimers();
  server.closeAllConnections();
  await stop();
});
beforeEach(() => {
  tries = 0;
});

/** One call of each adapter; loaded late, for a client reads its endpoint when it is made. */
async function adapters(): Promise<Readonly<Record<string, () => Promise<unknown>>>> {
  const { ledgerTable } = await import("../../functions/block/aws/dynamodb-items.ts");
  const { dynamoDbControl } = await import("../../functions/block/aws/dynamodb-control.ts");
  const { dynamoDbProposals } = await import("../../functions/block/aws/dynamodb-proposals.ts");
  const { s3Evidence } = await import("../../functions/block/aws/evidence-store.ts");
  const { cloudFrontPrefixLists } = await import("../../functions/block/aws/prefix-lists.ts");
  const { approvalKey } = await import("../../functions/block/aws/secrets.ts");
  const { executionsOf, sfnTaskTokens } = await import("../../functions/block/aws/sfn.ts");
  const { snsTopic } = await import("../../functions/block/aws/sns.ts");
  const { wafIpSets } = await import("../../functions/block/aws/wafv2-ip-sets.ts");
  const { queryResults } = await import("../../functions/detect/aws/athena-results.ts");
  const { gateHashes } = await import("../../functions/detect/aws/client-gates.ts");
  const { cloudWatchAlarms } = await import("../../functions/detect/aws/cloudwatch-alarms.ts");
  const { cloudWatchMetrics } = await import("../../functions/detect/aws/cloudwatch-metrics.ts");
  const { dynamoDbLeases } = await import("../../functions/detect/aws/dynamodb-leases.ts");
  const { gateSet } = await import("../../functions/edge/aws/gate-set.ts");
  const { secretVersions } = await import("../../functions/edge/aws/secret-versions.ts");
  const versions = secretVersions("arn:aws:secretsmanager:us-east-1:111122223333:secret:clients");
  const gates = gateSet("gates", "us-east-1");
  const table = ledgerTable("ledger", region);
  const set = { id: "i", description: "", addresses: [], lockToken: "t" };
  const names = { edgeAcl: "acl", poolAcl: null, poolRegion: "us-east-1", usageService: "Cognito User Pool" };
  return {
    "DynamoDB get": () => table.get({ pk: "a", sk: "b" }),
    "DynamoDB put": () => table.put({ pk: { S: "a" } }),
    "DynamoDB query": () => table.query({ KeyConditionExpression: "pk = :a" }),
    "DynamoDB batch": () => table.getMany([{ pk: "a", sk: "b" }]),
    "DynamoDB count": () => dynamoDbControl(table).countBans("UserAuthentication", "r", 0, 1),
    "DynamoDB token": () => dynamoDbProposals(table).putToken("a", 1, "t"),
    "DynamoDB lease": () => dynamoDbLeases("ledger").read("UserAuthentication"),
    "S3 read": () => s3Evidence("evidence", region).read("runs/a"),
    "EC2 prefix lists": () => cloudFrontPrefixLists(region).cloudFront(),
    "Secrets Manager key": () => approvalKey("key").read(),
    "Secrets Manager gates": () => gateHashes("clients"),
    "Secrets Manager version": () => versions.read(),
    "Secrets Manager replace": () => versions.replace("v", "{}"),
    "Step Functions start": () => executionsOf("arn:aws:states:a", region).start("a", {}),
    "Step Functions answer": () => sfnTaskTokens(region).succeed("t", {}),
    "SNS publish": () => snsTopic("arn:aws:sns:us-east-1:111122223333:t").publish(notice as never),
    "WAF read": () => wafIpSets(sets).read("edge", "auto-v4-1"),
    "WAF write": () => wafIpSets(sets).write("edge", "auto-v4-1", set),
    "WAF patterns read": () => gates.read(),
    "WAF patterns write": () => gates.write({ ...set, patterns: ["^a"] }),
    "Athena results": () => queryResults("q-1"),
    "CloudWatch alarms": () => cloudWatchAlarms().read([{ name: "a", region: "us-east-1" }]),
    "CloudWatch metrics": () => cloudWatchMetrics(names, []).read({ from: 0, to: 60_000 }),
  };
}

async function endOf(work: () => Promise<unknown>): Promise<{ name: string; message: string; seconds: number }> {
  const began = Date.now();
  try {
    await drive(() => busy > 0, work);
  } catch (error) {
    const { name, message } = error as Error;
    return { name, message, seconds: (Date.now() - began) / 1000 };
  }
  return { name: "no error", message: "", seconds: (Date.now() - began) / 1000 };
}

const shortest = Math.min(...Object.values(functionSeconds));

test("a service that takes the call and never answers holds nobody until Lambda ends the function", async () => {
  behave = () => {};
  for (const [adapter, call] of Object.entries(await adapters())) {
    tries = 0;
    const { name, seconds } = await endOf(call);
    expect({ adapter, name }).toEqual({ adapter, name: "RetryableError" });
    // A mail that was sent by a call without an answer would be sent again.
    expect(tries % 3).toBe(adapter.startsWith("SNS") ? 1 : 0);
    expect(seconds).toBeLessThan(shortest - 5);
  }
});

const nonsense: Readonly<Record<string, Behaviour>> = {
  "a proxy's page": (answer) => answer.writeHead(200, { "content-type": "text/html" }).end("<html><p>hello"),
  "half a document": (answer) =>
    answer.writeHead(200, { "content-type": "application/x-amz-json-1.0" }).end('{"Item": {"pk": {"S": "secr'),
  "an answer that breaks off": (answer) => {
    answer.writeHead(200, { "content-type": "application/x-amz-json-1.0", "content-length": "900" }).write('{"Item');
    setImmediate(() => answer.destroy());
  },
};
/** An answer without content that counts: the SDK does not read it. */
const unread = /S3 put|SNS|Step Functions answer/;

test.each(Object.keys(nonsense))("%s with status 200 is no answer, and is quoted to nobody", async (kind) => {
  behave = nonsense[kind] ?? behave;
  for (const [adapter, call] of Object.entries(await adapters())) {
    const { name, message } = await endOf(call);
    if (unread.test(adapter) && name === "no error") continue;
    expect({ adapter, name }).toEqual({ adapter, name: "RetryableError" });
    expect(message).not.toMatch(/html|"secr|Unexpected/);
  }
});

test("every client of an adapter is given the patience that these tests are about", () => {
  const folders = ["functions/block/aws", "functions/detect/aws", "functions/edge/aws"];
  // A viewer waits for what the edge itself asks: that has times of its own.
  const files = folders
    .flatMap((folder) => readdirSync(join(import.meta.dirname, "../..", folder)).map((file) => [folder, file] as const))
    .filter(([folder, file]) => folder !== "functions/edge/aws" || file !== "secrets.ts");
  for (const [folder, file] of files)
    for (const [made] of readFileSync(join(import.meta.dirname, "../..", folder, file), "utf8").matchAll(
      /new \w+Client\([^;]*/g,
    ))
      expect(made).toMatch(/Client\((patience\)|\{ \.\.\.patience,)/);
});
