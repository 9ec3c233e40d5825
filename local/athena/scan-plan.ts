import { type DuckDb, queryRows } from "../duckdb.ts";
import type { GlueTable } from "./glue-table.ts";
import { partitionColumns, rowsOf } from "./lake-names.ts";

interface Scan {
  readonly table: GlueTable;
  /** The conditions on partition columns and file names alone that reach the scan: what Athena can leave unread. */
  readonly filters: readonly string[];
}

/** Runs the query that was prepared last, which is planned once: for what it reads and for its rows. */
export const PREPARED = "execute prepared_query";

export async function prepareQuery({ connection }: DuckDb, sql: string): Promise<void> {
  // Statistics of our rows would remove scans and conditions that Athena, knowing no rows, has to keep.
  await connection.run("set disabled_optimizers = 'statistics_propagation'");
  try {
    await connection.run(`prepare prepared_query as ${sql}`);
  } finally {
    await connection.run("set disabled_optimizers = ''");
  }
}

/**
 * Which partitions the prepared query reads, from the plan that DuckDB made of it: like Athena it pushes conditions down
 * to the scans. An approximation: Athena may read less of Parquet, for it counts the columns used.
 */
export async function partitionScans({ connection }: DuckDb, tables: readonly GlueTable[]): Promise<Scan[]> {
  const [row] = await queryRows(connection, `explain (format json) ${PREPARED}`);
  return plansIn(JSON.parse(String(row?.explain_value ?? "[]"))).flatMap(({ extra_info: plan = {} }) => {
    const table = tables.find((candidate) => plan.Table?.endsWith(rowsOf(candidate).replaceAll('"', "")));
    if (!table) return [];
    const filters = [plan.Filters ?? []]
      .flat()
      .filter((filter) => onPartition(filter, table))
      .map(asSql);
    return [{ table, filters }];
  });
}

interface Plan {
  readonly children?: readonly Plan[];
  readonly extra_info?: { readonly Table?: string; readonly Filters?: string | readonly string[] };
}

function plansIn(plans: readonly Plan[]): Plan[] {
  return plans.flatMap((plan) => [plan, ...plansIn(plan.children ?? [])]);
}

/** A comparison of `"$path"` leaves files unread, too, as long as it is one with a constant. */
function onPartition(filter: string, table: GlueTable): boolean {
  const plain = filter.replaceAll(LITERAL_OR_PATH, "");
  const names = new Set(plain.match(/[A-Za-z_$][A-Za-z0-9_]*/g) ?? []);
  const allowed = new Set([...partitionColumns(table), "AND", "OR", "IN", "IS", "NOT", "NULL"]);
  return !plain.includes(":") && [...names].every((name) => allowed.has(name));
}

const LITERAL_OR_PATH = /'(?:[^']|'')*'|\$path\b/g;

/** A plan names columns without quotes. */
function asSql(filter: string): string {
  return filter.replaceAll(LITERAL_OR_PATH, (part) => (part === "$path" ? '"$path"' : part));
}
