/** Calls over time by outcome, with the moments that matter marked, and the same as a table. */
import type { CallSeries } from "../functions/domain/call-series.ts";
import { toIso } from "../functions/domain/instant.ts";
import { counted } from "../functions/domain/wording.ts";
import { type Html, html } from "./html.ts";
import { rebucket, stepAt } from "./series.ts";
import { numberOf, timeOf } from "./times.ts";

export interface TimelineMark {
  readonly at: string;
  readonly kind: string;
  readonly text: string;
}

/** More bars would be thinner than a line on a phone. */
const STEPS = 120;
const PLOT = 180;

/** From the ground up. The names are classes of the style sheet too. */
const layers = [
  { name: "failed", words: "failed", of: (step: Step) => step.failures },
  { name: "refused", words: "blocked or throttled", of: (step: Step) => step.refused },
  { name: "succeeded", words: "succeeded", of: (step: Step) => step.successes },
  { name: "open", words: "without outcome", of: (step: Step) => step.others },
] as const;

interface Step {
  readonly at: number;
  readonly calls: number;
  readonly failures: number;
  readonly refused: number;
  readonly successes: number;
  readonly others: number;
}

export function buildTimeline(series: CallSeries | null, marks: readonly TimelineMark[]): Html | null {
  if (!series || series.calls.length === 0 || Number.isNaN(Date.parse(series.from))) return buildMarks(marks);
  const shown = rebucket(series, STEPS);
  const steps = stepsOf(shown);
  const most = steps.reduce((busiest, { calls }) => Math.max(busiest, calls), 1);
  const busiest = steps.find(({ calls }) => calls === most);
  const each = shown.stepMinutes === 1 ? "minute" : `${shown.stepMinutes} minutes`;
  return html`<figure class="timeline"><figcaption class="legend small soft">${layers.map(
    ({ name, words }) =>
      html`<span><svg viewBox="0 0 8 8" aria-hidden="true"><rect class="${name}" width="8" height="8"/></svg> ${words}</span> `,
  )}<span>calls in each ${each}</span></figcaption>
<svg class="plot" width="100%" height="${PLOT + 18}" role="img" aria-label="Calls over time; at most ${numberOf(most)} in ${counted(shown.stepMinutes, "minute")}${busiest && `, from ${clockOf(busiest.at)}`}. The table below has the numbers.">
${buildGrid(most)}${steps.map((step, index) => buildBar(step, index, steps.length, most))}
${buildHours(shown, steps.length)}${marks.map((moment, index) => buildFlag(moment, index, shown))}</svg>
${buildMarks(marks)}${buildNumbers(steps)}</figure>`;
}

function stepsOf(series: CallSeries): Step[] {
  return series.calls.map((calls, index) => {
    const [failures, refused, successes] = [series.failures, series.refused, series.successes].map(
      (counts) => counts[index] ?? 0,
    ) as [number, number, number];
    const others = Math.max(0, calls - failures - refused - successes);
    return { at: stepAt(series, index), calls, failures, refused, successes, others };
  });
}

function buildBar(step: Step, index: number, count: number, most: number): readonly Html[] {
  let top = PLOT;
  return layers.flatMap(({ name, of }) => {
    const height = (of(step) * (PLOT - 14)) / most;
    if (height === 0) return [];
    top -= height;
    return html`<rect class="${name}" x="${percent(index, count)}" width="${percent(0.86, count)}" y="${top.toFixed(1)}" height="${height.toFixed(1)}"/>`;
  });
}

function buildGrid(most: number): readonly Html[] {
  return [1, 0.5].map((share) => {
    const y = PLOT - share * (PLOT - 14);
    return html`<line class="gridline" x1="0" x2="100%" y1="${y}" y2="${y}"/><text x="14" y="${y - 3}">${numberOf(Math.round(most * share))}</text>`;
  });
}

/** Three times under the plot: a phone has no room for more. */
function buildHours(series: CallSeries, count: number): readonly Html[] {
  const anchors = ["start", "middle", "end"] as const;
  return anchors.map(
    (anchor, index) =>
      html`<text x="${index * 50}%" y="${PLOT + 14}" text-anchor="${anchor}">${clockOf(stepAt(series, (count * index) / 2))}</text>`,
  );
}

function buildFlag({ at, kind }: TimelineMark, index: number, series: CallSeries): Html | null {
  const place = (Date.parse(at) - Date.parse(series.from)) / (stepAt(series, series.calls.length) - stepAt(series, 0));
  if (!(place >= 0 && place <= 1)) return null;
  const x = `${(100 * place).toFixed(2)}%`;
  return html`<line class="flag ${kind}" x1="${x}" x2="${x}" y1="${12 + 12 * (index % 3)}" y2="${PLOT}"/><text class="flag-name" x="${x}" y="${10 + 12 * (index % 3)}" text-anchor="${place > 0.97 ? "end" : place < 0.03 ? "start" : "middle"}">${index + 1}</text>`;
}

function buildMarks(marks: readonly TimelineMark[]): Html | null {
  if (marks.length === 0) return null;
  return html`<ol class="marks">${marks.map(
    ({ at, kind, text }) => html`<li class="${kind}">${timeOf(at)} ${text}</li>`,
  )}</ol>`;
}

function buildNumbers(steps: readonly Step[]): Html {
  return html`<details><summary>These numbers as a table</summary><div class="scroll" role="region" aria-label="Calls over time" tabindex="0"><table class="rows">
<thead><tr><th scope="col">From</th><th scope="col">Calls</th>${layers.map(({ words }) => html`<th scope="col">${words}</th>`)}</tr></thead>
<tbody>${steps
    .filter(({ calls }) => calls > 0)
    .map(
      (step) =>
        html`<tr><th scope="row">${timeOf(toIso(step.at))}</th><td>${numberOf(step.calls)}</td>${layers.map(({ of }) => html`<td>${numberOf(of(step))}</td>`)}</tr>`,
    )}</tbody></table></div></details>`;
}

function clockOf(at: number): string {
  return new Date(at).toISOString().slice(5, 16).replace("T", " ");
}

function percent(part: number, whole: number): string {
  return `${((100 * part) / whole).toFixed(3)}%`;
}
