import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

import { DuckDBInstance } from "@duckdb/node-api";

import { type Instant, MINUTE, toIso } from "../../functions/domain/instant.ts";
import { createLogDelivery, type LogDelivery } from "../../local/log-delivery.ts";
import { createS3, type ObjectStore } from "../../local/s3.ts";
import { ACCOUNT, anAssembly, aResource } from "./hand-assembly.ts";
import { type HandClock, handClock } from "./hand-clock.ts";

const EDGE_ACL = `arn:aws:wafv2:us-east-1:${ACCOUNT}:global/webacl/edge/id`;
const POOL_ACL = `arn:aws:wafv2:eu-west-1:${ACCOUNT}:regional/webacl/pool/id`;
const BUCKETS = ["aws-waf-logs-edge", "aws-waf-logs-pool", "trail", "cloudfront"];
const TWO_PAST = Date.parse("2026-11-22T12:02:00Z");

const logging = (aclArn: string, bucketArn: string) =>
  aResource({
    type: "AWS::WAFv2::LoggingConfiguration",
    logicalId: bucketArn,
    properties: { ResourceArn: aclArn, LogDestinationConfigs: [bucketArn] },
  });
const trail = (properties: Record<string, unknown> = {}) =>
  aResource({
    type: "AWS::CloudTrail::Trail",
    logicalId: "Trail",
    region: "eu-west-1",
    properties: { S3BucketName: "trail", IsLogging: true, ...properties },
  });

const source = aResource({
  type: "AWS::Logs::DeliverySource",
  logicalId: "Source",
  name: "portcullis-cloudfront",
  properties: { LogType: "ACCESS_LOGS", ResourceArn: `arn:aws:cloudfront::${ACCOUNT}:distribution/E2EXAMPLE` },
});
const destination = (properties: Record<string, unknown> = {}) =>
  aResource({
    type: "AWS::Logs::DeliveryDestination",
    logicalId: "Destination",
    arn: "arn:destination",
    properties: { DestinationResourceArn: "arn:aws:s3:::cloudfront/logs", OutputFormat: "parquet", ...properties },
  });
const delivery = (properties: Record<string, unknown> = {}, region = "us-east-1") =>
  aResource({
    type: "AWS::Logs::Delivery",
    logicalId: "Delivery",
    region,
    properties: {
      DeliverySourceName: "portcullis-cloudfront",
      DeliveryDestinationArn: "arn:destination",
      RecordFields: ["date", "time", "c-ip", "cs(User-Agent)", "asn"],
      S3SuffixPath: "{yyyy}/{MM}/{dd}/{HH}",
      ...properties,
    },
  });

const everything = [
  logging(EDGE_ACL, "arn:aws:s3:::aws-waf-logs-edge"),
  logging(POOL_ACL, "arn:aws:s3:::aws-waf-logs-pool"),
  trail(),
  source,
  destination(),
  delivery(),
];

let folder: string;
let store: ObjectStore;
let clock: HandClock;
let logs: LogDelivery;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "log-delivery-"));
  store = createS3({ folder, buckets: BUCKETS }).store;
});
afterEach(async () => {
  await logs?.stop();
  rmSync(folder, { recursive: true, force: true });
});

function start(
  resources = everything,
  at: Instant = TWO_PAST,
  limits: { maxFileBytes?: number; maxFileRecords?: number } = {},
) {
  clock = handClock(at);
  logs = createLogDelivery({ clock, assembly: anAssembly(resources), store, ...limits });
}
const keys = (bucket: string) => store.list(bucket).map(({ key }) => key);
const textOf = (bucket: string, key: string) => gunzipSync(store.get(bucket, key) ?? "").toString();
const linesOf = (bucket: string) =>
  keys(bucket).flatMap((key) =>
    textOf(bucket, key)
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line)),
  );
const recordsOf = (bucket: string) => keys(bucket).flatMap((key) => JSON.parse(textOf(bucket, key)).Records);

