/** Who was blocked, why, and until when: one row for each source that the logs have named. */
import { type Html, html } from "./html.ts";
import type { LiveSource } from "./live-state.ts";
import { tableOf } from "./table.ts";

const pills: Readonly<Record<LiveSource["state"], readonly [style: string, text: string]>> = {
  blocked: ["bad", "blocked"],
  simulated: ["warn", "would be blocked"],
  waiting: ["warn", "waits for a person"],
  watched: ["", "watched"],
  free: ["", "not blocked"],
  released: ["good", "free again"],
};

export function buildSources(sources: readonly LiveSource[]): Html {
  const count = (state: LiveSource["state"]) => sources.filter((source) => source.state === state).length;
  const caption = `${count("blocked")} blocked now, ${count("released")} free again, ${sources.length} named by the logs`;
  if (sources.length === 0)
    return html`<p class="soft">Nobody. When the logs name somebody, the address stands here with the reason and the end of the ban.</p>`;
  return tableOf(
    "sources",
    caption,
    [
      { title: "Who", cell: ({ source }) => html`<code>${source}</code>` },
      { title: "State", cell: ({ state }) => html`<span class="pill ${pills[state][0]}">${pills[state][1]}</span>` },
      { title: "Why", cell: buildReasons },
      { title: "Until when", cell: buildEnd },
    ],
    sources,
  );
}

function buildReasons({ reasons, score, decidedBy }: LiveSource): Html {
  const [first, ...others] = reasons;
  return html`<span class="reason">${first ?? "by hand"}</span>${others.map((reason) => html`<span class="reason soft">${reason}</span>`)}
<span class="small soft">score ${score} of 100${decidedBy !== "" && `, ${decidedBy}`}</span>`;
}

function buildEnd({ state, until, secondsLeft, totalSeconds, targets }: LiveSource): Html {
  if (until === null) return html`<span class="soft">no ban</span>`;
  const time = html`<time datetime="${until}">${until.slice(11, 19)}</time>`;
  if (state === "released") return html`<span class="soft">ended ${time}</span>`;
  const share = Math.max(0, Math.min(100, (100 * secondsLeft) / totalSeconds));
  return html`${time}<span class="reason">${timeLeft(secondsLeft)}</span><svg class="left" aria-hidden="true"><rect class="track" width="100%" height="6" rx="3"/>
<rect class="level" width="${share.toFixed(1)}%" height="6" rx="3"/></svg><span class="small soft">at ${doorsOf(targets)}</span>`;
}

function doorsOf(targets: readonly string[]): string {
  return targets.map((target) => (target === "edge" ? "the edge" : "the pool")).join(" and ");
}

export function timeLeft(seconds: number): string {
  if (seconds <= 0) return "over, the next sweep releases it";
  return `${Math.floor(seconds / 60)} min ${String(Math.floor(seconds % 60)).padStart(2, "0")} s left`;
}
