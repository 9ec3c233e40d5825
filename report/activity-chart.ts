/** A small chart of a source's calls: a bar for each operation, its parts the outcomes, and the same in words. */
import type { Activity } from "../functions/domain/verdict.ts";
import { counted } from "../functions/domain/wording.ts";
import { type Html, html } from "./html.ts";
import { otherWords } from "./series-chart.ts";

type Operation = Activity["operations"][number];

/** In the order of the bar. The names are classes of the style sheet too. */
const outcomes = [
  { name: "failed", of: ({ failures }: Operation) => failures },
  { name: "succeeded", of: ({ successes }: Operation) => successes },
  { name: "accepted", of: ({ accepted }: Operation) => accepted },
  { name: "refused", of: ({ refused }: Operation) => refused },
  {
    name: "open",
    of: ({ calls, failures, successes, accepted, refused }: Operation) =>
      Math.max(0, calls - failures - successes - accepted - refused),
  },
] as const;

const words: Readonly<Record<(typeof outcomes)[number]["name"], string>> = {
  failed: "failed",
  succeeded: "succeeded",
  accepted: "accepted",
  refused: "refused",
  open: "without outcome",
};

export function buildActivity(activity: readonly Activity[]): Html {
  return html`<div class="activity">${activity.map(buildWindow)}</div>`;
}

/** Bars of one window share one scale; windows do not, for a day would leave nothing to see of ten minutes. */
function buildWindow({ window, activeMinutes, peakPerMinute, operations }: Activity): Html {
  const most = Math.max(1, ...operations.map(({ calls }) => calls));
  const minutes = Math.round((Date.parse(window.to) - Date.parse(window.from)) / 60_000);
  // Of a range the minutes of its members are not known together.
  const peak =
    activeMinutes > 0 &&
    `: active in ${counted(activeMinutes, "minute")}, at most ${counted(peakPerMinute, "call")} in one`;
  return html`<figure><figcaption class="soft small">Last ${spanOf(minutes)}${peak}</figcaption>
${operations.map((operation) => buildBar(operation, most))}</figure>`;
}

function buildBar(operation: Operation, most: number): Html {
  const parts = outcomes.map(({ name, of }) => ({ name, count: of(operation) })).filter(({ count }) => count > 0);
  const said = parts.map(({ name, count }) => `${count} ${words[name]}`).join(", ");
  let x = 0;
  const rects = parts.map(({ name, count }) => {
    const width = (100 * count) / most;
    const rect = html`<rect class="${name}" x="${x.toFixed(2)}" width="${width.toFixed(2)}" height="8"/>`;
    x += width;
    return rect;
  });
  return html`<div class="bar"><span>${operation.operation} <b>${operation.calls}</b></span>
<svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">${rects}</svg><span class="small soft">${said}</span></div>`;
}

/** What the colours mean, once a page. */
export function buildLegend(): Html {
  return html`<p class="legend small soft" aria-hidden="true">${Object.entries({ ...words, other: otherWords }).map(
    ([name, meaning]) =>
      html`<span><svg viewBox="0 0 8 8"><rect class="${name}" width="8" height="8"/></svg> ${meaning}</span> `,
  )}</p>`;
}

function spanOf(minutes: number): string {
  if (minutes < 120) return counted(minutes, "minute");
  return `${Math.round(minutes / 60)} hours`;
}
