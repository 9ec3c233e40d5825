/** One source as a row of HTML. `report/browser/report.js` builds the same from the packed rows; a test compares both. */
import { counted } from "../functions/domain/wording.ts";
import { type Html, type HtmlValue, html } from "./html.ts";
import type { Named, SourceRow } from "./source-row.ts";
import { buildSparkline } from "./sparkline.ts";
import { minuteText, numberOf, spanText } from "./times.ts";

export function buildSourceRow(row: SourceRow): Html {
  return html`<tr role="row"><th scope="row" role="rowheader"><span class="mono">${row.source}</span> <span class="soft small">${row.came}</span></th>${[
    cell("Status", "", buildStanding(row)),
    cell("Score", "number", row.score),
    cell("Calls", "number", html`${numberOf(row.calls)}${row.series.map(buildSparkline)}`),
    cell("Failed", "number", numberOf(row.failures)),
    cell("Succeeded", "number", numberOf(row.successes)),
    cell("Users", "number", numberOf(row.users)),
    cell("Would be hit", "number behind", row.behind < 0 ? "–" : numberOf(row.behind)),
    cell("Seen", "seen", html`<time>${spanText(row.first, row.last)}</time>`),
    cell("Why", "why", html`${buildReasons(row)}${buildEvidence(row)}`),
  ]}</tr>`;
}

function cell(title: string, name: string, content: HtmlValue): Html {
  return html`<td role="cell" class="${name}" data-title="${title}"><div>${content}</div></td>`;
}

function buildStanding({ state, tone, until, note }: SourceRow): Html {
  const end = until !== "" && html` <span class="until">until <time>${minuteText(until)}</time></span>`;
  return html`<span class="pill ${tone}">${state}</span>${end}${note !== "" && html` <span class="note soft small">${note}</span>`}`;
}

function buildReasons({ reasons }: SourceRow): Html {
  return html`<ul class="reasons">${reasons.map(
    ({ detection, text }) => html`<li><strong>${detection}</strong>: ${text}.</li>`,
  )}</ul>`;
}

function buildEvidence({ source, facts, reasons, activity }: SourceRow): Html {
  return html`<details><summary>Evidence<span class="hidden-text"> on ${source}</span></summary>${facts.length > 0 && buildFacts(facts)}${reasons.map(buildTrace)}${activity.map(buildActivity)}</details>`;
}

function buildFacts(facts: readonly Named<string>[]): Html {
  return html`<dl>${facts.map(({ name, value }) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

function buildTrace({ detection, severity, window, query, link, observed }: SourceRow["reasons"][number]): Html {
  const numbers = observed.map(({ name, value }) => `${name} ${numberOf(value)}`).join(", ");
  const seen = severity.map((percent) => `${percent} % severe: ${numbers}. `);
  return html`<p class="trace"><strong>${detection}</strong> ${seen}<a href="${link}">${query}</a>, ${window}.</p>`;
}

const operationHeads = ["Calls", "All", "Failed", "Succeeded", "Accepted", "Refused"] as const;

function buildActivity({ window, operations }: SourceRow["activity"][number]): Html {
  return html`<table class="rows"><caption>${window}</caption><thead><tr>${operationHeads.map(
    (title) => html`<th scope="col">${title}</th>`,
  )}</tr></thead><tbody>${operations.map(
    ({ operation, calls, failures, successes, accepted, refused }) =>
      html`<tr><th scope="row">${operation}</th>${[calls, failures, successes, accepted, refused].map(
        (count) => html`<td>${numberOf(count)}</td>`,
      )}</tr>`,
  )}</tbody></table>`;
}

/** What stands over the table, and for whom it stands there. */
export function describeRows(shown: number, all: number): string {
  return shown === all ? `All ${counted(all, "source")}.` : `The first ${numberOf(shown)} of ${numberOf(all)} sources.`;
}
