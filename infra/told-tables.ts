import { Construct } from "constructs";

import { buildTable, partitions, tableFormats } from "./glue-table.ts";
import type { LogLake } from "./log-lake.ts";
import type { DeploymentProps } from "./stack-props.ts";

/** What our functions tell queries: one JSON object of one line each, in the evidence bucket. */
export class ToldTables extends Construct {
  constructor(scope: Construct, id: string, { names, lake }: DeploymentProps & { readonly lake: LogLake }) {
    super(scope, id);
    const common = { format: tableFormats.json, hiveFolders: true };
    const tables = [
      {
        ...common,
        /** What bans have answered, an object a plan or deed of a person (functions/block/answers.ts). */
        name: "ban_answers",
        columns: { at: "bigint", ends: "bigint", sources: "array<string>" },
        partition: partitions.banDays,
        location: `s3://${names.evidenceBucket}/bans/`,
      },
      {
        ...common,
        /** Which generation of an hour of `call_cells` counts, an object an hour (functions/detect/rollup-run.ts). */
        name: "registered_hours",
        columns: { generation: "bigint" },
        partition: partitions.rollupHours,
        location: `s3://${names.evidenceBucket}/registered/`,
      },
    ];
    for (const table of tables) buildTable(this, names.database, table).node.addDependency(lake.database);
  }
}
