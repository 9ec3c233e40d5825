/** The parameters of the queries over rollups, in the order of their `?`. */
import { HOUR, type Instant, type Window } from "../domain/instant.ts";
import type { WindowPart } from "../domain/run.ts";
import { literals, type QueryScope, valuesOf } from "./evidence-query.ts";
import {
  dayPartition,
  type Generations,
  historyDays,
  hoursIn,
  hoursOf,
  type Piece,
  pairsOf,
  type Reading,
  startOf,
} from "./rollup.ts";
import { historyDaysOfPart, slowWindowOfPart } from "./window-part.ts";

export const WHOLE: Reading = { slices: 1, isSample: false };

/** Of auth_calls.sql and generation.sql, for one slice of an hour. */
export function cellParameters(
  piece: Piece & { readonly slice?: number },
  generation: number,
  scope: QueryScope,
  { slices, isSample }: Reading = WHOLE,
): string[] {
  const length = HOUR / slices;
  const from = startOf(piece) + (piece.slice ?? 0) * length;
  return literals([...valuesOf({ from, to: from + length }, scope, isSample), String(generation)]);
}

/** Of day-cells.sql and generation.sql. */
export function userDayParameters({ partition }: Piece, generation: number, hours: Generations): string[] {
  const [first = "", last = ""] = [hoursOf(partition)[0], hoursOf(partition).at(-1)];
  return literals([first, last, pairsOf(hours), String(generation)]);
}

/**
 * Of registered-cells.sql: the hours of a window, and the days whose bans may have answered what they hold. A ban of now
 * answers, too: the cut may lie behind the window's end.
 */
export function slowParameters(
  registered: Generations,
  whole: Window,
  now: Instant,
  part: WindowPart = "whole",
): string[] {
  const window = slowWindowOfPart(whole, part);
  const asked = hoursIn(window);
  const hours = new Map([...registered].filter(([hour]) => asked.includes(hour)));
  const bans = [dayPartition(window.from), dayPartition(now), String(now)];
  return literals([...bans, asked[0] ?? "", asked.at(-1) ?? "", pairsOf(hours)]);
}

/** Of established.sql, for a look at `now`. */
export function establishedParameters(now: Instant, registered: Generations, part: WindowPart = "whole"): string[] {
  const asked = historyDays(now).slice(-historyDaysOfPart[part]);
  const days = new Map([...registered].filter(([day]) => asked.includes(day)));
  return literals([asked[0] ?? "", asked.at(-1) ?? "", pairsOf(days)]);
}
