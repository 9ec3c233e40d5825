/** Query executions: one after the other, on a lake that is refreshed before each. */
import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";

import * as z from "zod";

import type { Instant } from "../../functions/domain/instant.ts";
import { AwsError } from "../aws-wire.ts";
import type { DuckDb } from "../duckdb.ts";
import type { Clock, Metrics } from "../ports.ts";
import type { ObjectStore } from "../s3.ts";
import type { GlueTable } from "./glue-table.ts";
import { insertOf, runInsert } from "./insert.ts";
import type { Lake } from "./lake.ts";
import { type QueryResult, resultCsv, rowsOfCsv, runQuery } from "./result.ts";
import { PREPARED } from "./scan-plan.ts";
import { checkStatement, QueryError, withParameters } from "./sql-text.ts";
import type { WorkGroup } from "./work-group.ts";

const startSchema = z.object({
  QueryString: z.string().min(1).max(262_144),
  ExecutionParameters: z.array(z.string().min(1).max(1024)).min(1).optional(),
  QueryExecutionContext: z.object({ Database: z.string(), Catalog: z.literal("AwsDataCatalog").optional() }),
  WorkGroup: z.string(),
  ClientRequestToken: z.string().min(32).max(128).optional(),
});
type StartRequest = z.infer<typeof startSchema>;

export interface Query {
  readonly id: string;
  readonly request: StartRequest;
  readonly workGroup: WorkGroup;
  readonly submittedAt: Instant;
  readonly state: "QUEUED" | "RUNNING" | "SUCCEEDED" | "FAILED" | "CANCELLED";
  readonly reason: string | null;
  readonly endedAt: Instant | null;
  readonly bytesScanned: number;
  /** Of the result, whose rows lie in S3; null: there is none. */
  readonly columns: QueryResult["columns"] | null;
}

export interface Queries {
  start(request: unknown): Query;
  find(id: string): Query;
  /** Read from S3, as Athena does: a query's history holds no rows. Null if there is none (yet). */
  resultOf(id: string): QueryResult | null;
  stop(id: string): void;
  /** Resolves once the query is over, however. */
  ended(id: string): Promise<Query>;
  /** Resolves once nothing is queued or running. */
  idle(): Promise<void>;
}

export interface QueriesOptions {
  readonly clock: Clock;
  readonly db: Promise<DuckDb>;
  readonly lake: Promise<Lake>;
  readonly tables: readonly GlueTable[];
  readonly store: ObjectStore;
  readonly metrics: Metrics;
  readonly workGroup: (name: string) => WorkGroup;
}

type Draft = { -readonly [Key in keyof Query]: Query[Key] };

export function createQueries({ clock, db, lake, tables, store, metrics, workGroup }: QueriesOptions): Queries {
  const queries = new Map<string, { readonly query: Draft; readonly over: Promise<Query> }>();
  // DuckDB runs one statement a connection at a time, so queries wait in line as they do in a busy workgroup.
  let line: Promise<unknown> = Promise.resolve();

  async function execute(query: Draft): Promise<void> {
    if (query.state !== "QUEUED") return;
    query.state = "RUNNING";
    const { QueryString, ExecutionParameters = [], QueryExecutionContext } = query.request;
    const sql = withParameters(QueryString, ExecutionParameters);
    const opened = await lake;
    await opened.refresh(QueryExecutionContext.Database, query.submittedAt);
    const insert = insertOf(sql, tables, QueryExecutionContext.Database);
    query.bytesScanned = await opened.prepare(insert?.query ?? sql);
    const limit = query.workGroup.bytesScannedCutoff;
    if (limit !== null && query.bytesScanned > limit) {
      query.bytesScanned = limit;
      end(query, "CANCELLED", `Bytes scanned limit was exceeded`);
      return;
    }
    const result = insert
      ? await runInsert(await db, insert, { store, id: query.id })
      : await runQuery((await db).connection, PREPARED);
    if (query.endedAt !== null) return;
    query.columns = result.columns;
    const { bucket, key } = placeOf(query);
    store.put(bucket, key, resultCsv(result));
    end(query, "SUCCEEDED", null);
  }

  function end(query: Draft, state: Query["state"], reason: string | null): void {
    Object.assign(query, { state, reason, endedAt: clock.now() });
    meter(query);
  }

  /** CloudWatch spells the state in its own way, and counts what a stopped query had read. */
  function meter({ state, bytesScanned: value, workGroup: { name: WorkGroup, region, metered } }: Draft): void {
    if (!metered) return;
    const dimensions = { WorkGroup, QueryType: "DML", QueryState: state === "CANCELLED" ? "CANCELED" : state };
    metrics.put(region, { namespace: "AWS/Athena", name: "ProcessedBytes", dimensions, value, at: clock.now() });
  }

  function failed(query: Draft, error: unknown): void {
    if (query.endedAt !== null) return;
    const message = error instanceof Error ? error.message : String(error);
    end(query, "FAILED", error instanceof QueryError ? message : `SYNTAX_ERROR: ${message}`);
  }

  function start(input: unknown): Query {
    const request = readRequest(input);
    checkStatement(request.QueryString);
    const group = workGroup(request.WorkGroup);
    const token = request.ClientRequestToken;
    const before =
      token === undefined
        ? undefined
        : [...queries.values()].find(({ query }) => query.request.ClientRequestToken === token);
    if (before && !isDeepStrictEqual(before.query.request, request))
      throw new AwsError("InvalidRequestException", "Idempotent parameters do not match");
    if (before) return before.query;
    const query: Draft = {
      id: randomUUID(),
      request,
      workGroup: group,
      submittedAt: clock.now(),
      state: "QUEUED",
      reason: null,
      endedAt: null,
      bytesScanned: 0,
      columns: null,
    };
    const turn = line;
    const over = clock.during(async () => {
      await turn;
      await execute(query).catch((error: unknown) => failed(query, error));
      return query;
    });
    line = over;
    queries.set(query.id, { query, over });
    return query;
  }

  function entryOf(id: string) {
    const entry = queries.get(id);
    if (!entry) throw new AwsError("InvalidRequestException", `QueryExecution ${id} was not found`);
    return entry;
  }

  return {
    start,
    find: (id) => entryOf(id).query,
    resultOf(id) {
      const { query } = entryOf(id);
      if (query.columns === null) return null;
      const { bucket, key } = placeOf(query);
      const object = store.get(bucket, key);
      if (!object) throw new AwsError("InvalidRequestException", "Could not find results");
      return { columns: query.columns, rows: rowsOfCsv(object.toString("utf8")) };
    },
    ended: (id) => entryOf(id).over,
    idle: () => line.then(() => {}),
    stop(id) {
      const { query } = entryOf(id);
      if (query.endedAt === null) end(query, "CANCELLED", "Query was cancelled by user");
    },
  };
}

/** Of the object that holds the result. */
function placeOf({ id, workGroup: { output } }: Query): { readonly bucket: string; readonly key: string } {
  const [, bucket = "", prefix = ""] = /^s3:\/\/([^/]+)\/?(.*)$/.exec(output) ?? [];
  return { bucket, key: `${prefix.replace(/\/$/, "")}/${id}.csv`.replace(/^\//, "") };
}

function readRequest(input: unknown): StartRequest {
  const parsed = startSchema.safeParse(input);
  if (!parsed.success) throw new AwsError("InvalidRequestException", z.prettifyError(parsed.error));
  return parsed.data;
}
