/** The scripted story, step by step, and what happened after it. */
import { type Html, html } from "./html.ts";
import type { LiveState } from "./live-state.ts";

export function buildStory({ steps, log }: Pick<LiveState, "steps" | "log">): Html {
  return html`${log.length > 0 && html`<h3>Since then</h3><ol class="log">${log.map(({ at, text }) => html`<li><time>${at.slice(11, 19)}</time> <span>${text}</span></li>`)}</ol><h3>The story</h3>`}
<ol class="steps">${steps.map(
    ({
      text,
      detail,
      at,
    }) => html`<li class="${at !== null && "seen"}"><span>${text}${at === null && html`<span class="hidden-text"> (not yet)</span>`}${detail !== "" && html`<span class="detail">${detail}</span>`}</span>
<time>${at?.slice(11, 19)}</time></li>`,
  )}</ol>`;
}

/** At the end of the story: what to try next. `source` is somebody to ask about. */
export function buildNext({ isTold, sources }: Pick<LiveState, "isTold" | "sources">): Html {
  if (!isTold) return html``;
  const source = sources[0]?.source.split("/", 1)[0] ?? "203.0.113.7";
  return html`<div class="card next"><h2>The story is told. Now it is yours</h2><ol>
<li><b>Launch an attack</b> below and watch who is blocked, why, and until when.</li>
<li><b>Switch to approve</b>, launch <em>Spread over a range</em>, and decide in the inbox: tick some, leave others.</li>
<li><b>Switch to observe</b> and see who would be blocked, while nobody is.</li>
<li><b>Ask in a second terminal</b>, in this folder: <code>npx portcullis explain ${source} --local</code>, <code>npx portcullis bans list --local</code></li>
<li><b>Bring your own logs</b>: <code>npx portcullis analyze --cloudtrail 'logs/*.json.gz'</code></li></ol></div>`;
}
