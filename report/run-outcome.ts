/** What people were asked and answered, and what the bans took away. */
import type { ReportedProposal, RunReport } from "../functions/domain/run-report.ts";
import { type Html, html } from "./html.ts";
import { type Column, tableOf } from "./table.ts";
import { numberOf, spanOf, timeOf } from "./times.ts";

const columns: readonly Column<ReportedProposal>[] = [
  { title: "Proposal", cell: ({ id, version }) => html`<span class="mono small">${id}</span> version ${version}` },
  { title: "Status", cell: ({ status }) => html`<span class="pill">${status}</span>` },
  { title: "Sources", number: true, cell: ({ sources }) => numberOf(sources) },
  { title: "Filed", cell: ({ createdAt }) => timeOf(createdAt) },
  { title: "Decision", cell: ({ decision }) => decision && buildDecision(decision) },
];

function buildDecision({ at, by, comment, approved, rejected }: NonNullable<ReportedProposal["decision"]>): Html {
  return html`${timeOf(at)} by ${by}: ${numberOf(approved)} approved, ${numberOf(rejected)} rejected${comment !== "" && `. “${comment}”`}`;
}

export function buildProposals({ proposals }: RunReport): Html | null {
  if (proposals.length === 0) return null;
  return tableOf("proposals", "Bans that a person had to decide.", columns, proposals);
}

export function buildRelief({ relief }: RunReport): Html | null {
  if (!relief) return null;
  const { sources, firstAt, before, predicted, measured, busiest } = relief;
  const predictedText = predicted === null ? "not predicted" : numberOf(predicted);
  return html`<p>${numberOf(sources)} ${sources === 1 ? "source was" : "sources were"} banned, the first at ${timeOf(firstAt)}. In calls a minute that use the quota:</p>
<dl class="counts"><div><dt>Before</dt><dd>${numberOf(before)}</dd></div><div><dt>Predicted after</dt><dd>${predictedText}</dd></div>
<div><dt>Measured after</dt><dd>${measured ? numberOf(measured.calls) : "not yet"}</dd></div><div><dt>Busiest minute</dt><dd>${numberOf(busiest.calls)}</dd></div></dl>
<p class="soft small">Busiest at ${timeOf(busiest.at)}.${measured && html` Measured <time>${spanOf(measured.window)}</time>.`}</p>`;
}
