/** Names of a Glue table's parts in DuckDB. */
import type { GlueTable } from "./glue-table.ts";
import { quoted } from "./hive-type.ts";

export function partitionColumns(table: GlueTable): string[] {
  return table.layout.projections.map(({ column }) => column);
}

export function rowsOf({ name }: GlueTable): string {
  return `lake.${quoted(name)}`;
}

export function bytesOf({ name }: GlueTable): string {
  return `lake.${quoted(`${name}_objects`)}`;
}

export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
