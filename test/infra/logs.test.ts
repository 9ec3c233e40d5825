import { readFileSync } from "node:fs";
import { join } from "node:path";

import { trailFileAt } from "../../functions/detect/evidence-query.ts";
import { logFoldersOf } from "../../functions/domain/names.ts";
import { projectionOf } from "../../local/athena/partition.ts";
import { type Assembly, readAssembly } from "../../local/template.ts";
import { actionsOf, aDeployment, anAssembly, only, type Properties, resourcesOf, synthesised } from "./builders.ts";

const assembly = anAssembly({ scanLimitMegabytes: 20 });
const tables = new Map<string, Properties>(
  assembly
    .ofType("AWS::Glue::Table")
    .map(({ properties }: { properties: Properties }) => [properties.TableInput.Name, properties.TableInput]),
);
const nameOf = (properties: Properties): string => properties.TableInput.Name;
const bucket = (name: string) =>
  assembly.ofType("AWS::S3::Bucket").find((each) => each.properties.BucketName === name)?.properties as Properties;

const wafEdge =
  "s3://aws-waf-logs-portcullis-edge-111122223333/AWSLogs/111122223333/WAFLogs/cloudfront/portcullis-edge/";
const wafPool =
  "s3://aws-waf-logs-portcullis-pool-111122223333/AWSLogs/111122223333/WAFLogs/eu-west-1/portcullis-pool/";

