/** A source's calls over time: a bar for each step, its parts the outcomes, and the busiest step in words. Needs no script. */
import type { CallSeries } from "../functions/domain/call-series.ts";
import { counted } from "../functions/domain/wording.ts";
import { type Html, html } from "./html.ts";
import { stepAt } from "./series.ts";

/** From the ground up. The names are classes of the style sheet too. */
const layers = [
  { name: "failed", of: ({ failures }: CallSeries, at: number) => failures[at] ?? 0 },
  { name: "refused", of: ({ refused }: CallSeries, at: number) => refused[at] ?? 0 },
  { name: "succeeded", of: ({ successes }: CallSeries, at: number) => successes[at] ?? 0 },
  { name: "other", of: othersAt },
] as const;

/** A series tells neither of the two; bars by operation do. */
export const otherWords = "accepted or without outcome";

function othersAt({ calls, failures, successes, refused }: CallSeries, at: number): number {
  const [told = 0, ...known] = [calls, failures, successes, refused].map((counts) => counts[at] ?? 0);
  return known.reduce((rest, count) => Math.max(0, rest - count), told);
}

/** Null where nothing can be drawn. */
export function buildSeries(series: CallSeries): Html | null {
  const steps = series.calls.length;
  const most = series.calls.reduce((busiest, calls) => Math.max(busiest, calls), 0);
  const at = (step: number) => new Date(stepAt(series, step));
  if (most === 0 || Number.isNaN(at(steps).getTime())) return null;
  // Of hours the day is told as well.
  const clockAt = (step: number) =>
    at(step)
      .toISOString()
      .slice(series.stepMinutes < 60 ? 11 : 5, 16)
      .replace("T", " ");
  const each = lengthOf(series.stepMinutes);
  const said = `At most ${counted(most, "call")} in ${each}, from ${clockAt(series.calls.indexOf(most))} UTC`;
  return html`<figure class="series"><figcaption class="soft small">${said}</figcaption>
<svg viewBox="0 0 ${steps} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="Calls in each ${each.replace(/^an? /, "")}: ${listed(series)}">${layers.map(
    ({ name }, layer) => html`<path class="${name}" d="${pathOf(series, layer, most)}"/>`,
  )}</svg>
<div class="soft small ends" aria-hidden="true"><span>${clockAt(0)}</span><span>${clockAt(steps)} UTC</span></div></figure>`;
}

const HEIGHT = 40;

/** The layer's part of all bars: one path is a tenth of as many boxes. */
function pathOf(series: CallSeries, layer: number, most: number): string {
  const boxes = series.calls.map((_, step) => {
    const [own = 0, ...below] = layers
      .slice(0, layer + 1)
      .reverse()
      .map(({ of }) => of(series, step));
    if (own === 0) return "";
    const ground = HEIGHT * (1 - below.reduce((sum, count) => sum + count, 0) / most);
    return `M${step}.1 ${ground.toFixed(1)}h.8v-${((HEIGHT * own) / most).toFixed(1)}h-.8z`;
  });
  return boxes.join("");
}

/** A listener hears each step once, as far as there are not too many. */
function listed({ calls, failures }: CallSeries): string {
  const steps = calls.map((count, step) => (count === 0 ? "0" : `${count} (${failures[step] ?? 0} failed)`));
  return steps.length <= 30 ? steps.join(", ") : `${counted(steps.length, "step")} in all`;
}

function lengthOf(minutes: number): string {
  if (minutes === 1) return "a minute";
  return minutes === 60 ? "an hour" : counted(minutes, "minute");
}