describe("WAF logs", () => {
  test("arrive a minute after their five minutes, under the word cloudfront and the slot's start", async () => {
    start();
    logs.waf(EDGE_ACL, { n: 1 });
    await clock.pass(2 * MINUTE);
    logs.waf(EDGE_ACL, { n: 2 });
    await clock.pass(2 * MINUTE - 1);
    expect(keys("aws-waf-logs-edge")).toEqual([]);
    await clock.pass(1);
    expect(keys("aws-waf-logs-edge")).toEqual([
      expect.stringMatching(
        new RegExp(
          `^AWSLogs/${ACCOUNT}/WAFLogs/cloudfront/edge/2026/11/22/12/00/${ACCOUNT}_waflogs_cloudfront_edge_20261122T1200Z_[0-9a-f]{8}\\.log\\.gz$`,
        ),
      ),
    ]);
    expect(linesOf("aws-waf-logs-edge")).toEqual([{ n: 1 }, { n: 2 }]);
  });

  test("of a regional web ACL lie below its Region, in their own bucket", async () => {
    start();
    logs.waf(POOL_ACL, { n: 1 });
    await logs.flush();
    expect(keys("aws-waf-logs-pool")[0]).toMatch(`AWSLogs/${ACCOUNT}/WAFLogs/eu-west-1/pool/2026/11/22/12/00/`);
    expect(keys("aws-waf-logs-edge")).toEqual([]);
  });

  test("of different slots are different files", async () => {
    start();
    for (let n = 0; n < 4; n += 1) {
      logs.waf(EDGE_ACL, { n });
      await clock.pass(5 * MINUTE);
    }
    await logs.flush();
    expect(keys("aws-waf-logs-edge").map((key) => key.split("/").slice(8, 10).join(":"))).toEqual([
      "12:00",
      "12:05",
      "12:10",
      "12:15",
    ]);
  });

  test("are split by size, and every record arrives once", async () => {
    start(everything, TWO_PAST, { maxFileBytes: 2_000 });
    const records = Array.from({ length: 500 }, (_, n) => ({ n, text: "x".repeat(n % 90) }));
    for (const record of records) logs.waf(EDGE_ACL, record);
    await clock.pass(10 * MINUTE);
    expect(keys("aws-waf-logs-edge").length).toBeGreaterThan(5);
    expect(linesOf("aws-waf-logs-edge").sort((a, b) => a.n - b.n)).toEqual(records);
    for (const key of keys("aws-waf-logs-edge"))
      expect(textOf("aws-waf-logs-edge", key).length).toBeLessThanOrEqual(2_000);
  });

  test.each([
    { case: "a bucket without WAF's prefix", bucket: "arn:aws:s3:::trail", says: /aws-waf-logs-/ },
    { case: "a bucket that no template has", bucket: "arn:aws:s3:::aws-waf-logs-absent", says: /aws-waf-logs-absent/ },
    {
      case: "a log group",
      bucket: "arn:aws:logs:us-east-1:1:log-group:aws-waf-logs-x",
      says: /S3 and to Firehose only/,
    },
  ])("the boot stops at $case", ({ bucket, says }) => {
    expect(() => start([logging(EDGE_ACL, bucket)])).toThrow(says);
  });
});

test("a trail that is in no template lays its files below prefix and organization", async () => {
  clock = handClock(TWO_PAST);
  const existingTrail = { account: ACCOUNT, bucket: "trail", prefix: "audit/all", organizationId: "o-a1b2c3d4e5" };
  logs = createLogDelivery({ clock, assembly: anAssembly([]), store, existingTrail });
  logs.cloudTrail("eu-west-1", { n: 1 });
  await logs.flush();
  expect(keys("trail")).toEqual([
    expect.stringMatching(
      new RegExp(
        `^audit/all/AWSLogs/o-a1b2c3d4e5/${ACCOUNT}/CloudTrail/eu-west-1/2026/11/22/${ACCOUNT}_CloudTrail_eu-west-1_20261122T`,
      ),
    ),
  ]);
});

