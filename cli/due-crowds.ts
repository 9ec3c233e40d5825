/**
 * Which range or fingerprint is judged in which window: where enough failed, too little succeeded, and a crowd of
 * quiet sources are left over that no ban of their own answers. Such sums are cheap; the profiles that are judged are not.
 */
import type { DuckDBConnection } from "@duckdb/node-api";

import { type WindowSize, windowSizes } from "../functions/detect/detection.ts";
import { LEAST_CROWD } from "../functions/detect/groups.ts";
import type { Scope } from "../functions/detect/profiles.ts";
import { SLOW_WINDOW } from "../functions/detect/run.ts";
import { leastCalls, leastShare } from "../functions/detect/score.ts";
import { HOUR, type Window } from "../functions/domain/instant.ts";
import type { Policy } from "../functions/domain/policy.ts";
import type { Source } from "../functions/domain/source.ts";
import { isQuietSql } from "./crowd-sql.ts";
import { CREATE_DUE, rasters, subjectColumns } from "./due-windows.ts";

interface Interest {
  readonly scope: Exclude<Scope, "source">;
  readonly size: WindowSize;
  readonly least: number;
  readonly share: number;
}

/** Steps of time and the ends of the windows made of them, as SQL over `ts`. */
interface Steps {
  readonly step: string;
  readonly ends: string;
  readonly from: string;
  readonly to: string;
  readonly inside: string;
}

/** Fills the table `due` anew, with ranges and fingerprints. */
export async function findDueCrowds(
  connection: DuckDBConnection,
  span: Window,
  policy: Policy,
  banned: readonly Source[],
): Promise<void> {
  await connection.run(CREATE_DUE);
  await fillBanned(connection, banned);
  for (const scope of ["range", "fingerprint"] as const)
    for (const size of windowSizes) {
      const interest = { scope, size, least: leastCalls(policy, size, scope), share: leastShare(policy, size, scope) };
      await connection.run(crowdQuery(interest, rasterSteps(size)));
      if (size === "slow" && span.to % HOUR !== 0) await connection.run(crowdQuery(interest, lastSteps(span)));
    }
}

async function fillBanned(connection: DuckDBConnection, banned: readonly Source[]): Promise<void> {
  await connection.run("create or replace temp table banned (source varchar)");
  const appender = await connection.createAppender("banned");
  for (const source of banned) {
    appender.appendVarchar(source);
    appender.endRow();
  }
  appender.closeSync();
}

function rasterSteps(size: WindowSize): Steps {
  const { length, step } = rasters[size];
  const steps = length / step;
  return {
    step: `epoch_ms(ts) // ${step}`,
    ends: `select subject, step + 1 as stop from filled union select subject, step + 1 + ${steps} from filled`,
    from: `(stop - ${steps}) * ${step}`,
    to: `stop * ${step}`,
    inside: `f.step >= e.stop - ${steps} and f.step < e.stop`,
  };
}

/** The slow window that ends with the span lies off the raster: one step, inside or not. */
function lastSteps({ to }: Window): Steps {
  const from = to - SLOW_WINDOW;
  return {
    step: `case when epoch_ms(ts) >= ${from} and epoch_ms(ts) < ${to} then 1 else 0 end`,
    ends: "select distinct subject, 2 as stop from filled",
    from: String(from),
    to: String(to),
    inside: "f.step = 1",
  };
}

/** What makes a source quiet is counted within the crowd only: never too few. */
function crowdQuery({ scope, size, least, share }: Interest, { step, ends, from, to, inside }: Steps): string {
  const column = subjectColumns[scope];
  return `
    insert into due
    with candidates as (
      select ${column} as subject from calls where ${column} is not null and source_ip is not null group by 1
      having count(distinct case when outcome in ('failure', 'accepted') then source_ip end) >= ${LEAST_CROWD}
    ),
    by_source as (
      select ${column} as subject, source_ip, ${step} as step, count(*) as n, count_if(outcome = 'success') as good,
        count_if(outcome = 'failure') as failed, count_if(outcome = 'accepted') as costly
      from calls where ${column} in (select subject from candidates) and source_ip is not null
      group by 1, 2, 3
    ),
    filled as (
      select subject, step, sum(good) as good, sum(failed + costly) as bad from by_source group by 1, 2
    ),
    promising as (
      select e.subject, e.stop from (${ends}) e join filled f on f.subject = e.subject and ${inside}
      group by 1, 2 having sum(f.bad) >= ${least} and sum(f.bad) >= ${share} * (sum(f.bad) + sum(f.good))
    ),
    members as (
      select e.subject, e.stop, f.source_ip, sum(f.n) as n, sum(f.good) as good, sum(f.failed) as failed, sum(f.costly) as costly
      from promising e join by_source f on f.subject = e.subject and ${inside}
      group by 1, 2, 3
    )
    select '${scope}', '${size}', subject, ${from}, ${to}, sum(n) from members
    group by subject, stop
    having count_if(${isQuietSql({ successes: "good", failures: "failed", accepted: "costly" })}
      and source_ip not in (select source from banned)) >= ${LEAST_CROWD}`;
}
