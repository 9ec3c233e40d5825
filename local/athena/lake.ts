/**
 * The log lake in DuckDB: each object is read once, when a query first sees it; a query then sees the rows of the
 * partitions that its tables project at that moment.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import type { Instant } from "../../functions/domain/instant.ts";
import { makeOwnFolder } from "../at-exit.ts";
import { type DuckDb, queryRows } from "../duckdb.ts";
import type { ObjectStore, StoredObject } from "../s3.ts";
import type { GlueTable } from "./glue-table.ts";
import { duckDbType, quoted } from "./hive-type.ts";
import { bytesOf, literal, partitionColumns, rowsOf } from "./lake-names.ts";
import { readLogRows } from "./log-rows.ts";
import { partitionScans, prepareQuery } from "./scan-plan.ts";
import { QueryError } from "./sql-text.ts";

export interface Lake {
  /** Makes the tables of `database` show what lies in S3 at `now`. */
  refresh(database: string, now: Instant): Promise<void>;
  /** Prepares a query (`PREPARED` runs it) and counts the bytes of the objects that it has to read. Throws `QueryError` if one cannot be read. */
  prepare(sql: string): Promise<number>;
}

interface Loaded extends StoredObject {
  readonly problem: string | null;
}

/** Rows and bytes are told apart by object: its S3 address, under the name of Athena's hidden column. */
const OBJECT = '"$path"';

function addressOf({ layout }: GlueTable, key: string): string {
  return `s3://${layout.bucket}/${key}`;
}