describe("WAF logs through Firehose", () => {
  const STREAM = `arn:aws:firehose:us-east-1:${ACCOUNT}:deliverystream/aws-waf-logs-edge`;
  const bucket = "aws-waf-logs-edge";
  const stream = (s3: Record<string, unknown> = {}, region = "us-east-1") =>
    aResource({
      type: "AWS::KinesisFirehose::DeliveryStream",
      logicalId: "Stream",
      region,
      arn: STREAM,
      properties: {
        DeliveryStreamName: "aws-waf-logs-edge",
        DeliveryStreamType: "DirectPut",
        ExtendedS3DestinationConfiguration: {
          BucketARN: `arn:aws:s3:::${bucket}`,
          RoleARN: "arn:role",
          Prefix: "logs/!{timestamp:yyyy/MM/dd/HH/mm}/",
          ErrorOutputPrefix: "undelivered/",
          BufferingHints: { IntervalInSeconds: 60, SizeInMBs: 64 },
          CompressionFormat: "GZIP",
          ...s3,
        },
      },
    });
  const fast = (...streams: ReturnType<typeof stream>[]) => [logging(EDGE_ACL, STREAM), ...streams];

  test("come in files of a minute, in the folder of the minute in which the first record arrived", async () => {
    start(fast(stream()), TWO_PAST + 50_000);
    logs.waf(EDGE_ACL, { n: 1 });
    await clock.pass(79_999);
    logs.waf(EDGE_ACL, { n: 2 });
    expect(keys(bucket)).toEqual([]);
    await clock.pass(1);
    logs.waf(EDGE_ACL, { n: 3 });
    await logs.flush();
    expect(keys(bucket)).toEqual([
      expect.stringMatching(/^logs\/2026\/11\/22\/12\/03\/aws-waf-logs-edge-1-2026-11-22-12-03-10-[0-9a-f]{32}\.gz$/),
      expect.stringMatching(/^logs\/2026\/11\/22\/12\/04\/aws-waf-logs-edge-1-2026-11-22-12-04-30-/),
    ]);
    expect(linesOf(bucket)).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
  });

  test("are written by the stream's role, and by nobody if that may not", async () => {
    clock = handClock(TWO_PAST);
    const asked: unknown[] = [];
    const authorize = (role: string, needs: readonly { action: string; resource: string | null }[]) => {
      asked.push(role, ...needs.map(({ action, resource }) => `${action} ${resource?.slice(0, 46)}`));
      throw new Error("denied");
    };
    logs = createLogDelivery({ clock, assembly: anAssembly(fast(stream())), store, authorize });
    logs.waf(EDGE_ACL, { n: 1 });
    await expect(logs.flush()).rejects.toThrow("denied");
    expect(asked).toEqual(["arn:role", `s3:PutObject arn:aws:s3:::${bucket}/logs/2026/11/22`]);
    expect(keys(bucket)).toEqual([]);
  });

  test.each([
    { case: "a stream that no template has", streams: [], problem: /no template has the stream/ },
    { case: "a stream of another Region", streams: [stream({}, "eu-west-1")], problem: /another Region/ },
    { case: "a foreign bucket", streams: [stream({ BucketARN: "arn:aws:s3:::x" })], problem: /no bucket of the temp/ },
    { case: "an unknown expression", streams: [stream({ Prefix: "!{firehose:random-string}/" })], problem: /prefix/ },
    { case: "week years", streams: [stream({ Prefix: "!{timestamp:YYYY/MM}/" })], problem: /YYYY in a prefix/ },
  ])("$case is refused at the boot", ({ streams, problem }) => {
    expect(() => start(fast(...streams))).toThrow(problem);
  });
});

