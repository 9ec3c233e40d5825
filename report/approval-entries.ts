/** The sources of a proposal: each with score, reasons, calls and who else would be hit. */
import type { FiledBan } from "../functions/domain/plan.ts";
import { type ApprovalPage, approvalFields, SHOWN_ENTRIES } from "../functions/domain/proposal.ts";
import { counted } from "../functions/domain/wording.ts";
import { buildActivity, buildLegend } from "./activity-chart.ts";
import { becauseTexts } from "./because-texts.ts";
import { type Html, html, trusted } from "./html.ts";
import { buildSeries } from "./series-chart.ts";

/** More than a person has on one screen or two. */
const LONG = 5;

type Choice = "open" | ReadonlySet<string> | null;

export function buildEntries({ entries, approved }: ApprovalPage, open: boolean): Html {
  const choice: Choice = open ? "open" : approved && new Set(approved);
  const shown = entries.slice(0, SHOWN_ENTRIES);
  const rest = entries.slice(SHOWN_ENTRIES);
  const charts = shown.some(({ activity = [] }) => activity.length > 0);
  const title = entries.length === 1 ? "The source" : `The ${entries.length} sources, highest score first`;
  return html`<h2 id="sources">${title}</h2>
${open && entries.length > LONG && html`<p><a href="#decide">To the decision, below all of them</a></p>`}
${charts && buildLegend()}
<ul class="entries" aria-labelledby="sources">${shown.map((entry, at) => buildEntry(entry, at, choice))}${
    rest.length > 0 && buildRest(rest, choice)
  }</ul>`;
}

function buildEntry(entry: FiledBan, at: number, choice: Choice): Html {
  const head = html`<span class="mono source">${entry.source}</span>
<span class="pill">score ${entry.score}</span> <span class="pill">${durationOf(entry.minutes)}</span>`;
  const title =
    choice === "open"
      ? html`<label class="tick"><input type="checkbox" name="${approvalFields.source}" value="${entry.source}" aria-describedby="why-${at}"${entry.handsOff && trusted(" checked")}> ${head}</label>`
      : html`<div class="tick">${head} ${choice && buildEnd(choice.has(entry.source))}</div>`;
  return html`<li class="card">${title}
<div id="why-${at}"><ul class="reasons">${entry.reasons.map((reason) => html`<li>${reason.text} <span class="soft">(${reason.detection})</span></li>`)}</ul>
<p class="small ${isRisky(entry) ? "risky" : "soft"}">${collateral(entry)}</p></div>
${entry.activity && entry.activity.length > 0 && buildActivity(entry.activity)}
${entry.series && buildSeries(entry.series)}
<p class="soft small">Asks you because ${entry.because.map((why) => becauseTexts[why]).join("; ")}. Came ${entry.paths.join(" and ")}, would be banned at ${entry.targets.join(" and ")}.</p></li>`;
}

/** A page of ten thousand cards helps nobody, and none at all would be worse: they are one row, with one tick. */
function buildRest(rest: readonly FiledBan[], choice: Choice): Html {
  const sum = (count: (entry: FiledBan) => number) => rest.reduce((total, entry) => total + count(entry), 0);
  const head = html`<span class="source">${rest.length} more, each with a score of ${rest[0]?.score ?? 0} or less</span>`;
  const title =
    choice === "open"
      ? html`<label class="tick"><input type="checkbox" name="${approvalFields.rest}" value="all" aria-describedby="why-rest"${rest.every(({ handsOff }) => handsOff) && trusted(" checked")}> ${head}</label>`
      : html`<div class="tick">${head}</div>`;
  const risky = rest.filter(isRisky).length;
  return html`<li class="card">${title}
<p id="why-rest" class="small ${risky > 0 && "risky"}">Together ${counted(
    sum(({ calls }) => calls),
    "call",
  )}, ${sum(({ failures }) => failures)} failed. ${
    risky > 0 ? `Somebody has signed in from ${risky} of them.` : "Nobody has signed in from any of them."
  }</p>
<details><summary>Which they are</summary><p class="mono list">${rest
    .slice(0, 2_000)
    .map(({ source, score }) => `${source} (${score})`)
    .join(", ")}${rest.length > 2_000 && ` and ${rest.length - 2_000} more`}</p></details></li>`;
}

function buildEnd(approved: boolean): Html {
  return approved ? html`<span class="pill bad">approved</span>` : html`<span class="pill good">rejected</span>`;
}

function isRisky(entry: FiledBan): boolean {
  return entry.successes > 0 || establishedAt(entry) > 0;
}

function establishedAt({ reasons }: FiledBan): number {
  return Math.max(0, ...reasons.map(({ observed }) => observed["establishedUsers"] ?? 0));
}

function collateral(entry: FiledBan): string {
  const people = establishedAt(entry);
  if (people > 0)
    return `${counted(people, "person", "people")} who signed in here on earlier days would be locked out too.`;
  if (entry.successes > 0)
    return `${counted(entry.successes, "sign-in")} succeeded from here: the ban may hit real people.`;
  return "Nobody signed in from here: the ban hits nobody we know of.";
}

function durationOf(minutes: number): string {
  return minutes >= 120 && minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.round(minutes)} min`;
}
