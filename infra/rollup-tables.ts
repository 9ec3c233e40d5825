import { Construct } from "constructs";

import { buildTable, partitions, type TableProps, tableFormats } from "./glue-table.ts";
import { LogBucket } from "./log-bucket.ts";
import type { LogLake } from "./log-lake.ts";
import type { Columns } from "./log-tables.ts";
import type { DeploymentProps } from "./stack-props.ts";

/** Seven days of history, and as much again for whoever looks for the reason of a verdict. */
const KEEP_DAYS = 14;

const columnsOf = (type: string, names: string): Columns =>
  Object.fromEntries(names.split(" ").map((name) => [name, type]));

/** In the order of queries/rollup-cells.sql, for an INSERT knows places and no names. Instants are milliseconds. */
export const cellColumns: Columns = {
  ...columnsOf("string", "source_ip source_range ja4 path operation"),
  slot: "bigint",
  ...columnsOf("string", "user_tag sub"),
  ...columnsOf(
    "bigint",
    "calls successes steps accepted failures faults throttled blocked rate_blocked unknown secret_failures guesses " +
      "unknown_users existing_users code_mismatches unknown_clients unserved allow_listed ip_mismatches direct_calls " +
      "first_ts last_ts generation",
  ),
};

/** In the order of queries/rollup-user-days.sql. */
export const userDayColumns: Columns = {
  ...columnsOf("string", "source_ip user_kind user_name"),
  ...columnsOf("bigint", "successes failures generation"),
};

/** What the logs come to, hour by hour and day by day: the bucket that holds it, and its Glue tables. */
export class RollupTables extends Construct {
  readonly bucket: LogBucket;
  readonly tables: readonly string[];

  constructor(scope: Construct, id: string, props: DeploymentProps & { readonly lake: LogLake }) {
    super(scope, id);
    const { names, lake } = props;
    this.bucket = new LogBucket(this, "Bucket", { bucketName: names.rollups, expireDays: KEEP_DAYS });
    const tables = rollupTables(names.rollups);
    for (const table of tables) buildTable(this, names.database, table).node.addDependency(lake.database);
    this.tables = tables.map(({ name }) => name);
  }
}

function rollupTables(bucket: string): TableProps[] {
  const common = { format: tableFormats.parquet, hiveFolders: true };
  return [
    {
      ...common,
      name: "call_cells",
      columns: cellColumns,
      partition: partitions.rollupHours,
      location: `s3://${bucket}/call_cells/`,
    },
    {
      ...common,
      name: "user_days",
      columns: userDayColumns,
      partition: partitions.rollupDays,
      location: `s3://${bucket}/user_days/`,
    },
  ];
}
