/**
 * Which source is judged in which window. `analyze` judges every short window (starting each five minutes of the UTC
 * clock) and every slow one (ending each hour, and at the end of the span) that holds calls; but a source with too few
 * calls in a window to mean anything, or with the very calls it had in the window before, is left out. Ranges and
 * fingerprints follow when the bans are known: `due-crowds.ts`.
 */
import type { DuckDBConnection } from "@duckdb/node-api";

import { type WindowSize, windowSizes } from "../functions/detect/detection.ts";
import { scopes } from "../functions/detect/profile-rows.ts";
import type { Scope } from "../functions/detect/profiles.ts";
import { SHORT_WINDOW, SLOW_WINDOW } from "../functions/detect/run.ts";
import { leastCalls } from "../functions/detect/score.ts";
import { HOUR, MINUTE, type Window } from "../functions/domain/instant.ts";
import type { Policy } from "../functions/domain/policy.ts";
import { queryRows } from "../local/duckdb.ts";

/** Windows start on this raster of the UTC clock. */
export const SLOT = 5 * MINUTE;

export interface Raster {
  readonly length: number;
  /** Windows begin and end on multiples of it. */
  readonly step: number;
}
export const rasters: Readonly<Record<WindowSize, Raster>> = {
  short: { length: SHORT_WINDOW, step: SLOT },
  slow: { length: SLOW_WINDOW, step: HOUR },
};

/** The column of `calls` that names what is judged. */
export const subjectColumns = {
  source: "source_ip",
  range: "source_range",
  fingerprint: "ja4",
} as const satisfies Record<Scope, string>;

export const CREATE_DUE =
  "create or replace temp table due (scope varchar, size varchar, subject varchar, from_ms bigint, to_ms bigint, calls bigint)";

/** Fills the table `due` (scope, size, subject, from_ms, to_ms, calls) with single sources, from the table `calls`. */
export async function findDueWindows(connection: DuckDBConnection, span: Window, policy: Policy): Promise<void> {
  await connection.run(CREATE_DUE);
  for (const size of windowSizes) {
    const least = leastCalls(policy, size);
    await connection.run(
      `insert into due select 'source', '${size}', subject, from_ms, to_ms, n from (${sourceWindows(size, least)})`,
    );
  }
  if (span.to % HOUR !== 0) await addLast(connection, span, leastCalls(policy, "slow"));
}

/**
 * A window shows something new only where its newest step holds calls, or the step that just left it did: only these
 * ends are counted. Steps are numbered, so that the join is one of whole numbers.
 */
function sourceWindows(size: WindowSize, least: number): string {
  const { length, step } = rasters[size];
  const steps = length / step;
  return `
    with quiet as (select source_ip from calls where source_ip is not null group by 1 having count(*) < ${least}),
    filled as (
      select source_ip as subject, epoch_ms(ts) // ${step} as step, count(*) as n
      from calls where source_ip is not null and source_ip not in (select source_ip from quiet)
      group by 1, 2
    ),
    ends as (
      select subject, step + 1 as stop from filled
      union select subject, step + 1 + ${steps} from filled
    )
    select e.subject, (e.stop - ${steps}) * ${step} as from_ms, e.stop * ${step} as to_ms, sum(f.n) as n
    from ends e join filled f on f.subject = e.subject and f.step >= e.stop - ${steps} and f.step < e.stop
    group by 1, 2, 3 having sum(f.n) >= ${least}`;
}

/** The slow window that ends with the span lies off the raster. */
async function addLast(connection: DuckDBConnection, span: Window, least: number): Promise<void> {
  const from = span.to - SLOW_WINDOW;
  await connection.run(`
    insert into due
    select 'source', 'slow', source_ip, ${from}, ${span.to}, count(*) from calls
    where source_ip is not null and epoch_ms(ts) >= ${from} and epoch_ms(ts) < ${span.to}
    group by 3 having count(*) >= ${least}`);
}

/** A share of `due` small enough to be judged in one query, as bounds on its row numbers. */
export interface DueBatch {
  readonly scope: Scope;
  readonly first: number;
  readonly last: number;
}

/** Numbers the rows of `due` in order of time and cuts them where the calls to look at add up to `most`. */
export async function cutBatches(connection: DuckDBConnection, most: number): Promise<DueBatch[]> {
  await connection.run(`
    create or replace temp table due_ordered as
    select *, row_number() over (order by scope, size, to_ms, subject) as nr,
      sum(calls) over (partition by scope order by size, to_ms, subject rows unbounded preceding) // ${most} as batch
    from due`);
  const rows = await queryRows(
    connection,
    "select scope, min(nr) as first, max(nr) as last from due_ordered group by scope, batch order by first",
  );
  return rows.flatMap((row) => {
    const scope = scopes.find((candidate) => candidate === row["scope"]);
    return scope ? [{ scope, first: Number(row["first"]), last: Number(row["last"]) }] : [];
  });
}
