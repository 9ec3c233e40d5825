import { Stack } from "aws-cdk-lib";
import { CfnDatabase, CfnTable } from "aws-cdk-lib/aws-glue";
import { Construct } from "constructs";

import { poolRegion } from "../functions/domain/deployment.ts";
import { CLOUDFRONT_PREFIX } from "./cloudfront-logs.ts";
import { type Columns, cloudFrontColumns, cloudTrailColumns, wafColumns } from "./log-tables.ts";
import type { DeploymentProps } from "./stack-props.ts";

interface LogTable {
  readonly name: string;
  readonly columns: Columns;
  readonly format: Format;
  readonly partition: Partition;
  /** S3 address of the folder that holds the partitions. */
  readonly location: string;
}
interface Format {
  readonly serde: string;
  readonly input: string;
  readonly output: string;
}
interface Partition {
  readonly column: string;
  readonly format: string;
  readonly start: string;
  readonly interval: number;
  readonly unit: "MINUTES" | "HOURS" | "DAYS";
}

const HIVE_TEXT_OUTPUT = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat";
const formats = {
  json: {
    serde: "org.openx.data.jsonserde.JsonSerDe",
    input: "org.apache.hadoop.mapred.TextInputFormat",
    output: HIVE_TEXT_OUTPUT,
  },
  cloudTrail: {
    serde: "org.apache.hive.hcatalog.data.JsonSerDe",
    input: "com.amazon.emr.cloudtrail.CloudTrailInputFormat",
    output: HIVE_TEXT_OUTPUT,
  },
  parquet: {
    serde: "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
    input: "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    output: "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
  },
} satisfies Record<string, Format>;

/**
 * Partitions are counted from `start` in steps of `interval`, so `start` must be a fixed instant that the log's own
 * folders are aligned to: with `NOW-7DAYS` five-minute steps would name folders (…/12/03) that no log ever fills.
 */
const partitions = {
  fiveMinutes: { column: "dt", format: "yyyy/MM/dd/HH/mm", start: "2026/01/01/00/00", interval: 5, unit: "MINUTES" },
  hours: { column: "dt", format: "yyyy/MM/dd/HH", start: "2026/01/01/00", interval: 1, unit: "HOURS" },
  days: { column: "day", format: "yyyy/MM/dd", start: "2026/01/01", interval: 1, unit: "DAYS" },
} satisfies Record<string, Partition>;

/** The Glue tables over the logs. Partitions are projected: nothing has to be added as days go by. */
export class LogLake extends Construct {
  readonly tables: readonly string[];
  /** Buckets the tables read, some of them of the pool's stack and therefore by name. */
  readonly buckets: readonly string[];

  constructor(scope: Construct, id: string, props: DeploymentProps) {
    super(scope, id);
    const { account } = Stack.of(this);
    const database = new CfnDatabase(this, "Database", {
      catalogId: account,
      databaseInput: { name: props.names.database, description: "Logs of a user pool, its proxy and their web ACLs" },
    });
    const tables = logTables(props);
    for (const table of tables) this.buildTable(props.names.database, table).node.addDependency(database);
    this.tables = tables.map((table) => table.name);
    this.buckets = [...new Set(tables.map((table) => new URL(table.location).host))];
  }

  private buildTable(databaseName: string, { name, columns, format, partition, location }: LogTable): CfnTable {
    return new CfnTable(this, name, {
      catalogId: Stack.of(this).account,
      databaseName,
      tableInput: {
        name,
        tableType: "EXTERNAL_TABLE",
        partitionKeys: [{ name: partition.column, type: "string" }],
        parameters: { EXTERNAL: "TRUE", ...projection(partition, location) },
        storageDescriptor: {
          columns: Object.entries(columns).map(([column, type]) => ({ name: column, type })),
          location,
          inputFormat: format.input,
          outputFormat: format.output,
          serdeInfo: { serializationLibrary: format.serde, parameters: { "serialization.format": "1" } },
          numberOfBuckets: -1,
        },
      },
    });
  }
}

function projection({ column, format, start, interval, unit }: Partition, location: string): Record<string, string> {
  const key = (suffix: string) => `projection.${column}.${suffix}`;
  return {
    "projection.enabled": "true",
    [key("type")]: "date",
    [key("format")]: format,
    [key("range")]: `${start},NOW`,
    [key("interval")]: String(interval),
    [key("interval.unit")]: unit,
    "storage.location.template": `${location}\${${column}}`,
  };
}

/** Locations as AWS lays them out; the Region of a CLOUDFRONT web ACL is the word `cloudfront`. */
function logTables({ deployment, names }: DeploymentProps): LogTable[] {
  const region = poolRegion(deployment);
  const logs = (bucket: string, path: string) => `s3://${bucket}/AWSLogs/${deployment.account}/${path}/`;
  const waf = { columns: wafColumns, format: formats.json, partition: partitions.fiveMinutes };
  // Without a web ACL on the pool the queries still read its table: an empty folder of the edge's bucket.
  const poolBucket = deployment.poolProtection === "none" ? names.edgeWafLogs : names.poolWafLogs;
  return [
    { name: "waf_edge", ...waf, location: logs(names.edgeWafLogs, `WAFLogs/cloudfront/${names.edgeAcl}`) },
    { name: "waf_pool", ...waf, location: logs(poolBucket, `WAFLogs/${region}/${names.poolAcl}`) },
    {
      name: "cloudtrail",
      columns: cloudTrailColumns,
      format: formats.cloudTrail,
      partition: partitions.days,
      location: logs(names.trailLogs, `CloudTrail/${region}`),
    },
    {
      name: "cloudfront",
      columns: cloudFrontColumns,
      format: formats.parquet,
      partition: partitions.hours,
      location: `s3://${names.cloudFrontLogs}/${CLOUDFRONT_PREFIX}/`,
    },
  ];
}
