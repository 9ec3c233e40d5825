import { Stack } from "aws-cdk-lib";
import { CfnDatabase } from "aws-cdk-lib/aws-glue";
import { Construct } from "constructs";

import { fastTrailFolder, logFoldersOf } from "../functions/domain/names.ts";
import { CLOUDFRONT_PREFIX } from "./cloudfront-logs.ts";
import { buildTable, partitions, type TableProps, tableFormats } from "./glue-table.ts";
import { cloudFrontColumns, cloudTrailColumns, fastTrailColumns, wafColumns } from "./log-tables.ts";
import type { DeploymentProps } from "./stack-props.ts";

/** The database and its Glue tables over the logs. */
export class LogLake extends Construct {
  readonly tables: readonly string[];
  /** Buckets and folders the tables read, some of them of the pool's stack or there before, and therefore by name. */
  readonly buckets: readonly string[];
  readonly folders: readonly string[];

  readonly database: CfnDatabase;

  constructor(scope: Construct, id: string, props: DeploymentProps) {
    super(scope, id);
    const { account } = Stack.of(this);
    this.database = new CfnDatabase(this, "Database", {
      catalogId: account,
      databaseInput: { name: props.names.database, description: "Logs of a user pool, its proxy and their web ACLs" },
    });
    const tables = logTables(props);
    for (const table of tables) buildTable(this, props.names.database, table).node.addDependency(this.database);
    this.tables = tables.map((table) => table.name);
    this.folders = tables.map(({ location }) => location.replace("s3://", ""));
    this.buckets = [...new Set(tables.map((table) => new URL(table.location).host))];
  }
}

function logTables({ deployment, names }: DeploymentProps): TableProps[] {
  const folders = logFoldersOf(deployment);
  // Files of five minutes lie in folders that the table of minutes projects, too: a change to `fast` loses none.
  const wafPartition = deployment.logs === "fast" ? partitions.minutes : partitions.fiveMinutes;
  const waf = { columns: wafColumns, format: tableFormats.json, partition: wafPartition };
  return [
    { name: "waf_edge", ...waf, location: folders.edge },
    { name: "waf_pool", ...waf, location: folders.pool },
    {
      name: "cloudtrail",
      columns: cloudTrailColumns,
      format: tableFormats.cloudTrail,
      partition: partitions.days,
      location: folders.trail,
    },
    {
      name: "cloudtrail_fast",
      columns: fastTrailColumns,
      // Whatever lies there, it fails no query: the trail's own files have it all.
      format: tableFormats.lenientJson,
      partition: partitions.minutes,
      location: fastTrailFolder(deployment),
    },
    {
      name: "cloudfront",
      columns: cloudFrontColumns,
      format: tableFormats.parquet,
      partition: partitions.hours,
      location: `s3://${names.cloudFrontLogs}/${CLOUDFRONT_PREFIX}/`,
    },
  ];
}
