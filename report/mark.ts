import { html } from "./html.ts";

/** The gate, beside a page's name. */
export const mark = html`<svg class="mark" viewBox="0 0 32 32" aria-hidden="true"><path d="M4 28V13a12 12 0 0 1 24 0v15" fill="none" stroke="currentColor" stroke-width="3"/>
<path d="M10 6v21M16 3v25M22 6v21M5 13h22M4 20h24" stroke="currentColor" stroke-width="1.8" fill="none"/></svg>`;
