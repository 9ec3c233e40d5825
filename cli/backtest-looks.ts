/** What the deployed evidence query would have shown at past instants. Calls that a ban would have stopped can be cut out. */
import type { DuckDBConnection } from "@duckdb/node-api";

import type { WindowSize } from "../functions/detect/detection.ts";
import { readProfiles } from "../functions/detect/profiles.ts";
import { SHORT_WINDOW, SLOW_WINDOW } from "../functions/detect/run.ts";
import type { Look } from "../functions/detect/score.ts";
import type { Instant, Window } from "../functions/domain/instant.ts";
import type { Source } from "../functions/domain/source.ts";
import { queryRows } from "../local/duckdb.ts";
import { unlimitedQueryText } from "./analysis.ts";
import { markedKeys, rowsByMark } from "./marked-rows.ts";

const lengths: Readonly<Record<WindowSize, number>> = { short: SHORT_WINDOW, slow: SLOW_WINDOW };

/** Calls of the source in the span never reached anybody: a ban stopped them. */
export interface Cut {
  readonly source: Source;
  readonly span: Window;
}

// A limit would cut across windows.
const profilesText = unlimitedQueryText("cells", "profiles");

/** The windows of one size that end at the instants given, as looks in the same order; an empty window is one too. */
export async function looksAt(
  connection: DuckDBConnection,
  size: WindowSize,
  ends: readonly Instant[],
  cuts: readonly Cut[] = [],
): Promise<Look[]> {
  const rows = ends.length === 0 ? [] : await queryRows(connection, lookQuery(size, ends, cuts));
  const byEnd = rowsByMark(rows);
  return ends.map((end) => {
    // The row for all would mix the windows; nothing was cut off that it could tell of.
    const { profiles, groups } = readProfiles(byEnd.get(String(end)) ?? []);
    const window = { from: end - lengths[size], to: end };
    return { size, window, profiles, groups, whole: null, complete: true };
  });
}

/** A window is marked by its end. */
function lookQuery(size: WindowSize, ends: readonly Instant[], cuts: readonly Cut[]): string {
  const calls = `
    select ${markedKeys("w.ending")}, c.* exclude (source_ip, source_range, ja4)
    from (select unnest([${ends.join(", ")}]::bigint[]) as ending) w join calls c
      on c.ts >= make_timestamp_ms(w.ending - ${lengths[size]}) and c.ts < make_timestamp_ms(w.ending)
    where c.source_ip is not null ${cuts.length > 0 ? `and not exists (${stoppedBy(cuts)})` : ""}`;
  return `with auth_calls as (${calls}) ${profilesText}`;
}

/** Finds the ban that stopped the call `c`, if there is one. */
function stoppedBy(cuts: readonly Cut[]): string {
  const rows = cuts.map(({ source, span }) => `('${source.replaceAll("'", "''")}', ${span.from}, ${span.to})`);
  return `select 1 from (values ${rows.join(", ")}) k (source, from_ms, to_ms)
    where k.source = c.source_ip and c.ts >= make_timestamp_ms(k.from_ms) and c.ts < make_timestamp_ms(k.to_ms)`;
}
