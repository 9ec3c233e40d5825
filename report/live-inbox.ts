/** What waits for a person, and what people have decided. */
import { outcomeText } from "../functions/domain/proposal.ts";
import { counted } from "../functions/domain/wording.ts";
import { type Html, html } from "./html.ts";
import { categoryName } from "./live-gauges.ts";
import type { LiveProposal } from "./live-state.ts";

/** The pages of the local world stand on loopback; no other address becomes a link. */
const LOOPBACK = /^http:\/\/(127\.0\.0\.1|localhost)(:\d+)?\//;

export function buildInbox(proposals: readonly LiveProposal[]): Html {
  if (proposals.length === 0)
    return html`<p class="soft">Empty. In mode <b>approve</b> every ban comes here first; in mode <b>enforce</b> only what is doubtful, such as a whole
range of addresses. The same link goes out by mail.</p>`;
  return html`<ul class="inbox">${proposals.map((proposal) =>
    proposal.status === "open" ? buildOpen(proposal) : buildDecided(proposal),
  )}</ul>`;
}

function buildOpen({ id, category, version, sources, topScore, updatedAt, url, isMoot }: LiveProposal): Html {
  const link =
    url !== null && LOOPBACK.test(url)
      ? html`<a class="${!isMoot && "button"}" id="decide-${id}" href="${url}" target="_blank" rel="noopener noreferrer">Review ${counted(sources, "ban")}<span class="hidden-text"> for ${categoryName(category)}, in a new tab</span></a>`
      : html`<span class="soft">the mail is on its way</span>`;
  const what = isMoot
    ? html`${counted(sources, "source was", "sources were")} filed on incomplete logs and banned hands-off when the rest had come: ${categoryName(category)}`
    : html`<b>${counted(sources, "source")}</b> ${sources === 1 ? "waits" : "wait"} for you: ${categoryName(category)}, highest score ${topScore}`;
  return html`<li><div>${what}
<span class="small soft">version ${version}, of ${updatedAt.slice(11, 19)}</span></div>${link}</li>`;
}

function buildDecided({ category, version, status, approved, rejected, by, updatedAt }: LiveProposal): Html {
  const end = outcomeText(status, { approved, rejected, by });
  return html`<li><div>${categoryName(category)}: ${end} <span class="small soft">version ${version}, of ${updatedAt.slice(11, 19)}</span></div>
<span class="pill ${status === "approved" ? "bad" : ""}">${status}</span></li>`;
}
