/** Tables that stay tables for a screen reader where a narrow screen shows each row as a block. */
import { type Html, type HtmlValue, html } from "./html.ts";

/** The first column names its row. */
export interface Column<T> {
  readonly title: string;
  readonly number?: boolean;
  readonly cell: (row: T) => HtmlValue;
}

/** A browser holds more, a person does not read more. */
export const MOST_ROWS = 2_000;

/** The roles are what `display: block` would take away. `id` is ours; the section's title has the id `title-<id>`. */
export function tableOf<T>(id: string, caption: string, columns: readonly Column<T>[], rows: readonly T[]): Html {
  const left = rows.length - MOST_ROWS;
  return html`<div class="scroll" role="group" aria-labelledby="title-${id}" tabindex="0"><table id="${id}" class="stack" role="table">
<caption>${caption}</caption>
<thead role="rowgroup"><tr role="row">${columns.map(
    ({ title, number }) => html`<th scope="col" role="columnheader" class="${number && "number"}">${title}</th>`,
  )}</tr></thead>
<tbody role="rowgroup">${rows.slice(0, MOST_ROWS).map((row) => buildRow(columns, row))}</tbody></table></div>
${left > 0 && html`<p class="soft">… and ${left} more; <code>--json</code> lists all.</p>`}`;
}

function buildRow<T>(columns: readonly Column<T>[], row: T): Html {
  const cells = columns.map(({ title, number, cell }, index) =>
    index === 0
      ? html`<th scope="row" role="rowheader">${cell(row)}</th>`
      : html`<td role="cell" class="${number && "number"}" data-title="${title}"><div>${cell(row)}</div></td>`,
  );
  return html`<tr role="row">${cells}</tr>\n`;
}
