/** Tables for people: frameless, so that `grep` and `awk` can read a pipe, and never wider than the terminal. */
import stringWidth from "string-width";
import { getBorderCharacters, table } from "table";

import { printable } from "../functions/domain/printable.ts";
import { palette } from "./output.ts";

export interface Column {
  readonly title: string;
  /** Its text may go on in the next line. Whatever column is by far the widest may, where nothing else helps. */
  readonly wraps?: true;
  /** Left out where there is no room, the highest number first. A column without one stays. */
  readonly drop?: number;
  readonly right?: true;
}

interface Painted {
  readonly text: string;
  readonly paint: (text: string) => string;
}
/** What a cell says is made printable, so its colour is told apart from it. */
export type Cell = string | Painted;

const GAP = 2;
const LEAST_WRAPPED = 24;
const LEAST_READ = 8;

/** The room of a terminal; a pipe has as much as one likes. COLUMNS wins, as `COLUMNS=100 portcullis …` means it. */
export function roomOf(stream: Pick<NodeJS.WriteStream, "isTTY" | "columns">): number {
  if (stream.isTTY !== true) return Number.POSITIVE_INFINITY;
  return Number(process.env.COLUMNS) || stream.columns || 80;
}

/** Rows under a header. A row may be shorter than the head. */
export function formatTable(
  head: readonly (string | Column)[],
  rows: readonly (readonly Cell[])[],
  room = roomOf(process.stdout),
): string {
  const columns = head.map((column) => (typeof column === "string" ? { title: column } : column));
  const cells = rows.map((row) => columns.map((_, index) => readCell(row[index])));
  const widest = columns.map(({ title }, index) =>
    cells.reduce((most, row) => Math.max(most, stringWidth(row[index]?.text ?? "")), stringWidth(title)),
  );
  const widths = fitColumns(columns, widest, room);
  const shown = columns.flatMap(({ title, right }, index) => {
    const width = widths[index];
    return width === undefined ? [] : [{ index, title, width: Math.max(1, width), right }];
  });
  const { bold } = palette(process.stdout);
  const lines = [
    shown.map(({ title }) => bold(title)),
    ...cells.map((row) => shown.map(({ index }) => row[index]?.painted ?? "")),
  ];
  return table(lines, {
    border: getBorderCharacters("void"),
    drawHorizontalLine: () => false,
    columnDefault: { paddingLeft: 0, paddingRight: GAP, wrapWord: true },
    columns: shown.map(({ width, right }) => ({ width, alignment: right ? "right" : "left" })),
  })
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n")
    .trimEnd();
}

function readCell(cell: Cell = ""): { readonly text: string; readonly painted: string } {
  const text = printable(typeof cell === "string" ? cell : cell.text);
  return { text, painted: typeof cell === "string" ? text : cell.paint(text) };
}

type Widths = (number | undefined)[];

/** The width of each column; undefined for one that there is no room for. */
function fitColumns(columns: readonly Column[], widest: readonly number[], room: number): Widths {
  const wrapping = columns.flatMap(({ wraps }, index) => (wraps ? [index] : []));
  const widths = dropColumns(columns, squeeze(widest, wrapping, LEAST_WRAPPED, room), room);
  // What was made narrow for columns that then were left out gets its room back.
  const kept = widest.map((width, index) => (widths[index] === undefined ? undefined : width));
  const fitted = squeeze(kept, wrapping, LEAST_WRAPPED, room);
  const byWidth = [...fitted.keys()].sort((a, b) => (fitted[b] ?? 0) - (fitted[a] ?? 0));
  return squeeze(squeeze(fitted, byWidth, LEAST_WRAPPED, room), byWidth, LEAST_READ, room);
}

/** Takes from the columns, one after the other, what is too much, but leaves each what it needs least. */
function squeeze(widths: Readonly<Widths>, indexes: readonly number[], least: number, room: number): Widths {
  const squeezed = [...widths];
  for (const index of indexes) {
    const width = squeezed[index];
    const excess = Math.max(0, widthOf(squeezed) - room);
    if (width !== undefined) squeezed[index] = Math.max(Math.min(width, least), width - excess);
  }
  return squeezed;
}

function dropColumns(columns: readonly Column[], widths: Readonly<Widths>, room: number): Widths {
  const dropped = [...widths];
  const order = [...columns.keys()].filter((index) => columns[index]?.drop !== undefined);
  order.sort((a, b) => (columns[b]?.drop ?? 0) - (columns[a]?.drop ?? 0));
  for (const index of order) if (widthOf(dropped) > room) dropped[index] = undefined;
  return dropped;
}

function widthOf(widths: Readonly<Widths>): number {
  return widths.reduce<number>((sum, width) => sum + (width === undefined ? 0 : width + GAP), -GAP);
}
