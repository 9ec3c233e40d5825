/** The parameters of the queries over rollups, in the order of their `?`. */
import { HOUR, type Instant, type Window } from "../domain/instant.ts";
import { evidenceValues, literals, type QueryScope } from "./evidence-query.ts";
import {
  dayPartition,
  type Generations,
  historyDays,
  hoursIn,
  hoursOf,
  type Piece,
  pairsOf,
  startOf,
} from "./rollup.ts";

/** Of auth_calls.sql and rollup-cells.sql. */
export function cellParameters(piece: Piece, generation: number, scope: QueryScope): string[] {
  const from = startOf(piece);
  return literals([...evidenceValues({ from, to: from + HOUR }, scope), String(generation)]);
}

/** Of rollup-user-days.sql. */
export function userDayParameters({ partition }: Piece, generation: number, hours: Generations): string[] {
  const [first = "", last = ""] = [hoursOf(partition)[0], hoursOf(partition).at(-1)];
  return literals([String(generation), first, last, pairsOf(hours)]);
}

/**
 * Of registered-cells.sql: the hours of a window, and the days whose bans may have answered what they hold. A ban of now
 * answers, too: the cut may lie behind the window's end.
 */
export function slowParameters(hours: Generations, window: Window, now: Instant): string[] {
  const asked = hoursIn(window);
  const bans = [dayPartition(window.from), dayPartition(now), String(now)];
  return literals([...bans, asked[0] ?? "", asked.at(-1) ?? "", pairsOf(hours)]);
}

/** Of established.sql, for a look at `now`. */
export function establishedParameters(now: Instant, days: Generations): string[] {
  const asked = historyDays(now);
  return literals([asked[0] ?? "", asked.at(-1) ?? "", pairsOf(days)]);
}
