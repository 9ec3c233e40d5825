import { baseStyles } from "./styles.ts";

/** All styles of the analysis page, as one text whose hash the page's policy names. */
export const analysisStyles = `${baseStyles}
main { max-width: 84rem; }
.card, .notice { margin-bottom: 1rem; } th, td { padding-right: .6rem; }
.summary { border-left: 6px solid var(--good); } .summary.alarm { border-left-color: var(--attack); }
.counts { grid-template-columns: repeat(auto-fit, minmax(6rem, 1fr)); margin-bottom: 1rem; }
.counts dd { font-size: 1.5rem; font-weight: 600; font-variant-numeric: tabular-nums; line-height: 1.2; }
.notice h2 { margin: 0; } .notice li { overflow-wrap: anywhere; }
time { white-space: nowrap; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); font-size: .875rem; padding-bottom: .6rem; }
th.number, td.number { padding-left: .25rem; }
tbody tr:last-child th { border-bottom: 0; }
tbody th { color: inherit; font-weight: 600; overflow-wrap: anywhere; font-size: .9rem; }
#sources tbody th { min-width: 9rem; } #sources td:nth-child(2) { min-width: 7.5rem; } #sources td:last-child { min-width: 15rem; }
#inputs tbody th, #accounts tbody th { min-width: 14rem; }
td { overflow-wrap: break-word; } td .mono, .reasons { overflow-wrap: anywhere; } .verdict { display: block; max-width: 8rem; margin-top: .15rem; }
td:last-child, th:last-child { padding-right: 0; }
.reasons { margin: 0; padding-left: 1.1rem; } .reasons li + li { margin-top: .35rem; } .reasons .small { display: block; font-size: .8125rem; }
@media screen and (max-width: 70rem) { main { padding: .75rem; } .card { padding: .85rem .9rem; }
  .stack, .stack caption, .stack tbody, .stack tr, .stack tbody th { display: block; }
  .stack thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .stack tbody tr { padding: .6rem 0; border-top: 1px solid var(--line); }
  .stack tbody th { border: 0; padding: 0 0 .25rem; font-size: 1rem; }
  .stack tbody td { display: grid; grid-template-columns: 7.5rem minmax(0, 1fr); gap: .5rem; border: 0; padding: .12rem 0; text-align: left; }
  .stack tbody td::before { content: attr(data-title); color: var(--soft); font-size: .8125rem; }
  .stack tbody td:has(> div:empty) { display: none; }
  .verdict { max-width: none; }
  #sources tbody td:last-child { display: block; min-width: 0; } }
@media print { @page { size: A4 landscape; margin: 12mm; } :root { font-size: 11px; } body { font-size: 1rem; } main { max-width: none; padding: 0; }
  .card { break-inside: auto; border: 0; border-top: 1px solid #999; border-radius: 0; padding: .5rem 0; } tr { break-inside: avoid; }
  .scroll { overflow: visible; } }
`;
