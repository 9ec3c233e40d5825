/** The same statements on DuckDB, by the lake of the local Athena. */
import type { Instant } from "../../../functions/domain/instant.ts";
import { glueTables } from "../../../local/athena/glue-table.ts";
import { createLake } from "../../../local/athena/lake.ts";
import { type QueryResult, runQuery } from "../../../local/athena/result.ts";
import { withParameters } from "../../../local/athena/sql-text.ts";
import { openDuckDb } from "../../../local/duckdb.ts";
import type { ObjectStore } from "../../../local/s3.ts";
import type { Assembly } from "../../../local/template.ts";
import type { Statement } from "./queries.ts";

export interface DuckDbLake {
  answer(statement: Statement): Promise<QueryResult>;
  close(): void;
}

/** Shows what lies in the store at this moment; `now` is the end of the projected partitions. */
export async function openDuckDbLake(
  assembly: Assembly,
  store: ObjectStore,
  database: string,
  now: Instant,
): Promise<DuckDbLake> {
  const db = await openDuckDb({ threads: 1 });
  await createLake(db, glueTables(assembly), store).refresh(database, now);
  return {
    answer: ({ sql, parameters }) => runQuery(db.connection, withParameters(sql, parameters)),
    close: db.close,
  };
}
