import { Stack } from "aws-cdk-lib";
import { CfnTable } from "aws-cdk-lib/aws-glue";
import type { Construct } from "constructs";

import type { Columns } from "./log-tables.ts";

export interface TableProps {
  readonly name: string;
  readonly columns: Columns;
  readonly format: Format;
  readonly partition: Partition;
  /** S3 address of the folder that holds the partitions. */
  readonly location: string;
  /** Folders are called `dt=…`, as Athena lays them by an INSERT; else by the value alone. */
  readonly hiveFolders?: boolean;
}
interface Format {
  readonly serde: string;
  readonly serdeParameters?: Readonly<Record<string, string>>;
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
const json = {
  serde: "org.openx.data.jsonserde.JsonSerDe",
  input: "org.apache.hadoop.mapred.TextInputFormat",
  output: HIVE_TEXT_OUTPUT,
};
export const tableFormats = {
  json,
  /** A line that is no JSON is a row of nulls. */
  lenientJson: { ...json, serdeParameters: { "ignore.malformed.json": "true" } },
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

/** How folders of minutes are called, by WAF itself and by Firehose. */
export const EVERY_MINUTE = "yyyy/MM/dd/HH/mm";

/**
 * Partitions are counted from `start` in steps of `interval`, so `start` must be a fixed instant that the log's own
 * folders are aligned to: with `NOW-7DAYS` five-minute steps would name folders (…/12/03) that no log ever fills.
 */
export const partitions = {
  fiveMinutes: { column: "dt", format: EVERY_MINUTE, start: "2026/01/01/00/00", interval: 5, unit: "MINUTES" },
  minutes: { column: "dt", format: EVERY_MINUTE, start: "2026/01/01/00/00", interval: 1, unit: "MINUTES" },
  hours: { column: "dt", format: "yyyy/MM/dd/HH", start: "2026/01/01/00", interval: 1, unit: "HOURS" },
  days: { column: "day", format: "yyyy/MM/dd", start: "2026/01/01", interval: 1, unit: "DAYS" },
  // A Hive folder's name holds no slash.
  rollupHours: { column: "dt", format: "yyyy-MM-dd-HH", start: "2026-01-01-00", interval: 1, unit: "HOURS" },
  banDays: { column: "dt", format: "yyyy-MM-dd", start: "2026-01-01", interval: 1, unit: "DAYS" },
  rollupDays: { column: "day", format: "yyyy-MM-dd", start: "2026-01-01", interval: 1, unit: "DAYS" },
} satisfies Record<string, Partition>;

/** A Glue table whose partitions are projected: nothing has to be added as days go by. */
export function buildTable(scope: Construct, databaseName: string, table: TableProps): CfnTable {
  const { name, columns, format, partition, location } = table;
  return new CfnTable(scope, name, {
    catalogId: Stack.of(scope).account,
    databaseName,
    tableInput: {
      name,
      tableType: "EXTERNAL_TABLE",
      partitionKeys: [{ name: partition.column, type: "string" }],
      parameters: { EXTERNAL: "TRUE", ...projection(table) },
      storageDescriptor: {
        columns: Object.entries(columns).map(([column, type]) => ({ name: column, type })),
        location,
        inputFormat: format.input,
        outputFormat: format.output,
        serdeInfo: {
          serializationLibrary: format.serde,
          parameters: { "serialization.format": "1", ...format.serdeParameters },
        },
        numberOfBuckets: -1,
      },
    },
  });
}

function projection({ partition, location, hiveFolders = false }: TableProps): Record<string, string> {
  const { column, format, start, interval, unit } = partition;
  const key = (suffix: string) => `projection.${column}.${suffix}`;
  return {
    "projection.enabled": "true",
    [key("type")]: "date",
    [key("format")]: format,
    [key("range")]: `${start},NOW`,
    [key("interval")]: String(interval),
    [key("interval.unit")]: unit,
    "storage.location.template": `${location}${hiveFolders ? `${column}=` : ""}\${${column}}`,
  };
}
