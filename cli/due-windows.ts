/**
 * What is judged in which window. `analyze` judges every short window (starting each five minutes of the UTC clock)
 * and every slow one (ending each hour, and at the end of the span) that holds calls; but a source with too few calls
 * in a window to mean anything, or with the very calls it had in the window before, is left out, and so is a range or
 * fingerprint of which too much succeeded.
 */
import type { DuckDBConnection } from "@duckdb/node-api";

import { type WindowSize, windowSizes } from "../functions/detect/detection.ts";
import { type Scope, scopes } from "../functions/detect/profiles.ts";
import { SHORT_WINDOW, SLOW_WINDOW } from "../functions/detect/run.ts";
import { leastCalls, leastShare } from "../functions/detect/score.ts";
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

/** What makes a window worth a look: so many calls that speak for something, and such a share of them. */
interface Interest {
  readonly scope: Scope;
  readonly size: WindowSize;
  readonly least: number;
  readonly share: number;
}

/** Of a source every call may mean something; of a crowd only what failed or cost money, held against successes. */
const SPEAKS = { source: "count(*)", range: "count_if(outcome in ('failure', 'accepted'))" } as const;
const speaks = (scope: Scope) => (scope === "source" ? SPEAKS.source : SPEAKS.range);
const AGAINST = "count_if(outcome = 'success')";

/** Fills the table `due` (scope, size, subject, from_ms, to_ms, calls) from the table `calls`. */
export async function findDueWindows(connection: DuckDBConnection, span: Window, policy: Policy): Promise<void> {
  await connection.run(
    "create temp table due (scope varchar, size varchar, subject varchar, from_ms bigint, to_ms bigint, calls bigint)",
  );
  for (const scope of scopes) {
    for (const size of windowSizes) {
      const least = leastCalls(policy, size, scope);
      const interest = { scope, size, least, share: scope === "source" ? 0 : leastShare(policy, size, scope) };
      await addRaster(connection, interest);
      if (size === "slow" && span.to % HOUR !== 0) await addLast(connection, span, interest);
    }
  }
}

/**
 * A window shows something new only where its newest step holds calls, or the step that just left it did: only these
 * ends are counted. Steps are numbered, so that the join is one of whole numbers.
 */
async function addRaster(connection: DuckDBConnection, { scope, size, least, share }: Interest): Promise<void> {
  const { length, step } = rasters[size];
  const steps = length / step;
  await connection.run(`
    insert into due
    with candidates as (${candidates(scope, least)}),
    filled as (
      select ${subjectColumns[scope]} as subject, epoch_ms(ts) // ${step} as step, count(*) as n,
        ${speaks(scope)} as speaking, ${AGAINST} as good
      from calls where ${subjectColumns[scope]} in (select subject from candidates)
      group by 1, 2
    ),
    ends as (
      select subject, step + 1 as stop from filled
      union select subject, step + 1 + ${steps} from filled
    )
    select '${scope}', '${size}', e.subject, (e.stop - ${steps}) * ${step}, e.stop * ${step}, sum(f.n)
    from ends e join filled f on f.subject = e.subject and f.step >= e.stop - ${steps} and f.step < e.stop
    group by 3, 4, 5 having ${isInteresting("sum(f.speaking)", "sum(f.good)", least, share)}`);
}

/** The slow window that ends with the span lies off the raster. */
async function addLast(connection: DuckDBConnection, span: Window, interest: Interest): Promise<void> {
  const { scope, least, share } = interest;
  const from = span.to - SLOW_WINDOW;
  await connection.run(`
    insert into due
    select '${scope}', 'slow', ${subjectColumns[scope]}, ${from}, ${span.to}, count(*) from calls
    where ${subjectColumns[scope]} in (${candidates(scope, least)})
      and epoch_ms(ts) >= ${from} and epoch_ms(ts) < ${span.to}
    group by 3 having ${isInteresting(speaks(scope), AGAINST, least, share)}`);
}

/** Whoever has too little in the whole span has too little in each of its windows; five sources are no crowd. */
function candidates(scope: Scope, least: number): string {
  const column = subjectColumns[scope];
  const crowded = scope === "source" ? "" : "and count(distinct source_ip) > 5";
  return `select ${column} as subject from calls where ${column} is not null and source_ip is not null
    group by 1 having ${speaks(scope)} >= ${least} ${crowded}`;
}

function isInteresting(speaking: string, good: string, least: number, share: number): string {
  return `${speaking} >= ${least} and ${speaking} >= ${share} * (${speaking} + ${share === 0 ? 0 : good})`;
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
    create temp table due_ordered as
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
