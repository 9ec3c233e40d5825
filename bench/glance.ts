/** The first table of docs/benchmarks.md: every ratio, the aim, and what the ratio was before. The page itself is its memory. */
import type { Figure } from "./section.ts";

export interface GlanceRow extends Figure {
  /** Of the benchmark. */
  readonly name: string;
}

const HEAD = ["benchmark", "what", "beside", "ratio", "aim", "before"];
const NONE = "–";

export function glanceTable(rows: readonly GlanceRow[], committed: readonly GlanceRow[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const before = new Map(committed.map((row) => [keyOf(row), row.ratio]));
  const cellsOf = (row: GlanceRow) => [
    ...[row.name, row.what, row.beside, numberOf(row.ratio)],
    row.aim === undefined ? NONE : numberOf(row.aim),
    beforeText(row, before.get(keyOf(row))),
  ];
  return [line(HEAD), "|---|---|---|---:|---:|---:|", ...rows.map((row) => line(cellsOf(row)))].join("\n");
}

/** The rows that a page has; none of a page without the table. */
export function glanceRows(page: string): GlanceRow[] {
  const [, table = ""] = /<!-- glance -->\n([\s\S]*?)<!-- \/glance -->/.exec(page) ?? [];
  return table
    .split("\n")
    .slice(2)
    .flatMap((line) => {
      const [name, what, beside, ratio, aim] = line
        .split("|")
        .slice(1)
        .map((cell) => cell.trim());
      if (!name || !what || !beside || !ratio) return [];
      return [{ name, what, beside, ratio: Number(ratio), ...(aim && aim !== NONE ? { aim: Number(aim) } : {}) }];
    });
}

const keyOf = ({ name, what, beside }: GlanceRow) => JSON.stringify([name, what, beside]);
const numberOf = (value: number) => String(Number(value.toPrecision(3)));

function beforeText({ ratio }: GlanceRow, before: number | undefined): string {
  if (before === undefined) return NONE;
  return `${numberOf(before)} (× ${numberOf(ratio / before)})`;
}
