/** The calls of a span over time, of all and of each source that stands out. */
import type { DuckDBConnection } from "@duckdb/node-api";

import { type Step, seriesOf } from "../functions/detect/series.ts";
import type { CallSeries } from "../functions/domain/call-series.ts";
import { MINUTE, type Window } from "../functions/domain/instant.ts";
import type { SourceVerdict } from "../functions/domain/verdict.ts";
import { type DuckDbRow, queryRows } from "../local/duckdb.ts";

export interface SeriesOfCalls {
  readonly all: CallSeries;
  readonly withSeries: (verdict: SourceVerdict) => SourceVerdict;
}

/** More steps say nothing more on a page. */
const MOST_STEPS = 60;
const DAY_MINUTES = 1_440;
const rounded = [1, 2, 5, 10, 15, 20, 30, 60, 120, 180, 240, 360, 720, DAY_MINUTES];

/** From the table `calls`; single sources are those of the table `notable`. */
export async function seriesOfCalls(connection: DuckDBConnection, span: Window): Promise<SeriesOfCalls> {
  const minutes = stepMinutesOf(span);
  const rows = await queryRows(connection, seriesQuery(minutes));
  const bySource = new Map<unknown, Step[]>();
  for (const row of rows) {
    const steps = bySource.get(row["source_ip"]);
    if (steps) steps.push(stepOf(row));
    else bySource.set(row["source_ip"], [stepOf(row)]);
  }
  const listed = (steps: readonly Step[]) => seriesOf(steps, span, minutes);
  return {
    all: listed(bySource.get(null) ?? []),
    withSeries: (verdict) => {
      const steps = bySource.get(verdict.source);
      return steps ? { ...verdict, series: listed(steps) } : verdict;
    },
  };
}

/** The shortest rounded length that makes no more steps than a page has room for. */
export function stepMinutesOf({ from, to }: Window): number {
  const fits = (minutes: number) =>
    Math.ceil(to / MINUTE / minutes) - Math.floor(from / MINUTE / minutes) <= MOST_STEPS;
  return rounded.find(fits) ?? Math.ceil((to - from) / MINUTE / DAY_MINUTES / (MOST_STEPS - 1)) * DAY_MINUTES;
}

function seriesQuery(minutes: number): string {
  const counts = `epoch_ms(ts) // ${minutes * MINUTE} * ${minutes} as minute, count(*) as calls, count_if(outcome = 'failure') as failures,
    count_if(outcome = 'success') as successes, count_if(outcome in ('throttled', 'blocked')) as refused`;
  return `
    select null as source_ip, ${counts} from calls group by 2
    union all
    select source_ip, ${counts} from calls where source_ip in (select source from notable) group by 1, 2`;
}

function stepOf(row: DuckDbRow): Step {
  const of = (name: keyof Step) => Number(row[name]);
  const [minute, calls, failures] = [of("minute"), of("calls"), of("failures")];
  return { minute, calls, failures, successes: of("successes"), refused: of("refused") };
}