describe("CloudTrail's records by EventBridge", () => {
  const STREAM = `arn:aws:firehose:eu-west-1:${ACCOUNT}:deliverystream/fast-trail`;
  const rule = aResource({
    type: "AWS::Events::Rule",
    logicalId: "Rule",
    properties: { EventPattern: { "detail-type": ["AWS API Call via CloudTrail"] } },
  });
  const stream = aResource({
    type: "AWS::KinesisFirehose::DeliveryStream",
    logicalId: "Stream",
    region: "eu-west-1",
    arn: STREAM,
    properties: {
      DeliveryStreamName: "fast-trail",
      DeliveryStreamType: "DirectPut",
      ExtendedS3DestinationConfiguration: {
        BucketARN: "arn:aws:s3:::trail",
        RoleARN: "arn:role",
        Prefix: "fast/!{timestamp:yyyy/MM/dd/HH/mm}/",
        ErrorOutputPrefix: "undelivered/",
        BufferingHints: { IntervalInSeconds: 60, SizeInMBs: 64 },
        CompressionFormat: "GZIP",
        ProcessingConfiguration: { Enabled: true, Processors: [{ Type: "AppendDelimiterToRecord" }] },
      },
    },
  });
  const record = (more: Record<string, unknown> = {}) => ({
    eventSource: "cognito-idp.amazonaws.com",
    eventName: "InitiateAuth",
    eventTime: "2026-11-22T12:02:00Z",
    eventID: "e1",
    eventType: "AwsApiCall",
    recipientAccountId: ACCOUNT,
    ...more,
  });
  let put: unknown[];
  const listen = (resources: readonly unknown[], isRecording = true) => {
    put = [];
    clock = handClock(TWO_PAST);
    logs = createLogDelivery({
      ...{ clock, store, assembly: anAssembly(resources as Parameters<typeof anAssembly>[0]) },
      bus: { put: (region, event) => void put.push({ ...event, region }) },
      isRecording: () => isRecording,
    });
  };

  test("are events half a minute after the call", async () => {
    listen([trail(), rule]);
    logs.cloudTrail("eu-west-1", record());
    await clock.pass(29_000);
    expect(put).toEqual([]);
    await clock.pass(2_000);
    expect(put).toEqual([
      {
        ...{ version: "0", id: expect.stringMatching(/^[0-9a-f-]{36}$/), region: "eu-west-1", resources: [] },
        ...{ source: "aws.cognito-idp", "detail-type": "AWS API Call via CloudTrail", account: ACCOUNT },
        ...{ time: "2026-11-22T12:02:00Z", detail: record() },
      },
    ]);
  });

  test.each([
    { case: "no trail records", resources: [rule], isRecording: true, more: {} },
    { case: "the trail is stopped", resources: [trail(), rule], isRecording: false, more: {} },
    {
      case: "the record is larger than an event may be",
      resources: [trail(), rule],
      isRecording: true,
      more: { errorMessage: "x".repeat(256 * 1024) },
    },
  ])("are none where $case", async ({ resources, isRecording, more }) => {
    listen(resources, isRecording);
    logs.cloudTrail("eu-west-1", record(more));
    await clock.pass(MINUTE);
    expect(put).toEqual([]);
  });

  test("come through Firehose one a line, and with no processor one behind the other", async () => {
    start([stream]);
    logs.putRecord(STREAM, { n: 1 });
    logs.putRecord(STREAM, { n: 2 });
    await clock.pass(MINUTE);
    const text = (key: string) => gunzipSync(store.get("trail", key) ?? Buffer.alloc(0)).toString();
    expect(keys("trail").map(text)).toEqual(['{"n":1}\n{"n":2}\n']);
    expect(keys("trail")).toEqual([expect.stringMatching(/^fast\/2026\/11\/22\/12\/02\/fast-trail-1-/)]);
    await logs.stop();
    const { ProcessingConfiguration: _, ...bare } = stream.properties["ExtendedS3DestinationConfiguration"] as Record<
      string,
      unknown
    >;
    start([{ ...stream, properties: { ...stream.properties, ExtendedS3DestinationConfiguration: bare } }]);
    logs.putRecord(STREAM, { n: 3 });
    logs.putRecord(STREAM, { n: 4 });
    await logs.flush();
    expect(keys("trail").map(text)).toContain('{"n":3}{"n":4}');
  });

  test("find no stream that no template has", () => {
    start([]);
    expect(() => logs.putRecord(STREAM, {})).toThrow(/not found/);
  });
});

