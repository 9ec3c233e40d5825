/** A machine whose clock is hours off, at a deployment whose AWS refuses signatures of another time, as AWS does. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { ledgerSide } from "../../functions/block/aws/block-side.ts";
import { parseDeployment } from "../../functions/domain/deployment.ts";
import { HOUR, type Instant, MINUTE, SECOND } from "../../functions/domain/instant.ts";
import { EDGE_REGION, namesOf } from "../../functions/domain/names.ts";
import { type AwsServer, startAwsServer } from "../../local/aws-server.ts";
import { AwsError } from "../../local/aws-wire.ts";
import { createDynamoDb, type DynamoDb } from "../../local/dynamodb.ts";
import { createEc2 } from "../../local/ec2.ts";
import type { AwsCall, AwsService } from "../../local/ports.ts";
import { createS3 } from "../../local/s3.ts";
import { createWaf } from "../../local/waf.ts";
import { anAssembly, aResource } from "../local/hand-assembly.ts";
import { anIpSet, NOON } from "../local/waf-builders.ts";
import { run } from "./run-command.ts";

const config = {
  name: "portcullis",
  account: "111122223333",
  userPool: { id: "eu-west-1_Clock0001", clientIds: ["1clock23456789abcdefghijkl"] },
  autoShards: { edge: { v4: 1, v6: 1 } },
  poolProtection: "none",
  mode: "enforce",
};
const names = namesOf(parseDeployment(config, "the test's config"));
const source = "198.51.100.7/32";
const began = performance.now();
/** The true time. */
const now = (): Instant => NOON + Math.round(performance.now() - began);
const clock = { now, during: <T>(work: () => T) => work(), at: () => () => {} };
const folder = mkdtempSync(join(tmpdir(), "portcullis-clock-"));
const before = { ...process.env };
let dynamoDb: DynamoDb;
let server: AwsServer;

function inTimeOnly(service: AwsService): AwsService {
  return {
    call(call: AwsCall) {
      const [, ...parts] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(call.headers["x-amz-date"] ?? "") ?? [];
      const [year = 0, month = 0, ...rest] = parts.map(Number);
      if (Math.abs(Date.UTC(year, month - 1, ...rest) - now()) < 5 * MINUTE) return service.call(call);
      throw new AwsError("InvalidSignatureException", "Signature not yet current, or expired");
    },
  };
}

beforeAll(async () => {
  const { edge } = names.ipSets;
  const [v4, v6] = (["v4", "v6"] as const).map((family) => [
    ...edge.allow[family],
    ...edge.deny[family],
    ...edge.auto[family],
  ]);
  const keys = (HASH: string, RANGE: string) => [
    { AttributeName: HASH, KeyType: "HASH" },
    { AttributeName: RANGE, KeyType: "RANGE" },
  ];
  const table = aResource({
    ...{ type: "AWS::DynamoDB::Table", logicalId: "ledger", physicalId: names.ledgerTable, name: names.ledgerTable },
    properties: {
      TableName: names.ledgerTable,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: ["pk", "sk", "active", "expiresAt"].map((AttributeName) => ({
        AttributeName,
        AttributeType: "S",
      })),
      KeySchema: keys("pk", "sk"),
      GlobalSecondaryIndexes: [
        { IndexName: "active", KeySchema: keys("active", "expiresAt"), Projection: { ProjectionType: "ALL" } },
      ],
    },
  });
  const assembly = anAssembly([
    table,
    ...(v4 ?? []).map((name) => anIpSet(name, [])),
    ...(v6 ?? []).map((name) => anIpSet(name, [], { IPAddressVersion: "IPV6" })),
  ]);
  dynamoDb = await createDynamoDb({ assembly });
  const services = {
    dynamodb: dynamoDb.service,
    wafv2: createWaf({ clock, assembly, logs: { waf: () => {} }, metrics: { put: () => {} } }).service,
    ec2: createEc2(),
    s3: createS3({ folder, buckets: [names.evidenceBucket] }).service,
  };
  server = await startAwsServer({
    clock,
    services: Object.fromEntries(Object.entries(services).map(([name, service]) => [name, inTimeOnly(service)])),
  });
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: server.url,
    AWS_ACCESS_KEY_ID: "ann",
    AWS_SECRET_ACCESS_KEY: "local",
  });
  writeFileSync(join(folder, "config.json"), JSON.stringify(config));
});
afterAll(async () => {
  await server.stop();
  await dynamoDb.stop();
  rmSync(folder, { recursive: true });
  process.env = before;
});

function withClockOff<T>(milliseconds: number, work: () => Promise<T>): Promise<T> {
  const clocks = jest.spyOn(Date, "now").mockImplementation(() => now() + milliseconds);
  return work().finally(() => clocks.mockRestore());
}

const portcullis = (...args: string[]) => run(...args, "--config", join(folder, "config.json"));
const stored = () => withClockOff(0, () => ledgerSide(names.ledgerTable, EDGE_REGION).bans.getBan(source));

test.each([
  { off: 5 * HOUR, told: "300 minutes ahead of" },
  { off: -5 * HOUR, told: "300 minutes behind" },
  { off: -2 * MINUTE, told: "2 minutes behind" },
])("$told AWS's: bans begin and end by AWS's clock", async ({ off, told }) => {
  await withClockOff(off, async () => {
    const added = await portcullis("bans", "add", source, "--for", "10m", "--reason", "ticket 42");
    expect(added).toMatchObject({ code: 0, out: expect.stringContaining("is banned until 2026-11-22T12:1") });
    expect(added.err).toContain(`clock is ${told} AWS's`);
    const ban = await stored();
    expect(Math.abs(Date.parse(ban?.expiresAt ?? "") - (now() + 10 * MINUTE))).toBeLessThan(10 * SECOND);
    expect((await portcullis("bans", "list")).out).toContain(source);

    expect(await portcullis("bans", "release", source)).toMatchObject({ code: 0, out: `${source} is released\n` });
    const released = await stored();
    expect(Math.abs(Date.parse(released?.releasedAt ?? "") - now())).toBeLessThan(10 * SECOND);
    expect((await portcullis("bans", "list")).out).toBe("Nobody is banned.\n");
  });
});

test("of a clock that is right nothing is said", async () => {
  expect((await withClockOff(0, () => portcullis("bans", "list"))).err).toBe("");
});
