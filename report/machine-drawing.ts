/** A state machine as a picture: boxes and arrows in layers, the way that a run has gone and where it stands lit. */
import { Graph, layout as layOut } from "@dagrejs/dagre";

import { type Html, html } from "./html.ts";
import type { Machine, MachineState, MachineWay } from "./machine.ts";

/** `across` is for wide screens, `down` for phones. */
export type Direction = "across" | "down";

interface Point {
  readonly x: number;
  readonly y: number;
}

interface Box extends MachineState, Point {
  readonly lines: readonly string[];
  readonly width: number;
  readonly height: number;
}

/** Where everything stands, in pixels. Made once for a machine; drawing it again is cheap. */
export interface MachinePlan {
  readonly corner: Point;
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly Box[];
  readonly ways: readonly (MachineWay & { readonly points: readonly Point[] })[];
}

/** Where a run is. `passed` are the states that it entered, in order and as often as it did. */
export interface Whereabouts {
  readonly current: readonly string[];
  readonly passed: readonly string[];
}

const LETTER = 7.1;
const LINE = 15;
const MARGIN = 4;
const gaps = { across: { nodesep: 14, ranksep: 34 }, down: { nodesep: 8, ranksep: 22 } } as const;

export function planMachine({ states, ways }: Machine, direction: Direction): MachinePlan {
  const graph = new Graph();
  graph.setGraph({ rankdir: direction === "across" ? "LR" : "TB", ...gaps[direction] });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const state of states) graph.setNode(state.name, sizeOf(state));
  for (const { from, to } of ways) graph.setEdge(from, to);
  layOut(graph);
  const boxes = states.map((state) => {
    const { x = 0, y = 0 } = graph.node(state.name);
    return { ...state, ...sizeOf(state), x, y };
  });
  const drawn = ways.map((way) => ({ ...way, points: graph.edge(way.from, way.to).points ?? [] }));
  return { ...boundsOf(boxes, drawn), boxes, ways: drawn };
}

/** The layout's own size leaves out the ways that lead back, outside all boxes. */
function boundsOf(boxes: MachinePlan["boxes"], ways: MachinePlan["ways"]): Omit<MachinePlan, "boxes" | "ways"> {
  const points = [
    ...ways.flatMap((way) => way.points),
    ...boxes.flatMap(({ x, y, width, height }) => [
      { x: x - width / 2, y: y - height / 2 },
      { x: x + width / 2, y: y + height / 2 },
    ]),
  ];
  const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)];
  const corner = { x: Math.floor(Math.min(0, ...xs)) - MARGIN, y: Math.floor(Math.min(0, ...ys)) - MARGIN };
  const size = (values: readonly number[], from: number) => Math.ceil(Math.max(0, ...values)) + MARGIN - from;
  return { corner, width: size(xs, corner.x), height: size(ys, corner.y) };
}

/** Choices are told by their outcome, so theirs is a sign without a name. */
function sizeOf({ name, kind }: MachineState): Pick<Box, "lines" | "width" | "height"> {
  if (kind === "choice") return { lines: [], width: 22, height: 22 };
  const lines = linesOf(wordsOf(name));
  const longest = Math.max(...lines.map(({ length }) => length));
  return { lines, width: Math.max(52, Math.round(longest * LETTER) + 20), height: lines.length * LINE + 16 };
}

/** "UntilNextRound" as people read it: "Until next round". */
export function wordsOf(name: string): string {
  return name.replace(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** Two lines, broken where they come out nearest to one length. */
function linesOf(text: string): string[] {
  const words = text.split(" ");
  if (words.length === 1) return [text];
  const ways = words.slice(1).map((_, index) => {
    return [words.slice(0, index + 1).join(" "), words.slice(index + 1).join(" ")] as const;
  });
  const uneven = ([first, second]: readonly [string, string]) => Math.abs(first.length - second.length);
  return [...(ways.toSorted((a, b) => uneven(a) - uneven(b))[0] ?? [text])];
}

/** `id` is ours and unlike that of any other drawing on the page. */
export function drawMachine(plan: MachinePlan, id: string, { current, passed }: Whereabouts): Html {
  const taken = new Set(passed.slice(1).map((name, index) => `${passed[index]} ${name}`));
  const entered = new Set(passed);
  const stateOf = (name: string) => (current.includes(name) ? "current" : entered.has(name) ? "passed" : "");
  return html`<svg class="machine" viewBox="${plan.corner.x} ${plan.corner.y} ${plan.width} ${plan.height}" width="${plan.width}" height="${plan.height}" aria-hidden="true">
<defs>${["", "passed"].map(
    (
      kind,
    ) => html`<marker id="${id}-head-${kind}" class="head ${kind}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7"
orient="auto"><path d="M0 0.5L7.5 4L0 7.5z"/></marker>`,
  )}</defs>
${plan.ways.map(({ from, to, points }) => {
  const kind = taken.has(`${from} ${to}`) ? "passed" : "";
  return html`<path class="way ${kind}" d="${curveThrough(points)}" marker-end="url(#${id}-head-${kind})"/>\n`;
})}${plan.boxes.map((box) => drawBox(box, stateOf(box.name)))}</svg>`;
}

function drawBox({ name, kind, x, y, width, height, lines }: Box, state: string): Html {
  const [left, top] = [x - width / 2, y - height / 2];
  const round = kind === "end" || kind === "failure" ? height / 2 : 8;
  const outline =
    kind === "choice"
      ? html`<path d="M${left} ${y}L${x} ${top}L${left + width} ${y}L${x} ${top + height}z"/>`
      : html`<rect x="${left}" y="${top}" width="${width}" height="${height}" rx="${round}"/>`;
  const first = y - ((lines.length - 1) * LINE) / 2 + 4.5;
  return html`<g class="box ${kind} ${state}" data-state="${name}"><title>${wordsOf(name)}</title>${outline}${lines.map(
    (line, index) => html`<text x="${x}" y="${first + index * LINE}">${line}</text>`,
  )}</g>\n`;
}

/** The corners that the layout gives are rounded: from the middle of one stretch to the middle of the next. */
function curveThrough(points: readonly Point[]): string {
  const text = ({ x, y }: Point) => `${x.toFixed(1)} ${y.toFixed(1)}`;
  const [first, ...rest] = points;
  const last = rest.at(-1);
  if (!first || !last) return "";
  const bends = rest.slice(0, -1).map((point, index) => {
    const next = rest[index + 1] ?? last;
    return `Q${text(point)} ${text({ x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 })}`;
  });
  return `M${text(first)}${bends.join("")}L${text(last)}`;
}
