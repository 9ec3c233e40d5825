/**
 * Which source is judged in which window. `analyze` judges every short window (starting each five minutes of the
 * UTC clock) and every slow one (ending each hour, and at the end of the span) that holds calls; but a source with
 * too few calls in a window to mean anything, or with the very calls it had in the window before, is left out.
 */
import type { DuckDBConnection } from "@duckdb/node-api";

import type { WindowSize } from "../functions/detect/detection.ts";
import { SHORT_WINDOW, SLOW_WINDOW } from "../functions/detect/run.ts";
import { HOUR, MINUTE, type Window } from "../functions/domain/instant.ts";
import { queryRows } from "../local/duckdb.ts";

/** Windows start on this raster of the UTC clock. */
export const SLOT = 5 * MINUTE;

interface Raster {
  readonly size: WindowSize;
  readonly length: number;
  /** Windows begin and end on multiples of it. */
  readonly step: number;
}
const rasters: readonly Raster[] = [
  { size: "short", length: SHORT_WINDOW, step: SLOT },
  { size: "slow", length: SLOW_WINDOW, step: HOUR },
];

/**
 * Fills the table `due` (size, source, from_ms, to_ms, calls) from the table `calls`; `least` are the fewest calls
 * worth a look.
 */
export async function findDueWindows(
  connection: DuckDBConnection,
  span: Window,
  least: Readonly<Record<WindowSize, number>>,
): Promise<void> {
  await connection.run(
    "create temp table due (size varchar, source varchar, from_ms bigint, to_ms bigint, calls bigint)",
  );
  for (const raster of rasters) await addRaster(connection, raster, least[raster.size]);
  if (span.to % HOUR !== 0) await addLast(connection, span, least.slow);
}

/**
 * A window shows a source something new only where its newest step holds calls, or the step that just left it did:
 * only these ends are counted. Steps are numbered, so that the join is one of whole numbers.
 */
async function addRaster(connection: DuckDBConnection, { size, length, step }: Raster, least: number): Promise<void> {
  const steps = length / step;
  await connection.run(`
    insert into due
    with quiet as (select source_ip from calls where source_ip is not null group by source_ip having count(*) < ${least}),
    filled as (
      select source_ip as source, epoch_ms(ts) // ${step} as step, count(*) as n
      from calls where source_ip is not null and source_ip not in (select source_ip from quiet)
      group by 1, 2
    ),
    ends as (
      select source, step + 1 as stop from filled
      union select source, step + 1 + ${steps} from filled
    )
    select '${size}', e.source, (e.stop - ${steps}) * ${step}, e.stop * ${step}, sum(f.n)
    from ends e join filled f on f.source = e.source and f.step >= e.stop - ${steps} and f.step < e.stop
    group by 2, 3, 4 having sum(f.n) >= ${least}`);
}

/** The slow window that ends with the span lies off the raster. */
async function addLast(connection: DuckDBConnection, span: Window, least: number): Promise<void> {
  const from = span.to - SLOW_WINDOW;
  await connection.run(`
    insert into due
    select 'slow', source_ip, ${from}, ${span.to}, count(*) from calls
    where source_ip is not null and epoch_ms(ts) >= ${from} and epoch_ms(ts) < ${span.to}
    group by 2 having count(*) >= ${least}`);
}

/** A share of `due` small enough to be judged in one query, as bounds on its row numbers. */
export interface DueBatch {
  readonly first: number;
  readonly last: number;
}

/** Numbers the rows of `due` in order of time and cuts them where the calls to look at add up to `most`. */
export async function cutBatches(connection: DuckDBConnection, most: number): Promise<DueBatch[]> {
  await connection.run(`
    create temp table due_ordered as
    select *, row_number() over (order by size, to_ms, source) as nr,
      sum(calls) over (order by size, to_ms, source rows unbounded preceding) // ${most} as batch
    from due`);
  const rows = await queryRows(
    connection,
    "select min(nr) as first, max(nr) as last from due_ordered group by batch order by first",
  );
  return rows.map((row) => ({ first: Number(row["first"]), last: Number(row["last"]) }));
}
