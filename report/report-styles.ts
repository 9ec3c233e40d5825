import { baseStyles } from "./styles.ts";

/** All styles of a report, as one text whose hash the page's policy names. */
export const reportStyles = `${baseStyles}
main { max-width: 90rem; }
.card, .notice { margin-bottom: 1rem; } th, td { padding-right: .6rem; }
.pills { display: flex; flex-wrap: wrap; gap: .4rem; margin-left: auto; } .pill { white-space: normal; overflow-wrap: anywhere; }
h3 { font-size: .95rem; margin: 1rem 0 .35rem; } h2 + h3 { margin-top: 0; }
.summary { border-left: 6px solid var(--good); } .summary.alarm { border-left-color: var(--attack); }
.summary .lead { font-size: 1.3rem; font-weight: 600; line-height: 1.35; overflow-wrap: anywhere; }
.counts { grid-template-columns: repeat(auto-fit, minmax(7rem, 1fr)); margin-bottom: 1rem; }
.counts dd { font-size: 1.5rem; font-weight: 600; font-variant-numeric: tabular-nums; line-height: 1.2; }
.notice h2 { margin: 0; } li { overflow-wrap: anywhere; }
time { font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); font-size: .875rem; padding-bottom: .6rem; }
thead th { vertical-align: bottom; }
tbody tr:last-child > th { border-bottom: 0; }
tbody th { color: inherit; font-weight: 600; overflow-wrap: anywhere; font-size: .9rem; }
td { overflow-wrap: anywhere; } td.number { overflow-wrap: normal; }
.failed { fill: var(--attack); } .refused { fill: var(--refused); } .succeeded { fill: var(--benign); } .open { fill: var(--line); }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1rem; margin-bottom: .4rem; } .legend svg { width: .7rem; height: .7rem; }
figure { margin: 0; }
.plot { display: block; overflow: visible; } .plot text { font-size: 11px; fill: var(--soft); }
.gridline { stroke: var(--line); stroke-dasharray: 2 4; }
.flag { stroke: var(--ink); stroke-width: 1.5; } .flag.release, .flag.end { stroke: var(--good); } .flag.alarm { stroke: var(--bad); }
.plot .flag-name { font-weight: 700; fill: var(--ink); }
.marks { columns: 22rem; padding-left: 1.6rem; margin: .5rem 0; font-size: .9rem; } .marks li { break-inside: avoid; }
.quotas { list-style: none; padding: 0; margin: 0; display: grid; gap: .75rem; } .quota { display: block; margin-top: .25rem; }
.quota .track { fill: var(--fill); } .quota .tick { stroke: var(--card); stroke-width: 2; }
details summary { cursor: pointer; color: var(--accent); font-size: .875rem; padding: .2rem 0; width: fit-content; }
#controls { display: flex; flex-wrap: wrap; gap: .6rem 1rem; align-items: end; margin-bottom: .75rem; } #controls[hidden], #pages[hidden] { display: none; }
#controls label { display: grid; gap: .15rem; font-size: .8125rem; color: var(--soft); }
input, select { font: inherit; color: var(--ink); background: var(--card); border: 1px solid var(--refused); border-radius: 8px; padding: .4rem .6rem; min-height: 2.4rem; max-width: 100%; }
input[type=search] { width: 20rem; }
#pages { display: flex; gap: 1rem; align-items: center; justify-content: center; margin-top: .75rem; font-variant-numeric: tabular-nums; }
button:disabled { opacity: .45; cursor: default; }
th button { all: unset; cursor: pointer; font: inherit; color: inherit; border-radius: 4px; padding: .35rem 0; }
th button:focus-visible { outline: 3px solid var(--accent); }
th button::after { content: "\\2195"; opacity: .45; padding-left: .2rem; } th[aria-sort=ascending] button::after { content: "\\2191"; opacity: 1; }
th[aria-sort=descending] button::after { content: "\\2193"; opacity: 1; } th[aria-sort$=ending] { color: var(--ink); }
#sources > tbody > tr > th .small { display: block; font-weight: 400; } #sources > thead > th:not(:has(button)) { padding-bottom: .75rem; }
@media print, (min-width: 80rem) { #sources > tbody > tr > th { min-width: 10rem; } #sources > tbody > tr > td:nth-child(2) { min-width: 9rem; }
  #sources > tbody > tr > td.why { min-width: 21.5rem; padding-right: 0; } }
.until { display: block; margin-top: .2rem; } .until time { font-weight: 600; white-space: nowrap; } .note { display: block; }
#sources > tbody > tr > td.seen { min-width: 5.5rem; font-size: .8125rem; }
.trace { font-size: .8125rem; margin: .3rem 0; overflow-wrap: anywhere; }
.without-behind .behind { display: none; }
.spark { display: block; width: 6rem; height: 1.25rem; margin: .25rem 0 0 auto; border-bottom: 1px solid var(--line); }
#sources details { contain: inline-size; } #sources table.rows thead th { font-size: .6875rem; padding-left: .3rem; } #sources table.rows tbody th { min-width: 4rem; }
.reasons { margin: 0; padding-left: 1.1rem; }
table.rows { font-size: .8125rem; margin: .4rem 0 .8rem; } table.rows caption { padding-bottom: .2rem; font-size: .8125rem; }
table.rows td, table.rows thead th:not(:first-child) { text-align: right; font-variant-numeric: tabular-nums; overflow-wrap: normal; padding: .2rem 0 .2rem .5rem; }
table.rows th { padding: .2rem 0; font-size: .8125rem; } table.rows tbody th { min-width: 6rem; font-weight: 400; } details dl { margin: .4rem 0; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); }
#inputs tbody th, #accounts tbody th { min-width: 14rem; }
:target { background: var(--warnfill); color: var(--warn); }
@media screen and (max-width: 79.99rem) { main { padding: .75rem; } .card { padding: .85rem .9rem; }
  .stack, .stack > caption, .stack > tbody, .stack > tbody > tr, .stack > tbody > tr > th { display: block; }
  .stack > thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .stack > tbody > tr { padding: .7rem 0; border-top: 1px solid var(--line); }
  .stack > tbody > tr > th { border: 0; padding: 0 0 .25rem; font-size: 1rem; }
  .stack > tbody > tr > td { display: grid; grid-template-columns: 7.5rem minmax(0, 1fr); gap: .5rem; border: 0; padding: .12rem 0; text-align: left; }
  .stack > tbody > tr > td::before { content: attr(data-title); color: var(--soft); font-size: .8125rem; }
  .stack > tbody > tr > td:has(> div:empty) { display: none; }
  .without-behind > tbody > tr > td.behind { display: none; }
  #sources > tbody > tr { display: grid; grid-template-columns: repeat(auto-fill, minmax(5.5rem, 1fr)); gap: .1rem .75rem; }
  #sources > tbody > tr > * { grid-column: 1 / -1; min-width: 0; } #sources > tbody > tr > td.number { grid-column: auto; display: block; }
  #sources > tbody > tr > td.seen { font-size: inherit; } .spark { margin-left: 0; } .until, .note { display: inline; }
  #sources > tbody > tr > td:is(.why, :nth-child(2)) { display: block; } #sources > tbody > tr > td:is(.why, :nth-child(2))::before { display: none; }
  input[type=search] { width: 100%; } #controls label { flex: 1; } #controls label:first-child { flex: 1 0 100%; } select { width: 100%; } .pills { margin-left: 0; } }
@media print { @page { size: A4 landscape; margin: 12mm; } :root { font-size: 11px; color-scheme: light; } body { font-size: 1rem; } main { max-width: none; padding: 0; }
  .card { break-inside: auto; border: 0; border-top: 1px solid #999; border-radius: 0; padding: .5rem 0; } tr, .plot { break-inside: avoid; }
  #controls, #pages, th button::after, .summary + noscript, details:not([open]) { display: none; } .scroll { overflow: visible; } }
`;
