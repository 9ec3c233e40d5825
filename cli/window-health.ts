/** The fault breaker of `analyze`: in which windows were too many sources in trouble that normally are not? */
import type { DuckDBConnection } from "@duckdb/node-api";

import { type WindowSize, windowSizes } from "../functions/detect/detection.ts";
import { isTripped, type SourceHealth } from "../functions/detect/fault-breaker.ts";
import { SLOW_WINDOW } from "../functions/detect/run.ts";
import { HOUR, type Window } from "../functions/domain/instant.ts";
import type { Policy } from "../functions/domain/policy.ts";
import { type DuckDbRow, queryRows } from "../local/duckdb.ts";
import { rasters } from "./due-windows.ts";
import { historyDaySql } from "./history.ts";

export interface TrippedWindow {
  readonly size: WindowSize;
  readonly window: Window;
  readonly health: SourceHealth;
}

const TROUBLE = "count_if(outcome in ('failure', 'fault') or error_kind = 'unknown_client')";

/** Windows in which the breaker is open, in order of time. Reads the tables of `historyOfCalls`, which goes before it. */
export async function trippedWindows(
  connection: DuckDBConnection,
  span: Window,
  policy: Policy,
): Promise<TrippedWindow[]> {
  const found: TrippedWindow[] = [];
  for (const size of windowSizes) {
    const rows = await queryRows(connection, rasterQuery(size));
    found.push(...rows.map((row) => read(size, row)));
  }
  if (span.to % HOUR !== 0)
    found.push(...(await queryRows(connection, lastQuery(span))).map((row) => read("slow", row)));
  return found.filter(({ health }) => isTripped(health, policy));
}

function read(size: WindowSize, row: DuckDbRow): TrippedWindow {
  return {
    size,
    window: { from: Number(row["from_ms"]), to: Number(row["to_ms"]) },
    health: { established: Number(row["established"]), troubled: Number(row["troubled"]) },
  };
}

/**
 * A source is established if it is so by the history of the window's end. Where there is none, it is while its last
 * success is within the day before that end, as a run sees it.
 */
function rasterQuery(size: WindowSize): string {
  const { length, step } = rasters[size];
  const steps = length / step;
  return `
    with filled as (
      select source_ip, epoch_ms(ts) // ${step} as step, count_if(outcome = 'success') as good, ${TROUBLE} as trouble
      from calls where source_ip is not null group by 1, 2
    ),
    marked as (
      select *, max(case when good > 0 then step end) over (
        partition by source_ip order by step rows between unbounded preceding and current row
      ) as last_good
      from filled
    ),
    placed as (
      select source_ip, step + 1 + unnest(range(${steps})) as stop, good, trouble, last_good from marked
    ),
    judged as (
      select stop, p.source_ip, sum(trouble) > sum(good) as in_trouble
      from placed p ${joinHistory(`p.stop * ${step}`, "p")}
      group by stop, p.source_ip
      having ${IS_ESTABLISHED} or (${NO_HISTORY} and max(last_good) >= stop - ${SLOW_WINDOW / step})
    )
    select (stop - ${steps}) * ${step} as from_ms, stop * ${step} as to_ms,
      count(*) as established, count_if(in_trouble) as troubled
    from judged group by stop order by stop`;
}

function lastQuery({ to }: Window): string {
  const from = to - SLOW_WINDOW;
  return `
    select ${from} as from_ms, ${to} as to_ms, count(*) as established, count_if(trouble > good) as troubled from (
      select count_if(outcome = 'success') as good, ${TROUBLE} as trouble
      from calls c ${joinHistory(String(to), "c")}
      where c.source_ip is not null and epoch_ms(ts) >= ${from} and epoch_ms(ts) < ${to}
      group by c.source_ip having ${IS_ESTABLISHED} or (${NO_HISTORY} and count_if(outcome = 'success') > 0)
    )`;
}

const NO_HISTORY = "count(h.day) = 0";
const IS_ESTABLISHED = "count(e.source_ip) > 0";

function joinHistory(endMs: string, alias: string): string {
  return `
      left join history_days h on h.day = ${historyDaySql(endMs)}
      left join established e on e.day = h.day and e.source_ip = ${alias}.source_ip`;
}
