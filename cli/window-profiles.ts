/** Profiles of many windows at once, by the deployed query. */
import type { DuckDBConnection } from "@duckdb/node-api";

import type { WindowSize } from "../functions/detect/detection.ts";
import { type Profile, readProfiles, type Scope } from "../functions/detect/profiles.ts";
import type { Window } from "../functions/domain/instant.ts";
import type { Source } from "../functions/domain/source.ts";
import { type DuckDbRow, queryRows } from "../local/duckdb.ts";
import { queryText, unlimitedQueryText } from "./analysis.ts";
import type { DueBatch } from "./due-windows.ts";
import { markedKey, markedKeys, rowsByMark } from "./marked-rows.ts";

export interface WindowProfiles {
  readonly size: WindowSize;
  readonly window: Window;
  readonly profiles: readonly Profile[];
}

const MARK = "d.size || ' ' || d.from_ms || ' ' || d.to_ms";
const INSIDE = "c.ts >= make_timestamp_ms(d.from_ms) and c.ts < make_timestamp_ms(d.to_ms)";
const REST = "c.* exclude (source_ip, source_range, ja4)";

/** A window is marked by its size and its ends. */
const callsOf: Readonly<Record<Scope, string>> = {
  source: `
    select ${markedKeys(MARK, ["source_ip"])}, ${REST}
    from due_ordered d join calls c on c.source_ip = d.subject and ${INSIDE}`,
  range: `
    select ${markedKeys(MARK, ["source_ip", "source_range"])}, ${REST}
    from due_ordered d join calls c on c.source_range = d.subject and ${INSIDE}`,
  // What else its sources did counts as well: one that got in with another program is a good one.
  fingerprint: `
    select ${markedKey(MARK, "source_ip")} as source_ip, null::varchar as source_range,
      case when c.ja4 = d.subject then ${markedKey(MARK, "ja4")} end as ja4, ${REST}
    from due_ordered d
      join (select distinct ja4, source_ip from calls) m on m.ja4 = d.subject
      join calls c on c.source_ip = m.source_ip and ${INSIDE}`,
};

const cellsText = queryText("cells");
// A limit would cut across windows.
const profilesText = unlimitedQueryText("profiles");

/** What is asked for in each of the batch's windows, in order of the windows. */
export async function profilesOfBatch(
  connection: DuckDBConnection,
  { scope, first, last }: DueBatch,
): Promise<WindowProfiles[]> {
  const calls = `${callsOf[scope]} where d.scope = '${scope}' and d.nr between ${first} and ${last}`;
  const rows = await queryRows(
    connection,
    `with auth_calls as (${calls}) ${cellsText} select * from (${profilesText}) where scope = '${scope}'`,
  );
  return [...rowsByMark(rows)].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, own]) => readWindow(key, own));
}

function readWindow(key: string, rows: readonly DuckDbRow[]): WindowProfiles {
  const [size, from, to] = key.split(" ");
  const { profiles, groups } = readProfiles(rows);
  return {
    size: size === "slow" ? "slow" : "short",
    window: { from: Number(from), to: Number(to) },
    profiles: [...profiles, ...groups],
  };
}

/** The whole span's profiles of these sources, which also become the table `notable`. */
export async function profilesOfSources(
  connection: DuckDBConnection,
  sources: readonly Source[],
): Promise<Map<Source, Profile>> {
  await fillNotable(connection, sources);
  const calls = `select null::varchar as source_range, null::varchar as ja4, * exclude (source_range, ja4) from calls
    where source_ip in (select source from notable)`;
  const rows = await queryRows(connection, `with auth_calls as (${calls}) ${cellsText} ${profilesText}`);
  return new Map(readProfiles(rows).profiles.map((profile) => [profile.source, profile]));
}

/** The same of ranges. */
export async function profilesOfRanges(
  connection: DuckDBConnection,
  ranges: readonly Source[],
): Promise<Map<Source, Profile>> {
  if (ranges.length === 0) return new Map();
  const list = ranges.map((range) => `'${range.replaceAll("'", "''")}'`).join(", ");
  const calls = `select null::varchar as ja4, * exclude (ja4) from calls where source_range in (${list})`;
  const rows = await queryRows(
    connection,
    `with auth_calls as (${calls}) ${cellsText} select * from (${profilesText}) where scope = 'range'`,
  );
  return new Map(readProfiles(rows).groups.map((profile) => [profile.source, profile]));
}

async function fillNotable(connection: DuckDBConnection, sources: readonly Source[]): Promise<void> {
  await connection.run("create or replace temp table notable (source varchar)");
  const appender = await connection.createAppender("notable");
  for (const source of sources) {
    appender.appendVarchar(source);
    appender.endRow();
  }
  appender.closeSync();
}