describe("tables over the logs", () => {
  test.each([
    { table: "waf_edge", column: "dt", format: "yyyy/MM/dd/HH/mm", interval: "5", unit: "MINUTES", location: wafEdge },
    { table: "waf_pool", column: "dt", format: "yyyy/MM/dd/HH/mm", interval: "5", unit: "MINUTES", location: wafPool },
    {
      table: "cloudtrail",
      column: "day",
      format: "yyyy/MM/dd",
      interval: "1",
      unit: "DAYS",
      location: "s3://portcullis-trail-111122223333/AWSLogs/111122223333/CloudTrail/eu-west-1/",
    },
    {
      table: "cloudfront",
      column: "dt",
      format: "yyyy/MM/dd/HH",
      interval: "1",
      unit: "HOURS",
      location: "s3://portcullis-cloudfront-111122223333/cloudfront/",
    },
  ])(
    "$table projects its partitions, every hour of the day among them",
    ({ table, column, format, interval, unit, location }) => {
      const { Parameters, PartitionKeys, StorageDescriptor } = tables.get(table);
      const start = format
        .replace("yyyy", "2026")
        .replace("MM", "01")
        .replace("dd", "01")
        .replace("HH", "00")
        .replace("mm", "00");
      expect(PartitionKeys).toEqual([{ Name: column, Type: "string" }]);
      expect(StorageDescriptor).toMatchObject({ Location: location, NumberOfBuckets: -1 });
      expect(Parameters).toEqual({
        EXTERNAL: "TRUE",
        "projection.enabled": "true",
        [`projection.${column}.type`]: "date",
        [`projection.${column}.format`]: format,
        [`projection.${column}.range`]: `${start},NOW`,
        [`projection.${column}.interval`]: interval,
        [`projection.${column}.interval.unit`]: unit,
        "storage.location.template": `${location}\${${column}}`,
      });
    },
  );

  test.each([
    { table: "call_cells", column: "dt", format: "yyyy-MM-dd-HH", unit: "HOURS", start: "2026-01-01-00" },
    { table: "user_days", column: "day", format: "yyyy-MM-dd", unit: "DAYS", start: "2026-01-01" },
  ])("$table projects the folders that an INSERT makes", ({ table, column, format, unit, start }) => {
    const { Parameters, PartitionKeys } = tables.get(table);
    expect(PartitionKeys).toEqual([{ Name: column, Type: "string" }]);
    expect(Parameters).toMatchObject({
      [`projection.${column}.type`]: "date",
      [`projection.${column}.format`]: format,
      [`projection.${column}.range`]: `${start},NOW`,
      [`projection.${column}.interval.unit`]: unit,
      "storage.location.template": `s3://portcullis-rollups-111122223333/${table}/${column}=\${${column}}`,
    });
  });

  test.each([
    { table: "call_cells", file: "rollup-cells", partition: "dt" },
    { table: "user_days", file: "rollup-user-days", partition: "day" },
  ])("the columns of $table are in the order in which they are inserted", ({ table, file, partition }) => {
    const sql = readFileSync(join(import.meta.dirname, `../../functions/detect/queries/${file}.sql`), "utf8");
    const [, list = ""] = /^SELECT([\s\S]*?)^FROM/m.exec(sql) ?? [];
    const named = list.split(/,(?![^(]*\))/).map((item) =>
      item
        .trim()
        .split(/[\s.]+/)
        .at(-1),
    );
    const columns: Properties[] = tables.get(table).StorageDescriptor.Columns;
    expect(named).toEqual([...columns.map(({ Name }) => Name), partition]);
  });

  test.each([
    {
      table: "waf_edge",
      serde: "org.openx.data.jsonserde.JsonSerDe",
      input: "org.apache.hadoop.mapred.TextInputFormat",
    },
    {
      table: "cloudtrail",
      serde: "org.apache.hive.hcatalog.data.JsonSerDe",
      input: "com.amazon.emr.cloudtrail.CloudTrailInputFormat",
    },
    {
      table: "cloudfront",
      serde: "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
      input: "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    },
  ])("$table is read in the format it is written in", ({ table, serde, input }) => {
    const { StorageDescriptor } = tables.get(table);
    expect(StorageDescriptor.SerdeInfo.SerializationLibrary).toBe(serde);
    expect(StorageDescriptor.InputFormat).toBe(input);
  });

  test("Parquet columns are text, under the names CloudFront gives them", () => {
    const columns: Properties[] = tables.get("cloudfront").StorageDescriptor.Columns;
    expect(new Set(columns.map(({ Type }) => Type))).toEqual(new Set(["string"]));
    expect(columns.map(({ Name }) => Name)).toEqual(
      expect.arrayContaining([
        "date",
        "c_ip",
        "cs_host",
        "cs_user_agent",
        "x_edge_request_id",
        "sc_status",
        "asn",
        "c_country",
      ]),
    );
  });
});

describe("a trail that exists already", () => {
  const trail = { bucket: "org-trail", prefix: "audit", organizationId: "o-a1b2c3d4e5" };
  const keyArn = "arn:aws:kms:eu-west-1:123456789012:key/11112222-3333-4444-5555-666677778888";
  const existing = anAssembly({ trail: { ...trail, keyArn } });
  const folder = "org-trail/audit/AWSLogs/o-a1b2c3d4e5/111122223333/CloudTrail/eu-west-1/";

  test("is read where its organization's files of this account and Region lie, and none is made", () => {
    const [table] = existing.ofType("AWS::Glue::Table").filter(({ properties }) => nameOf(properties) === "cloudtrail");
    expect(table?.properties).toMatchObject({
      TableInput: { Parameters: { "storage.location.template": `s3://${folder}\${day}` } },
    });
    expect(existing.ofType("AWS::CloudTrail::Trail")).toEqual([]);
    expect(existing.resources.filter(({ name }) => name === "portcullis-trail-111122223333")).toEqual([]);
  });

  test("gives no sight of anything else in its bucket", () => {
    const [machine] = existing
      .ofType("AWS::StepFunctions::StateMachine")
      .filter(({ name }) => name === "portcullis-mitigate");
    const role = String(machine?.properties["RoleArn"]);
    const readable = resourcesOf(existing, role, "s3:GetObject").filter((arn) => arn.includes("org-trail"));
    expect(readable).toEqual([`arn:aws:s3:::${folder}*`]);
    expect(resourcesOf(existing, role, "kms:Decrypt")).toEqual([keyArn]);
  });

  test("lets files of before a window be left unread by their names, which hold no organization", () => {
    const folders = logFoldersOf(aDeployment({ trail }));
    expect(trailFileAt(folders.trail, Date.UTC(2026, 10, 22, 12))).toBe(
      `s3://${folder}2026/11/22/111122223333_CloudTrail_eu-west-1_20261122T1200Z`,
    );
  });
});

describe("fast logs", () => {
  const fast = readAssembly(synthesised(aDeployment({ logs: "fast" }), { checked: true }));
  const streams = fast.ofType("AWS::KinesisFirehose::DeliveryStream");

  test.each([
    { log: "edge", region: "us-east-1", folder: wafEdge },
    { log: "pool", region: "eu-west-1", folder: wafPool },
  ])("of the $log web ACL go through Firehose in its Region, to where the table looks", ({ log, region, folder }) => {
    const stream = streams.find(({ name }) => name === `aws-waf-logs-portcullis-${log}`);
    const { ExtendedS3DestinationConfiguration: s3 }: Properties = stream?.properties ?? {};
    expect(stream?.region).toBe(region);
    expect(`${s3.BucketARN.replace("arn:aws:s3:::", "s3://")}/${s3.Prefix}`).toBe(
      `${folder}!{timestamp:yyyy/MM/dd/HH/mm}/`,
    );
    expect(s3).toMatchObject({ BufferingHints: { IntervalInSeconds: 60 }, CompressionFormat: "GZIP" });
    const loggings: readonly Properties[] = fast.ofType("AWS::WAFv2::LoggingConfiguration");
    expect(loggings.flatMap(({ properties }) => properties.LogDestinationConfigs)).toContain(stream?.arn);
    expect(actionsOf(fast, s3.RoleARN)).toContain("s3:PutObject");
  });

  test("lie in folders of minutes, and those of five minutes from before are among them", () => {
    const [table] = fast.ofType("AWS::Glue::Table").filter(({ properties }) => nameOf(properties) === "waf_edge");
    const { Parameters }: Properties = table?.properties["TableInput"] ?? {};
    expect(Parameters).toMatchObject({ "projection.dt.interval": "1", "projection.dt.interval.unit": "MINUTES" });
    const projection = projectionOf("dt", Parameters);
    const now = Date.UTC(2026, 10, 22, 12, 30);
    for (const minute of ["00", "05", "07", "29"])
      expect(projection.includes(`2026/11/22/12/${minute}`, now)).toBe(true);
  });

  test("nothing else of the stacks changes its id", () => {
    const ids = (each: Assembly) => each.resources.map(({ stack, logicalId }) => `${stack}/${logicalId}`);
    const added = ids(fast).filter((id) => !ids(assembly).includes(id));
    expect(
      ids(assembly)
        .filter((id) => !ids(fast).includes(id))
        .every((id) => id.includes("CurrentVersion")),
    ).toBe(true);
    expect(added.filter((id) => !/CurrentVersion|WafLogsStream|\/FastTrail|Sensorsfasttrail/.test(id))).toEqual([]);
  });

  test("of CloudTrail come by EventBridge as well, one record a line, to where their table looks", () => {
    const { ExtendedS3DestinationConfiguration: s3, ...stream }: Properties =
      streams.find(({ name }) => name === "portcullis-fast-trail")?.properties ?? {};
    expect(stream).toMatchObject({ DeliveryStreamType: "DirectPut" });
    expect(s3).toMatchObject({
      BufferingHints: { IntervalInSeconds: 60 },
      ProcessingConfiguration: { Enabled: true, Processors: [{ Type: "AppendDelimiterToRecord" }] },
    });
    const [table] = fast
      .ofType("AWS::Glue::Table")
      .filter(({ properties }) => nameOf(properties) === "cloudtrail_fast");
    const { Parameters, StorageDescriptor }: Properties = table?.properties["TableInput"] ?? {};
    const prefix = `${s3.BucketARN.replace("arn:aws:s3:::", "s3://")}/${s3.Prefix}`;
    expect(prefix).toBe(`${logFoldersOf(aDeployment({ logs: "fast" })).fastTrail}!{timestamp:yyyy/MM/dd/HH/mm}/`);
    expect(Parameters["storage.location.template"]).toBe(prefix.replace(/!.*/, "$" + "{dt}"));
    // The trail's own files have every record: a broken line here must fail no query.
    expect(StorageDescriptor.SerdeInfo.Parameters).toMatchObject({ "ignore.malformed.json": "true" });
  });

  test("the rule of the fast trail takes read-only calls too, of this account and Region alone", () => {
    const [rule] = fast.ofType("AWS::Events::Rule").filter(({ name }) => name === "portcullis-fast-trail");
    const { EventPattern, State, Targets }: Properties = rule?.properties ?? {};
    expect(State).toBe("ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS");
    expect(rule?.region).toBe("eu-west-1");
    expect(EventPattern).toEqual({
      source: ["aws.cognito-idp"],
      "detail-type": ["AWS API Call via CloudTrail", "AWS Service Event via CloudTrail"],
      account: ["111122223333"],
      region: ["eu-west-1"],
    });
    const stream = streams.find(({ name }) => name === "portcullis-fast-trail");
    expect(Targets).toMatchObject([{ Arn: stream?.arn, InputPath: "$.detail" }]);
    expect(actionsOf(fast, Targets[0].RoleArn)).toEqual(["firehose:PutRecord", "firehose:PutRecordBatch"]);
  });
});

describe("CloudFront's log", () => {
  const delivery = only(assembly, "AWS::Logs::Delivery").properties;

  test("comes as Parquet, one folder an hour, where the table looks for it", () => {
    expect(only(assembly, "AWS::Logs::DeliveryDestination").properties).toMatchObject({
      OutputFormat: "parquet",
      DestinationResourceArn: "arn:aws:s3:::portcullis-cloudfront-111122223333/cloudfront",
    });
    expect(delivery).toMatchObject({ S3SuffixPath: "{yyyy}/{MM}/{dd}/{HH}", S3EnableHiveCompatiblePath: false });
  });

  test("is the distribution's, and asks for the ASN, which is no default", () => {
    expect(only(assembly, "AWS::Logs::DeliverySource").properties).toMatchObject({
      LogType: "ACCESS_LOGS",
      ResourceArn: only(assembly, "AWS::CloudFront::Distribution").arn,
    });
    expect(delivery.RecordFields).toEqual(expect.arrayContaining(["asn", "c-country", "x-edge-request-id"]));
  });
});

test("the trail records every management event of the pool's Region", () => {
  const trail = only(assembly, "AWS::CloudTrail::Trail");
  expect(trail.region).toBe("eu-west-1");
  expect(trail.properties).toMatchObject({
    IsLogging: true,
    EnableLogFileValidation: true,
    S3BucketName: "portcullis-trail-111122223333",
    EventSelectors: [expect.objectContaining({ ReadWriteType: "All", IncludeManagementEvents: true })],
  });
});

test("Athena stops a query at the scan limit and nobody can lift it", () => {
  expect(only(assembly, "AWS::Athena::WorkGroup").properties.WorkGroupConfiguration).toMatchObject({
    EnforceWorkGroupConfiguration: true,
    BytesScannedCutoffPerQuery: 20 * 1024 * 1024,
    ResultConfiguration: { OutputLocation: "s3://portcullis-evidence-111122223333/athena/" },
  });
});

test.each([
  { name: "portcullis-rollups-111122223333", days: 14 },
  { name: "portcullis-evidence-111122223333", days: 90 },
  { name: "aws-waf-logs-portcullis-edge-111122223333", days: 90 },
  { name: "aws-waf-logs-portcullis-pool-111122223333", days: 90 },
  { name: "portcullis-cloudfront-111122223333", days: 90 },
  { name: "portcullis-trail-111122223333", days: 90 },
])("$name is private, encrypted and forgets after $days days", ({ name, days }) => {
  expect(bucket(name)).toMatchObject({
    PublicAccessBlockConfiguration: {
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    },
    OwnershipControls: { Rules: [{ ObjectOwnership: "BucketOwnerEnforced" }] },
    LifecycleConfiguration: { Rules: [expect.objectContaining({ ExpirationInDays: days, Status: "Enabled" })] },
  });
  expect(bucket(name).BucketEncryption.ServerSideEncryptionConfiguration).toHaveLength(1);
});
