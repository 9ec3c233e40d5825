/**
 * INSERT INTO … SELECT: one Parquet object for each partition that has rows, in the folder that the table projects for
 * it. Columns are matched by place, as Athena does, and the partition's stand last.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { makeOwnFolder } from "../at-exit.ts";
import { type DuckDb, queryRows } from "../duckdb.ts";
import type { ObjectStore } from "../s3.ts";
import type { GlueTable } from "./glue-table.ts";
import { duckDbType, quoted } from "./hive-type.ts";
import { literal, partitionColumns } from "./lake-names.ts";
import type { QueryResult } from "./result.ts";
import { QueryError } from "./sql-text.ts";

/** Athena writes no more in one statement. */
const MOST_PARTITIONS = 100;
const PENDING = "temp.pending_insert";

export interface Insert {
  readonly table: GlueTable;
  /** The query whose rows are inserted. */
  readonly query: string;
}

/** Null for a statement that is a query. */
export function insertOf(sql: string, tables: readonly GlueTable[], database: string): Insert | null {
  const [head, name = ""] = /^\s*INSERT\s+INTO\s+(\w+)\s/i.exec(sql) ?? [];
  if (head === undefined) return null;
  const table = tables.find((each) => each.database === database && each.name === name.toLowerCase());
  if (!table) throw new QueryError("TABLE_NOT_FOUND", `Table 'awsdatacatalog.${database}.${name}' does not exist`);
  if (table.format !== "parquet")
    throw new QueryError("NOT_SUPPORTED", `The local Athena inserts into Parquet tables only, and ${name} is none`);
  return { table, query: sql.slice(head.length) };
}

export interface InsertPlace {
  readonly store: ObjectStore;
  /** Of the query; objects are named by it. */
  readonly id: string;
}

/** Writes partition after partition, so what fails half-way leaves objects behind, as on AWS. */
export async function runInsert(
  db: DuckDb,
  { table, query }: Insert,
  { store, id }: InsertPlace,
): Promise<QueryResult> {
  const { connection } = db;
  const columns = [
    ...table.columns.map(({ name, type }) => ({ name, type: duckDbType(type) })),
    ...partitionColumns(table).map((name) => ({ name, type: "VARCHAR" })),
  ];
  const folder = makeOwnFolder("portcullis-insert-");
  try {
    await checkTypes(db, query, columns);
    await connection.run(`create temp table pending_insert as select * from (${query}\n) q(${names(columns)})`);
    const of = partitionColumns(table).map(quoted).join(", ");
    const partitions = await queryRows(
      connection,
      `select ${of}, count(*) as n from ${PENDING} group by all order by all`,
    );
    if (partitions.length > MOST_PARTITIONS)
      throw new QueryError(
        "HIVE_TOO_MANY_OPEN_PARTITIONS",
        `Exceeded limit of ${MOST_PARTITIONS} open writers for partitions`,
      );
    let written = 0;
    for (const partition of partitions) {
      const values = partitionColumns(table).map((name) => [name, String(partition[name])] as const);
      const file = join(folder.path, "rows.parquet");
      const where = values.map(([name, value]) => `${quoted(name)} = ${literal(value)}`).join(" and ");
      await connection.run(
        `copy (select ${casts(columns.slice(0, table.columns.length))} from ${PENDING} where ${where}) to ${literal(file)} (format parquet)`,
      );
      store.put(table.layout.bucket, `${table.layout.folderOf(Object.fromEntries(values))}${id}`, readFileSync(file));
      written += Number(partition["n"]);
    }
    return { columns: [{ name: "rows", type: "bigint" }], rows: [[String(written)]] };
  } finally {
    await connection.run(`drop table if exists ${PENDING}`);
    folder.remove();
  }
}

type Column = { readonly name: string; readonly type: string };

function names(columns: readonly Column[]): string {
  return columns.map(({ name }) => quoted(name)).join(", ");
}

function casts(columns: readonly Column[]): string {
  return columns.map(({ name, type }) => `cast(${quoted(name)} as ${type}) as ${quoted(name)}`).join(", ");
}

/** DuckDB would turn numbers into text and back; Athena refuses what is not of the column's type. */
async function checkTypes({ connection }: DuckDb, query: string, columns: readonly Column[]): Promise<void> {
  const given = await queryRows(connection, `describe (${query}\n)`);
  const types = given.map((row) => kindOf(String(row["column_type"])));
  if (types.join() !== columns.map(({ type }) => kindOf(type)).join())
    throw new QueryError(
      "TYPE_MISMATCH",
      `Insert query has mismatched column types: Table: [${columns.map(({ type }) => type)}], Query: [${types}]`,
    );
}

/** DuckDB sums into 128 bits, Trino into bigint. */
function kindOf(type: string): string {
  return type === "HUGEINT" ? "BIGINT" : type;
}
