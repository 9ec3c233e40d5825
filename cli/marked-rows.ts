/**
 * Many windows in one query, for the fixed cost of one is larger than that of a window: a call stands in it once for each
 * window it falls into, with a mark of the window before each of its keys.
 */
import type { DuckDbRow } from "../local/duckdb.ts";

const keys = ["source_ip", "source_range", "ja4"] as const;
export type Key = (typeof keys)[number];

/** The keys of a call `c` with the mark, a text in SQL, before them; those that are not asked for are null and make no rows. */
export function markedKeys(mark: string, asked: readonly Key[] = keys): string {
  const columns = keys.map((key) =>
    asked.includes(key) ? `${markedKey(mark, key)} as ${key}` : `null::varchar as ${key}`,
  );
  return columns.join(", ");
}

export function markedKey(mark: string, key: Key): string {
  return `${mark} || '|' || c.${key}`;
}

/** The rows of each mark, without it; what has no key at all belongs to no window. */
export function rowsByMark(rows: readonly DuckDbRow[]): Map<string, DuckDbRow[]> {
  const byMark = new Map<string, DuckDbRow[]>();
  for (const row of rows) {
    const { mark, plain } = unmark(row);
    const own = byMark.get(mark);
    if (own) own.push(plain);
    else if (mark !== "") byMark.set(mark, [plain]);
  }
  return byMark;
}

function unmark(row: DuckDbRow): { readonly mark: string; readonly plain: DuckDbRow } {
  let mark = "";
  const plain: Record<string, unknown> = { ...row };
  for (const key of keys) {
    const text = row[key];
    if (typeof text !== "string") continue;
    const cut = text.indexOf("|");
    mark = text.slice(0, cut);
    plain[key] = text.slice(cut + 1);
  }
  return { mark, plain };
}