describe("CloudTrail", () => {
  const call = (more: Record<string, unknown> = {}) => ({
    eventSource: "cognito-idp.amazonaws.com",
    eventName: "InitiateAuth",
    readOnly: false,
    ...more,
  });

  test("writes one object a file, in the folder of the day of delivery", async () => {
    start(everything, Date.parse("2026-11-22T23:58:00Z"));
    logs.cloudTrail("eu-west-1", call({ n: 1 }));
    logs.cloudTrail("eu-west-1", call({ n: 2 }));
    await clock.pass(4 * MINUTE);
    expect(keys("trail")).toEqual([
      expect.stringMatching(
        new RegExp(
          `^AWSLogs/${ACCOUNT}/CloudTrail/eu-west-1/2026/11/23/${ACCOUNT}_CloudTrail_eu-west-1_20261123T0002Z_[0-9a-f]{16}\\.json\\.gz$`,
        ),
      ),
    ]);
    expect(recordsOf("trail")).toMatchObject([{ n: 1 }, { n: 2 }]);
  });

  test.each([
    { case: "a trail of another Region", properties: {}, region: "us-east-1", record: {}, arrives: 0 },
    {
      case: "a multi-Region trail",
      properties: { IsMultiRegionTrail: true },
      region: "us-east-1",
      record: {},
      arrives: 1,
    },
    {
      case: "a trail that is switched off",
      properties: { IsLogging: false },
      region: "eu-west-1",
      record: {},
      arrives: 0,
    },
    {
      case: "a trail without management events",
      properties: { EventSelectors: [{ IncludeManagementEvents: false }] },
      region: "eu-west-1",
      record: {},
      arrives: 0,
    },
    {
      case: "a trail of writes for a read",
      properties: { EventSelectors: [{ ReadWriteType: "WriteOnly" }] },
      region: "eu-west-1",
      record: { readOnly: true },
      arrives: 0,
    },
    {
      case: "a trail that leaves out the source",
      properties: { EventSelectors: [{ ExcludeManagementEventSources: ["kms.amazonaws.com"] }] },
      region: "eu-west-1",
      record: { eventSource: "kms.amazonaws.com" },
      arrives: 0,
    },
  ])("$case takes $arrives", async ({ properties, region, record, arrives }) => {
    start([trail(properties)]);
    logs.cloudTrail(region, call(record));
    await logs.flush();
    expect(keys("trail")).toHaveLength(arrives);
  });

  test("the boot stops at selectors it does not read", () => {
    expect(() => start([trail({ AdvancedEventSelectors: [{ FieldSelectors: [] }] })])).toThrow(
      /AdvancedEventSelectors/,
    );
  });

  test("without a trail nothing is written", async () => {
    start([]);
    logs.cloudTrail("eu-west-1", call());
    await logs.flush();
    expect(keys("trail")).toEqual([]);
  });

  test("big batches are split", async () => {
    start([trail()], TWO_PAST, { maxFileBytes: 1_000 });
    for (let n = 0; n < 50; n += 1) logs.cloudTrail("eu-west-1", call({ n }));
    await logs.flush();
    expect(keys("trail").length).toBeGreaterThan(3);
    expect(
      recordsOf("trail")
        .map(({ n }) => n)
        .sort((a, b) => a - b),
    ).toEqual(Array.from({ length: 50 }, (_, n) => n));
  });
});

