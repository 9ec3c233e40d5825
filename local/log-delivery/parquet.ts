/** Parquet files with text columns only, as CloudFront's standard logging v2 writes them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";

import { makeOwnFolder } from "../at-exit.ts";

type TextRow = Readonly<Record<string, string>>;

export interface ParquetWriter {
  /** One file of these columns, in their order; a row's missing column is `-`, as in CloudFront's logs. */
  write(columns: readonly string[], rows: readonly TextRow[]): Promise<Buffer>;
  close(): Promise<void>;
}

/** The engine is opened with the first file: most tests never write one. */
export function createParquetWriter(): ParquetWriter {
  let engine: Promise<{ instance: DuckDBInstance; connection: DuckDBConnection }> | undefined;

  async function open() {
    const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
    return { instance, connection: await instance.connect() };
  }

  async function write(columns: readonly string[], rows: readonly TextRow[]): Promise<Buffer> {
    engine ??= open();
    const { connection } = await engine;
    const folder = makeOwnFolder("portcullis-parquet-");
    try {
      const file = join(folder.path, "part.parquet");
      await fill(connection, columns, rows);
      await connection.run(`copy records to ${quote(file, "'")} (format parquet)`);
      return readFileSync(file);
    } finally {
      folder.remove();
    }
  }

  // All files go through one table, so one after the other.
  let last: Promise<unknown> = Promise.resolve();
  return {
    write(columns, rows) {
      const written = last.then(() => write(columns, rows));
      last = written.catch(() => undefined);
      return written;
    },
    async close() {
      await last;
      const opened = await engine;
      engine = undefined;
      opened?.connection.closeSync();
      opened?.instance.closeSync();
    },
  };
}

async function fill(connection: DuckDBConnection, columns: readonly string[], rows: readonly TextRow[]): Promise<void> {
  const list = columns.map((column) => `${quote(column, '"')} varchar`).join(", ");
  await connection.run(`create or replace table records (${list})`);
  const appender = await connection.createAppender("records");
  for (const row of rows) {
    for (const column of columns) appender.appendVarchar(row[column] ?? "-");
    appender.endRow();
  }
  appender.closeSync();
}

function quote(text: string, mark: string): string {
  return `${mark}${text.replaceAll(mark, mark + mark)}${mark}`;
}
