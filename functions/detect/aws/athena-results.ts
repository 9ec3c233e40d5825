import { AthenaClient, GetQueryResultsCommand, type Row } from "@aws-sdk/client-athena";

import { oneForAll } from "../../block/aws/kept-clients.ts";
import { patience } from "../../block/aws/patience.ts";
import { retryable } from "../../block/aws/retryable.ts";

export type ResultRow = Readonly<Record<string, string | null>>;

const ownClient = oneForAll(() => new AthenaClient(patience));

/**
 * All rows of a query that succeeded, by column name. Athena sends the names as the first row of the first page,
 * every value as text, and NULL as a cell without text.
 */
export async function queryResults(queryExecutionId: string, client = ownClient()): Promise<ResultRow[]> {
  const send = retryable("Athena");
  const rows: ResultRow[] = [];
  let names: readonly string[] | undefined;
  let token: string | undefined;
  do {
    const page = await send(() =>
      client.send(
        new GetQueryResultsCommand({
          QueryExecutionId: queryExecutionId,
          MaxResults: 1000,
          ...(token === undefined ? {} : { NextToken: token }),
        }),
      ),
    );
    const cells = (page.ResultSet?.Rows ?? []).map(cellsOf);
    names ??= (cells.shift() ?? []).map((name) => name ?? "");
    for (const row of cells) rows.push(named(names, row));
    token = page.NextToken;
  } while (token !== undefined);
  return rows;
}

function cellsOf({ Data = [] }: Row): (string | null)[] {
  return Data.map(({ VarCharValue }) => VarCharValue ?? null);
}

function named(names: readonly string[], row: readonly (string | null)[]): ResultRow {
  return Object.fromEntries(names.map((name, index) => [name, row[index] ?? null]));
}