export function createLake(db: DuckDb, tables: readonly GlueTable[], store: ObjectStore): Lake {
  const { connection } = db;
  const loaded = new Map<GlueTable, Map<string, Loaded>>(tables.map((table) => [table, new Map()]));
  let made: Promise<void> | undefined;
  /** The statement that made each table's view; most queries see what the one before them saw. */
  const shown = new Map<GlueTable, string>();
  let searched = "";

  async function make(): Promise<void> {
    await connection.run("create schema lake");
    for (const table of tables) {
      const columns = table.columns.map(({ name, type }) => `${quoted(name)} ${duckDbType(type)}`);
      const partitions = partitionColumns(table).map((name) => `${quoted(name)} VARCHAR`);
      await connection.run(`create schema if not exists ${quoted(table.database)}`);
      await connection.run(
        `create table ${rowsOf(table)} (${[...columns, ...partitions, `${OBJECT} VARCHAR`].join(", ")})`,
      );
      await connection.run(
        `create table ${bytesOf(table)} (${[...partitions, `${OBJECT} VARCHAR`, "bytes BIGINT", "problem VARCHAR"].join(", ")})`,
      );
    }
  }

  async function refreshTable(table: GlueTable, now: Instant): Promise<void> {
    const known = loaded.get(table) ?? new Map<string, Loaded>();
    const { bucket, prefix } = table.layout;
    const present = store.list(bucket, prefix).filter(({ key }) => table.layout.partitionOf(key) !== null);
    const keys = new Set(present.map(({ key }) => key));
    for (const gone of [...known.keys()].filter((key) => !keys.has(key))) {
      await forget(table, gone);
      known.delete(gone);
    }
    for (const object of present) {
      const before = known.get(object.key);
      if (before && before.size === object.size && before.modifiedAt === object.modifiedAt) continue;
      if (before) await forget(table, object.key);
      known.set(object.key, { ...object, problem: await load(table, object) });
    }
    await show(table, [...keys], now);
  }

  async function forget(table: GlueTable, key: string): Promise<void> {
    for (const name of [rowsOf(table), bytesOf(table)])
      await connection.run(`delete from ${name} where ${OBJECT} = $1`, [addressOf(table, key)]);
  }

  async function load(table: GlueTable, { key, size }: StoredObject): Promise<string | null> {
    const problem = table.format === "parquet" ? await loadParquet(table, key) : await loadJson(table, key);
    const partition = Object.values(table.layout.partitionOf(key) ?? {});
    const places = [...partition, key].map((_, index) => `$${index + 1}`);
    const why = problem === null ? "null" : literal(problem);
    await connection.run(`insert into ${bytesOf(table)} values (${places.join(", ")}, ${size}, ${why})`, [
      ...partition,
      addressOf(table, key),
    ]);
    return problem;
  }

  async function loadJson(table: GlueTable, key: string): Promise<string | null> {
    const { bucket } = table.layout;
    const { rows, problem } = readLogRows(table, key, store.get(bucket, key) ?? Buffer.alloc(0));
    if (rows.length === 0) return problem;
    const folder = makeOwnFolder("portcullis-athena-");
    try {
      const file = join(folder.path, "rows.json");
      writeFileSync(file, rows.map((row) => JSON.stringify(row)).join("\n"));
      const columns = table.columns.map(({ name, type }) => `${literal(name)}: ${literal(duckDbType(type))}`);
      await insert(
        table,
        key,
        `read_json(${literal(file)}, format = 'newline_delimited', records = true, maximum_object_size = 67108864, columns = {${columns.join(", ")}})`,
        new Set(table.columns.map(({ name }) => name)),
      );
    } finally {
      folder.remove();
    }
    return problem;
  }

  async function loadParquet(table: GlueTable, key: string): Promise<string | null> {
    const file = literal(store.fileOf(table.layout.bucket, key));
    try {
      const fields = await queryRows(connection, `select name from parquet_schema(${file})`);
      await insert(table, key, `read_parquet(${file})`, new Set(fields.map(({ name }) => String(name))));
      return null;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  /** Columns that a file does not have are null, as in a table that is older than its newest column. */
  async function insert(table: GlueTable, key: string, from: string, present: ReadonlySet<string>): Promise<void> {
    const lower = new Map([...present].map((name) => [name.toLowerCase(), name]));
    const columns = table.columns.map(({ name, type }) => {
      const found = lower.get(name.toLowerCase());
      return `cast(${found === undefined ? "null" : quoted(found)} as ${duckDbType(type)})`;
    });
    const partition = Object.values(table.layout.partitionOf(key) ?? {});
    await connection.run(
      `insert into ${rowsOf(table)} select ${[...columns, ...[...partition, addressOf(table, key)].map(literal)].join(", ")} from ${from}`,
    );
  }

  /** The table that queries name: rows of the partitions projected at this moment. */
  async function show(table: GlueTable, keys: readonly string[], now: Instant): Promise<void> {
    const { layout } = table;
    const visible = keys.filter((key) => {
      const values = layout.partitionOf(key);
      return values !== null && layout.projections.every(({ column, includes }) => includes(values[column] ?? "", now));
    });
    const columns = [...table.columns.map(({ name }) => name), ...partitionColumns(table), "$path"]
      .map(quoted)
      .join(", ");
    const hidden = keys.length - visible.length;
    const among =
      visible.length === 0
        ? "where false"
        : `where ${OBJECT} in (${visible.map((key) => literal(addressOf(table, key))).join(", ")})`;
    const view = `create or replace view ${quoted(table.database)}.${quoted(table.name)} as select ${columns} from ${rowsOf(table)} ${hidden === 0 ? "" : among}`;
    if (shown.get(table) === view) return;
    await connection.run(view);
    shown.set(table, view);
  }

  return {
    async refresh(database, now) {
      made ??= make();
      await made;
      const known = tables.filter((table) => table.database === database);
      if (known.length === 0) throw new QueryError("SCHEMA_NOT_FOUND", `Schema '${database}' does not exist`);
      for (const table of known) await refreshTable(table, now);
      if (searched === database) return;
      await connection.run(`set search_path = ${literal(`${quoted(database)},main`)}`);
      searched = database;
    },
    async prepare(sql) {
      await prepareQuery(db, sql);
      const scans = await partitionScans(db, tables);
      let bytes = 0;
      for (const { table, filters } of scans) {
        const where = filters.length === 0 ? "" : `where ${filters.map((filter) => `(${filter})`).join(" and ")}`;
        const [row] = await queryRows(
          connection,
          `select coalesce(sum(bytes), 0) as bytes, max(problem) as problem, max(${OBJECT}) filter (problem is not null) as object from ${bytesOf(table)} ${where}`,
        );
        if (row?.problem) throw new QueryError("HIVE_CURSOR_ERROR", `${row.problem} (${row.object})`);
        bytes += Number(row?.bytes ?? 0);
      }
      return bytes;
    },
  };
}
