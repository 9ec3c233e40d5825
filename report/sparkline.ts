/** A source's calls over time, as small as a word. `report/browser/report.js` draws the same. */
import { counted } from "../functions/domain/wording.ts";
import { type Html, html } from "./html.ts";
import type { SeriesRow } from "./source-row.ts";

const HEIGHT = 20;
const STEP = 3;

export function buildSparkline({ stepMinutes, calls, failures, refused }: SeriesRow): Html {
  const most = calls.reduce((busiest, count) => Math.max(busiest, count), 1);
  const label = `at most ${counted(most, "call")} in ${counted(stepMinutes, "minute")}`;
  const both = failures.map((count, step) => count + (refused[step] ?? 0));
  return html`<svg class="spark" role="img" aria-label="${label}" viewBox="0 0 ${calls.length * STEP} ${HEIGHT}" preserveAspectRatio="none"><path class="open" d="${barsOf(calls, most)}"/><path class="refused" d="${barsOf(both, most)}"/><path class="failed" d="${barsOf(failures, most)}"/></svg>`;
}

/** A call is never too small to see. */
function barsOf(counts: readonly number[], most: number): string {
  return counts
    .map((count, step) => {
      const height = count === 0 ? 0 : Math.max(1, Math.round((HEIGHT * count) / most));
      return height === 0 ? "" : `M${step * STEP} ${HEIGHT}v-${height}h${STEP - 1}v${height}z`;
    })
    .join("");
}
