/** The attacks that a reader can launch, and what became of those that were. */
import { counted } from "../functions/domain/wording.ts";
import { type Html, html } from "./html.ts";
import type { AttackOffer, LiveLaunch } from "./live-state.ts";

export function buildOffers(offers: readonly AttackOffer[]): Html {
  return html`<ul class="offers">${offers.map(
    ({
      id,
      title,
      does,
      expect,
    }) => html`<li><h3 id="offer-${id}">${title}</h3><p>${does}</p><p class="soft small">${expect}</p>
<button type="button" class="quiet" data-path="attacks" data-key="attack" data-value="${id}" aria-labelledby="launch-${id} offer-${id}"><span id="launch-${id}">Launch</span></button></li>\n`,
  )}</ul>`;
}

const states: Readonly<Record<LiveLaunch["state"], string>> = {
  waits: "waits for another attack on the same quota to end",
  runs: "under way",
  "tries-again": "keeps trying now and then",
  over: "over",
};

export function buildLaunches(launches: readonly LiveLaunch[]): Html {
  if (launches.length === 0) return html`<p class="soft small">You have launched nothing yet.</p>`;
  return html`<ul class="launches">${launches.map(
    ({ at, title, sources, calls, refused, state }) => html`<li><span class="row"><b>${title}</b>
<span class="pill ${state === "over" ? "" : "warn"}">${states[state]}</span></span>
<span class="small soft">since ${at.slice(11, 19)}: ${counted(calls, "call")} from ${counted(sources, "source")}, ${refused} refused</span></li>`,
  )}</ul>`;
}
