/** Athena on the wire (AWS JSON 1.1). */
import * as z from "zod";

import { SECOND } from "../../functions/domain/instant.ts";
import { AwsError, jsonBody, jsonService, targetOf } from "../aws-wire.ts";
import type { AwsService } from "../ports.ts";
import type { GlueTable } from "./glue-table.ts";
import { queryNeeds, resultNeeds } from "./permissions.ts";
import type { Queries, Query } from "./queries.ts";
import { resultMetadata, resultRows } from "./result.ts";
import type { WorkGroup } from "./work-group.ts";

const idSchema = z.object({ QueryExecutionId: z.string() });
const resultsSchema = z.object({
  QueryExecutionId: z.string(),
  MaxResults: z.number().int().min(1).max(1000).default(1000),
  NextToken: z.string().optional(),
});

const namedSchema = z.looseObject({ WorkGroup: z.string().optional(), QueryExecutionId: z.string().optional() });

export interface AthenaApi {
  readonly queries: Queries;
  readonly tables: readonly GlueTable[];
  readonly workGroup: (name: string) => WorkGroup;
}

export function athenaService({ queries, tables, workGroup }: AthenaApi): AwsService {
  const wire = jsonService({
    version: "1.1",
    operations: {
      StartQueryExecution: (input) => ({ QueryExecutionId: queries.start(input).id }),
      GetQueryExecution: (input) => ({
        QueryExecution: describeQuery(queries.find(read(idSchema, input).QueryExecutionId)),
      }),
      StopQueryExecution(input) {
        queries.stop(read(idSchema, input).QueryExecutionId);
        return {};
      },
      GetQueryResults: (input) => results(queries, read(resultsSchema, input)),
    },
    resources(_, input) {
      const { WorkGroup: name, QueryExecutionId: id } = namedSchema.safeParse(input).data ?? {};
      if (id !== undefined) return [queries.find(id).workGroup.arn];
      return name === undefined ? [] : [workGroup(name).arn];
    },
  });
  return {
    call: wire.call,
    needs(call) {
      const own = wire.needs?.(call) ?? [];
      const operation = targetOf(call);
      if (operation === "StartQueryExecution") return [...own, ...queryNeeds(jsonBody(call), tables, workGroup)];
      const id = idSchema.safeParse(jsonBody(call)).data?.QueryExecutionId;
      return operation === "GetQueryResults" && id !== undefined ? [...own, ...resultNeeds(queries.find(id))] : own;
    },
  };
}

function results(queries: Queries, request: z.infer<typeof resultsSchema>) {
  const { QueryExecutionId, MaxResults, NextToken } = request;
  const query = queries.find(QueryExecutionId);
  const result = queries.resultOf(QueryExecutionId);
  if (result === null)
    throw new AwsError(
      "InvalidRequestException",
      query.endedAt === null
        ? `Query has not yet finished. Current state: ${query.state}`
        : `Query did not finish successfully. Final query state: ${query.state}`,
    );
  const start = NextToken === undefined ? 0 : Number(NextToken);
  if (!Number.isSafeInteger(start) || start < 0) throw new AwsError("InvalidRequestException", "Invalid NextToken");
  const next = start + MaxResults;
  return {
    UpdateCount: 0,
    ResultSet: {
      Rows: resultRows(result, start, MaxResults),
      ResultSetMetadata: resultMetadata(result),
    },
    // The header is a row, too.
    ...(next < result.rows.length + 1 ? { NextToken: String(next) } : {}),
  };
}

/** GetQueryExecution's answer. AWS bills at least 10 MB a query, whatever `DataScannedInBytes` says. */
export function describeQuery(query: Query) {
  const { request, workGroup, state, reason, submittedAt, endedAt, bytesScanned, id } = query;
  const total = (endedAt ?? submittedAt) - submittedAt;
  return {
    QueryExecutionId: id,
    Query: request.QueryString,
    StatementType: "DML",
    QueryExecutionContext: request.QueryExecutionContext,
    ...(request.ExecutionParameters ? { ExecutionParameters: request.ExecutionParameters } : {}),
    WorkGroup: workGroup.name,
    ResultConfiguration: { OutputLocation: `${workGroup.output.replace(/\/$/, "")}/${id}.csv` },
    Status: {
      State: state,
      SubmissionDateTime: submittedAt / SECOND,
      ...(endedAt === null ? {} : { CompletionDateTime: endedAt / SECOND }),
      ...(reason === null ? {} : { StateChangeReason: reason }),
      ...(state === "FAILED"
        ? { AthenaError: { ErrorCategory: 2, ErrorType: 1000, Retryable: false, ErrorMessage: reason } }
        : {}),
    },
    Statistics: {
      DataScannedInBytes: bytesScanned,
      EngineExecutionTimeInMillis: total,
      TotalExecutionTimeInMillis: total,
    },
  };
}

function read<Schema extends z.ZodType>(schema: Schema, input: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(input);
  if (!parsed.success) throw new AwsError("InvalidRequestException", z.prettifyError(parsed.error));
  return parsed.data;
}
