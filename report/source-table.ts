/**
 * The table of sources. Its first rows stand in the page as they are, for readers without scripts; all rows are there
 * once more, packed, for the script, which then sorts, filters, searches and turns pages.
 */
import { packRows } from "./columns.ts";
import { type Html, html, trusted } from "./html.ts";
import { buildSourceRow, describeRows } from "./source-cells.ts";
import { DETAILED_ROWS, type SourceRow } from "./source-row.ts";
import { numberOf } from "./times.ts";

/** Rows of one page of the table, and of the page without scripts. */
const PAGE_ROWS = 50;
const heads = [
  { title: "Source", key: "source" },
  { title: "Status", key: "state" },
  { title: "Score", key: "score", name: "number" },
  { title: "Calls", key: "calls", name: "number" },
  { title: "Failed", key: "failures", name: "number" },
  { title: "Succeeded", key: "successes", name: "number" },
  { title: "Users", key: "users", name: "number" },
  { title: "Would be hit", key: "behind", name: "number behind" },
  { title: "Seen", key: "last", name: "seen" },
  { title: "Why", key: "", name: "why" },
] as const;

/**
 * `rows` come in the order that the page begins with, and are asked for once, one by one: a hundred thousand are never
 * held. `pack` makes text of bytes: gzip, then base64.
 */
export function buildSourceTable(rows: Iterable<SourceRow>, pack: (bytes: Uint8Array) => string): Html {
  const first: SourceRow[] = [];
  let [count, known] = [0, false];
  function* noted() {
    for (const row of rows) {
      if (first.length < PAGE_ROWS) first.push(row);
      known ||= row.behind >= 0;
      count += 1;
      yield row;
    }
  }
  const packed = pack(packRows(noted(), { pageRows: PAGE_ROWS }));
  return html`${buildControls()}
<p id="shown" class="soft small" role="status">${describeRows(first.length, count)}</p>
<div class="scroll" role="group" aria-labelledby="title-sources" tabindex="0"><table id="sources" class="stack${!known && " without-behind"}" role="table">
<caption>Highest score first; counts are over the whole window, reasons over the window that each one names.</caption>
<thead role="rowgroup"><tr role="row">${heads.map(
    ({ title, key, ...head }) =>
      html`<th scope="col" role="columnheader" class="${"name" in head && head.name}" data-key="${key}">${title}</th>`,
  )}</tr></thead>
<tbody role="rowgroup">${first.map(buildSourceRow)}</tbody></table></div>
<nav id="pages" aria-label="Pages of the table" hidden><button type="button" class="quiet" id="previous">Previous</button><span id="page"></span><button type="button" class="quiet" id="next">Next</button></nav>
${count > first.length && html`<noscript><p class="soft">… and ${count - first.length} more: with scripts allowed this page shows them all, and so does <code>--json</code>.</p></noscript>`}
${count > DETAILED_ROWS && html`<p class="soft">Calls by operation and over time, and a reason’s numbers beside those in its sentence, stand here for the first ${numberOf(DETAILED_ROWS)} sources; <code>--json</code> has them for all.</p>`}
<script type="text/plain" id="packed">${trusted(packed)}</script>`;
}

/** Hidden until the script is there to follow them. */
function buildControls(): Html {
  return html`<form id="controls" role="search" hidden>
<label>Search <input type="search" id="search" autocomplete="off" spellcheck="false" placeholder="address or detection"></label>
<label>Status <select id="state"><option value="">all</option></select></label>
<label>Detection <select id="detection"><option value="">all</option></select></label></form>`;
}
