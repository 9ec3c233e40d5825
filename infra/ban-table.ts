import { Construct } from "constructs";

import { buildTable, partitions, tableFormats } from "./glue-table.ts";
import type { LogLake } from "./log-lake.ts";
import type { DeploymentProps } from "./stack-props.ts";

/** What the evidence queries are told of claims: one object a plan or deed of a person, one line in it (functions/block/answers.ts). */
export class BanTable extends Construct {
  constructor(scope: Construct, id: string, { names, lake }: DeploymentProps & { readonly lake: LogLake }) {
    super(scope, id);
    const table = buildTable(this, names.database, {
      name: "ban_answers",
      columns: { at: "bigint", ends: "bigint", sources: "array<string>" },
      format: tableFormats.json,
      partition: partitions.banDays,
      location: `s3://${names.evidenceBucket}/bans/`,
      hiveFolders: true,
    });
    table.node.addDependency(lake.database);
  }
}
