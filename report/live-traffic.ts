/**
 * Calls per second over time, stacked, with marks for what happened. Places are per cent of the width and the bars a
 * picture of their own inside, so that the chart fits any screen and its letters keep their size.
 */
import { type Html, html } from "./html.ts";
import type { LiveTraffic } from "./live-state.ts";

const series = [
  { key: "benign", name: "people" },
  { key: "attack", name: "attack, answered" },
  { key: "refused", name: "refused with 403" },
] as const;

const [top, bottom, height] = [48, 22, 300];
const plot = height - top - bottom;
/** Fewer slots than these would be broad bars that say little. */
const LEAST_SLOTS = 60;
const LABELS = 5;

export function buildTraffic(traffic: LiveTraffic): Html {
  const { totals } = traffic;
  return html`<p class="legend small">${series.map(
    ({ key, name }) =>
      html`<span><svg viewBox="0 0 8 8"><rect class="fill-${key}" width="8" height="8" rx="2"/></svg> ${name}</span> `,
  )}</p>
${drawChart(traffic)}
<p class="small soft">So far ${totals.benignCalls} calls by people, <b>${totals.benignBlocked}</b> of them blocked; ${totals.attackCalls} calls
by attackers, <b>${totals.attackRefused}</b> of them refused.</p>`;
}

function drawChart({ slots, slotSeconds, marks, totals }: LiveTraffic): Html {
  const shown = Math.max(LEAST_SLOTS, slots.length);
  const peak = niceCeiling(Math.max(1, ...slots.map((slot) => slot.benign + slot.attack + slot.refused)) / slotSeconds);
  const from = Date.parse(slots[0]?.at ?? "1970-01-01T00:00:00Z");
  const percentAt = (at: string) => (100 * (Date.parse(at) - from)) / (1000 * slotSeconds * shown);
  const label = `Calls per second over time: ${totals.benignCalls} by people, ${totals.attackCalls} by attackers, ${totals.attackRefused} of these refused`;
  return html`<svg class="chart" height="${height}" role="img" aria-label="${label}">
${[0, peak / 2, peak].map((value) => drawGridline(value, peak))}
<svg y="${top}" width="100%" height="${plot}" viewBox="0 0 ${shown} ${peak}" preserveAspectRatio="none">${stackBars(slots, slotSeconds, peak)}</svg>
${timeLabels(slots).map((at) => html`<text class="${sideOf(percentAt(at))}" x="${percentAt(at).toFixed(2)}%" y="${height - 6}">${at.slice(11, 16)}</text>`)}
${placeMarks(marks.map(({ at, text }) => ({ text, percent: percentAt(at) }))).map(drawMark)}</svg>`;
}

function drawGridline(value: number, peak: number): Html {
  const y = top + plot * (1 - value / peak);
  return html`<line class="gridline" x1="0" x2="100%" y1="${y}" y2="${y}"/><text x="0" y="${y - 4}">${value}${value === peak && " calls a second"}</text>`;
}

function stackBars(slots: LiveTraffic["slots"], slotSeconds: number, peak: number): Html[] {
  const heights = slots.map(() => 0);
  return series.map(({ key }) => {
    const bars = slots.map((slot, index) => {
      const from = peak - (heights[index] ?? 0) / slotSeconds;
      heights[index] = (heights[index] ?? 0) + slot[key];
      const to = peak - heights[index] / slotSeconds;
      return slot[key] === 0 ? "" : `M${index} ${from.toFixed(2)}V${to.toFixed(2)}h.85V${from.toFixed(2)}z`;
    });
    return html`<path class="fill-${key}" d="${bars.join("")}"/>`;
  });
}

/** At most so many full minutes, evenly spread. */
function timeLabels(slots: LiveTraffic["slots"]): string[] {
  const minutes = slots.map(({ at }) => at).filter((at) => at.slice(17, 19) === "00");
  const step = [1, 2, 5, 10, 20, 30, 60].find((each) => minutes.length / each <= LABELS) ?? 60;
  return minutes.filter((at) => (Date.parse(at) / 60_000) % step === 0);
}

interface Mark {
  readonly percent: number;
  readonly text: string;
}
/** `row` is null where its word would run into others; the line is drawn all the same. */
interface PlacedMark extends Mark {
  readonly row: number | null;
}

const ROWS = [0, 1, 2] as const;
/** Of the width, as on a phone. */
const LETTER_PERCENT = 2;
/** Marks of one word that are no further apart than that are one with a number. */
const CLOSE_PERCENT = 3;

export function placeMarks(marks: readonly Mark[]): readonly PlacedMark[] {
  const taken = ROWS.map((): { from: number; to: number }[] => []);
  return mergeMarks(marks).map(({ percent, text }) => {
    const width = (text.length + 1) * LETTER_PERCENT;
    const [from, to] = sideOf(percent) === "" ? [percent, percent + width] : [percent - width, percent];
    const row = ROWS.find((each) => taken[each]?.every((other) => other.to <= from || other.from >= to)) ?? null;
    if (row !== null) taken[row]?.push({ from, to });
    return { percent, text, row };
  });
}

function mergeMarks(marks: readonly Mark[]): readonly Mark[] {
  const merged: { percent: number; word: string; count: number }[] = [];
  for (const { percent, text } of marks.filter((mark) => mark.percent >= 0)) {
    const near = merged.find(({ word, percent: first }) => word === text && percent - first <= CLOSE_PERCENT);
    if (near) near.count += 1;
    else merged.push({ percent, word: text, count: 1 });
  }
  return merged.map(({ percent, word, count }) => ({ percent, text: count === 1 ? word : `${word} ×${count}` }));
}

function drawMark({ percent, text, row }: PlacedMark): Html {
  const y = 12 + 14 * (row ?? ROWS.length);
  return html`<line class="event" x1="${percent.toFixed(2)}%" x2="${percent.toFixed(2)}%" y1="${y - 9}" y2="${height - bottom}"/>
${row !== null && html`<text class="event-text ${sideOf(percent)}" x="${percent.toFixed(2)}%" y="${y}" ${percent > 80 ? html`dx="-4"` : html`dx="4"`}>${text}</text>`}`;
}

/** Near the right edge letters stand to the left of their place. */
function sideOf(percent: number): string {
  return percent > 80 ? "left-of" : "";
}

function niceCeiling(value: number): number {
  return [1, 2, 4, 6, 8, 10, 20, 40, 60, 100].find((step) => step >= value) ?? Math.ceil(value / 100) * 100;
}