describe("CloudFront logs", () => {
  const record = (at: Instant, ip: string) => ({
    date: toIso(at).slice(0, 10),
    time: toIso(at).slice(11, 19),
    c_ip: ip,
    cs_user_agent: 'it\'s "quoted"',
    x_not_asked_for: "1",
  });

  test("are Parquet of text columns in the partition of the event's hour, minutes later", async () => {
    start(everything, Date.parse("2026-11-22T12:57:00Z"));
    logs.cloudFront("E2EXAMPLE", record(clock.now(), "198.51.100.7"));
    await clock.pass(2 * MINUTE);
    // Written at 12:59, about a request of 11:59.
    logs.cloudFront("E2EXAMPLE", record(clock.now() - 60 * MINUTE, "198.51.100.8"));
    await clock.pass(10 * MINUTE);
    expect(keys("cloudfront")).toEqual([]);
    await clock.pass(2 * MINUTE);
    expect(keys("cloudfront")).toEqual([
      expect.stringMatching(/^logs\/2026\/11\/22\/11\/E2EXAMPLE\.2026-11-22-11\.[0-9a-f]{8}\.parquet$/),
      expect.stringMatching(/^logs\/2026\/11\/22\/12\/E2EXAMPLE\.2026-11-22-12\.[0-9a-f]{8}\.parquet$/),
    ]);
    const { columns, rows } = await readParquet(store.fileOf("cloudfront", keys("cloudfront")[1] ?? ""));
    expect(columns).toEqual(["date VARCHAR", "time VARCHAR", "c_ip VARCHAR", "cs_user_agent VARCHAR", "asn VARCHAR"]);
    expect(rows).toEqual([["2026-11-22", "12:57:00", "198.51.100.7", 'it\'s "quoted"', "-"]]);
  });

  test("without a prefix of the destination lie below AWSLogs", async () => {
    start([
      source,
      destination({ DestinationResourceArn: "arn:aws:s3:::cloudfront" }),
      delivery({ S3SuffixPath: "{distributionid}/{yyyy}" }),
    ]);
    logs.cloudFront("E2EXAMPLE", record(clock.now(), "198.51.100.7"));
    await logs.flush();
    expect(keys("cloudfront")[0]).toMatch(`AWSLogs/${ACCOUNT}/CloudFront/e2example/2026/E2EXAMPLE.2026-11-22-12.`);
  });

  test("are split, and stop delivers what waits", async () => {
    start(everything, TWO_PAST, { maxFileRecords: 10 });
    for (let n = 0; n < 25; n += 1) logs.cloudFront("E2EXAMPLE", record(clock.now(), `198.51.100.${n}`));
    await logs.stop();
    expect(keys("cloudfront")).toHaveLength(3);
  });

  test("of two distributions go to their own files, written at the same time", async () => {
    const second = { ...source, logicalId: "Source2", name: "second" };
    start([
      source,
      {
        ...second,
        properties: { ...second.properties, ResourceArn: `arn:aws:cloudfront::${ACCOUNT}:distribution/E3EXAMPLE` },
      },
      destination(),
      delivery(),
      { ...delivery({ DeliverySourceName: "second", RecordFields: ["c-ip"] }), logicalId: "Delivery2" },
    ]);
    logs.cloudFront("E2EXAMPLE", record(clock.now(), "198.51.100.7"));
    logs.cloudFront("E3EXAMPLE", record(clock.now(), "198.51.100.8"));
    await logs.flush();
    const files = await Promise.all(keys("cloudfront").map((key) => readParquet(store.fileOf("cloudfront", key))));
    expect(files.map(({ rows }) => rows[0]?.length)).toEqual([5, 1]);
    expect(files[1]?.rows).toEqual([["198.51.100.8"]]);
  });

  test("of another distribution go nowhere", async () => {
    start();
    logs.cloudFront("EOTHER", record(clock.now(), "198.51.100.7"));
    await logs.flush();
    expect(keys("cloudfront")).toEqual([]);
  });

  test.each([
    {
      case: "a delivery outside us-east-1",
      resources: [source, destination(), delivery({}, "eu-west-1")],
      says: /us-east-1/,
    },
    { case: "a source that is not there", resources: [destination(), delivery()], says: /source/ },
    { case: "a destination that is not there", resources: [source, delivery()], says: /destination/ },
    { case: "JSON", resources: [source, destination({ OutputFormat: "json" }), delivery()], says: /parquet/ },
    {
      case: "an unknown variable",
      resources: [source, destination(), delivery({ S3SuffixPath: "{YYYY}" })],
      says: /YYYY/,
    },
    {
      case: "Hive paths",
      resources: [source, destination(), delivery({ S3EnableHiveCompatiblePath: true })],
      says: /S3EnableHiveCompatiblePath/,
    },
  ])("the boot stops at $case", ({ resources, says }) => {
    expect(() => start(resources)).toThrow(says);
  });
});

async function readParquet(file: string) {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  const reader = await connection.runAndReadAll(`select * from '${file}'`);
  const columns = reader.columnNames().map((name, index) => `${name} ${reader.columnTypes()[index]}`);
  const rows = reader.getRows();
  connection.closeSync();
  instance.closeSync();
  return { columns, rows };
}
