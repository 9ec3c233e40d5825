/** Trino's client protocol. */
import * as z from "zod";

export interface TrinoAnswer {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly unknown[])[];
  readonly queryId: string;
}

const page = z.object({
  id: z.string(),
  nextUri: z.string().optional(),
  columns: z.array(z.object({ name: z.string(), type: z.string() })).optional(),
  data: z.array(z.array(z.unknown())).optional(),
  error: z.object({ errorName: z.string(), message: z.string() }).optional(),
});

const headers = {
  "X-Trino-User": "test",
  "X-Trino-Catalog": "hive",
  "X-Trino-Time-Zone": "UTC",
  // Else timestamps lose what is below a millisecond before anybody can compare it.
  "X-Trino-Client-Capabilities": "PARAMETRIC_DATETIME",
};

/** Runs one statement. Throws with Trino's name of the error. */
export async function answerOf(url: string, sql: string, schema = "default"): Promise<TrinoAnswer> {
  const rows: unknown[][] = [];
  let columns: TrinoAnswer["columns"] = [];
  let read = pageOf(await post(url, sql, schema));
  for (;;) {
    columns = read.columns ?? columns;
    rows.push(...(read.data ?? []));
    if (read.nextUri === undefined) return { columns, rows, queryId: read.id };
    read = pageOf(await get(read.nextUri));
  }
}

function pageOf(answer: unknown): z.infer<typeof page> {
  const read = page.parse(answer);
  if (read.error) throw new Error(`${read.error.errorName}: ${read.error.message}`);
  return read;
}

const post = (url: string, sql: string, schema: string) =>
  send(`${url}/v1/statement`, { method: "POST", headers: { ...headers, "X-Trino-Schema": schema }, body: sql });
const get = (url: string) => send(url, { headers });

/** Trino says 503 and 429 while it is busy; the same request is then good again. */
async function send(url: string, request: RequestInit): Promise<unknown> {
  for (;;) {
    const response = await fetch(url, request);
    if (response.ok) return await response.json();
    if (![429, 502, 503].includes(response.status))
      throw new Error(`Trino: HTTP ${response.status} ${await response.text()}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** As Athena runs a query with `ExecutionParameters`: SQL literals in the order of the `?`. */
export function executed(sql: string, parameters: readonly string[]): string {
  const text = `'${sql.replaceAll("'", "''")}'`;
  return parameters.length === 0 ? sql : `EXECUTE IMMEDIATE ${text} USING ${parameters.join(", ")}`;
}

/** What Trino tells of a query that has ended. */
export function infoOf(url: string, { queryId }: TrinoAnswer): Promise<unknown> {
  return get(`${url}/v1/query/${queryId}`);
}
