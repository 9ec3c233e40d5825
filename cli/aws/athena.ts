/** Runs a query of the project in the deployment's workgroup. */
import { AthenaClient, GetQueryExecutionCommand, StartQueryExecutionCommand } from "@aws-sdk/client-athena";

import { queryResults, type ResultRow } from "../../functions/detect/aws/athena-results.ts";
import { PortcullisError } from "../../functions/domain/errors.ts";
import { EDGE_REGION } from "../../functions/domain/names.ts";

/** Athena did not run a query to its end. */
export class QueryError extends PortcullisError {}

export interface Query {
  readonly database: string;
  readonly workGroup: string;
  readonly text: string;
  readonly parameters: readonly string[];
}

const POLL_MS = 500;
const DONE = new Set(["SUCCEEDED", "FAILED", "CANCELLED"]);

/** Throws `QueryError` where the query fails. @param pause Waits so many milliseconds. */
export async function runQuery(
  { database, workGroup, text, parameters }: Query,
  pause: (milliseconds: number) => Promise<unknown>,
): Promise<ResultRow[]> {
  const client = new AthenaClient({ region: EDGE_REGION });
  const { QueryExecutionId = "" } = await client.send(
    new StartQueryExecutionCommand({
      QueryString: text,
      QueryExecutionContext: { Database: database },
      WorkGroup: workGroup,
      ...(parameters.length > 0 && { ExecutionParameters: [...parameters] }),
    }),
  );
  for (;;) {
    const { QueryExecution } = await client.send(new GetQueryExecutionCommand({ QueryExecutionId }));
    const { State = "", StateChangeReason = "" } = QueryExecution?.Status ?? {};
    if (State === "SUCCEEDED") return queryResults(QueryExecutionId, client);
    if (DONE.has(State)) throw new QueryError(`The query ${QueryExecutionId} ended ${State}: ${StateChangeReason}`);
    await pause(POLL_MS);
  }
}
