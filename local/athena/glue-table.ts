/** The Glue tables of the template, as Athena would read them. */
import * as z from "zod";

import { NotSupportedError } from "../../functions/domain/errors.ts";
import type { Assembly, Resource } from "../template.ts";
import { type HiveType, parseHiveType } from "./hive-type.ts";
import { type Layout, layoutOf, projectionOf } from "./partition.ts";

type LogFormat = "json" | "cloudtrail" | "parquet";

export interface GlueTable {
  readonly database: string;
  readonly name: string;
  readonly arn: string;
  readonly columns: readonly { readonly name: string; readonly type: HiveType }[];
  readonly format: LogFormat;
  /** A line that is no JSON object gives a row of nulls; without this it fails the query. */
  readonly ignoresMalformed: boolean;
  readonly layout: Layout;
}

const columns = z.array(z.object({ Name: z.string(), Type: z.string() }));
const tableSchema = z.object({
  DatabaseName: z.string(),
  TableInput: z.object({
    Name: z.string(),
    Parameters: z.record(z.string(), z.string()),
    PartitionKeys: columns.min(1),
    StorageDescriptor: z.object({
      Columns: columns.min(1),
      InputFormat: z.string(),
      SerdeInfo: z.object({
        SerializationLibrary: z.string(),
        Parameters: z.record(z.string(), z.string()).default({}),
      }),
    }),
  }),
});

/** Formats by SerDe and input format: the one without the other reads something else, or nothing. */
const formats: Readonly<Record<string, LogFormat>> = {
  "org.openx.data.jsonserde.JsonSerDe org.apache.hadoop.mapred.TextInputFormat": "json",
  "org.apache.hive.hcatalog.data.JsonSerDe com.amazon.emr.cloudtrail.CloudTrailInputFormat": "cloudtrail",
  "com.amazon.emr.hive.serde.CloudTrailSerde com.amazon.emr.cloudtrail.CloudTrailInputFormat": "cloudtrail",
  "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat":
    "parquet",
};

export function glueTables(assembly: Pick<Assembly, "ofType">): GlueTable[] {
  return assembly.ofType("AWS::Glue::Table").map(tableOf);
}

function tableOf(resource: Resource): GlueTable {
  const { DatabaseName, TableInput } = tableSchema.parse(resource.properties);
  const { Name, Parameters, PartitionKeys, StorageDescriptor } = TableInput;
  const { SerializationLibrary, Parameters: serde } = StorageDescriptor.SerdeInfo;
  const format = formats[`${SerializationLibrary} ${StorageDescriptor.InputFormat}`];
  if (!format)
    throw new NotSupportedError(
      `Table ${Name}: the local Athena cannot read ${SerializationLibrary} with ${StorageDescriptor.InputFormat}`,
    );
  if (Parameters["projection.enabled"] !== "true")
    throw new NotSupportedError(`Table ${Name}: the local Athena knows projected partitions only`);
  const partitions = PartitionKeys.map((key) => projectionOf(key.Name, Parameters));
  return {
    database: DatabaseName,
    name: Name,
    arn: `arn:aws:glue:${resource.region}:${resource.account}:table/${DatabaseName}/${Name}`,
    columns: StorageDescriptor.Columns.map((column) => ({ name: column.Name, type: parseHiveType(column.Type) })),
    format,
    ignoresMalformed: serde["ignore.malformed.json"]?.toLowerCase() === "true",
    layout: layoutOf(Parameters["storage.location.template"] ?? "", partitions),
  };
}
