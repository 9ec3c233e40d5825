export const liveStyles = `
main { overflow-wrap: anywhere; }
h3 { font-size: .9375rem; margin: 1rem 0 .4rem; }
.pills { display: flex; flex-wrap: wrap; gap: .4rem; margin-left: auto; }
.headline { display: grid; gap: .75rem 1.5rem; align-items: center; margin-bottom: 1rem; }
@media (min-width: 60rem) { .headline { grid-template-columns: minmax(0, 1fr) auto; } }
#live-headline p { font-size: 1.2rem; font-weight: 600; margin: 0; max-width: none; padding: .15rem 0 .15rem .85rem; border-left: 5px solid var(--benign); }
#live-headline p.alarm { border-left-color: var(--attack); }
#live-headline p.good { border-left-color: var(--good); }
#live-mode p { margin: .4rem 0 0; max-width: 24rem; }
#answer { grid-column: 1 / -1; margin: 0; max-width: none; } #answer:empty { display: none; }
.modes { display: flex; flex-wrap: wrap; gap: .3rem; }
.modes button { padding: .35rem .8rem; font-size: .9rem; font-weight: 500; }
@media (max-width: 30rem) { .modes { display: grid; grid-template-columns: repeat(4, auto); } .modes button { padding: .35rem .2rem; } }
.modes button[aria-pressed=true] { background: var(--accent); color: var(--accentink); border-color: var(--accent); font-weight: 700; }
.intro { margin-bottom: 1rem; }
.intro summary { cursor: pointer; font-weight: 600; }
.intro[open] summary { margin-bottom: .75rem; }
.columns { display: grid; gap: 0 2rem; } @media (min-width: 60rem) { .columns { grid-template-columns: 1fr 1fr; } }
.columns p:last-child { margin-bottom: 0; }
dfn { font-style: normal; font-weight: 600; }
.next { border-left: 5px solid var(--good); margin-bottom: 1rem; } .next ol { margin: 0; padding-left: 1.25rem; } .next code { overflow-wrap: anywhere; }
.grid { display: grid; gap: 1rem; grid-template-columns: minmax(0, 1fr); }
@media (min-width: 60rem) { .grid { grid-template-columns: repeat(12, minmax(0, 1fr)); align-items: start; }
  .area-quota { grid-column: span 4; } .area-traffic { grid-column: span 8; } .area-quota, .area-traffic, .area-sources { align-self: stretch; }
  .area-sources { grid-column: span 8; grid-row: span 2; } .area-inbox { grid-column: span 4; } .area-story { grid-column: span 4; }
  .area-launch, .area-workflow { grid-column: span 12; } }
.gauge { margin-bottom: .6rem; }
.row { display: flex; justify-content: space-between; flex-wrap: wrap; gap: .1rem .5rem; font-size: .9rem; }
.gauge code { font-size: .75rem; }
.gauge .value { font-variant-numeric: tabular-nums; font-weight: 600; white-space: nowrap; }
.value.firing { color: var(--bad); }
.meter { display: block; width: 100%; height: 30px; margin-top: .2rem; }
.track { fill: var(--fill); } .level { fill: var(--benign); transition: width .3s; } .level.over { fill: var(--attack); }
.meter text { font-size: 11px; fill: var(--soft); text-anchor: middle; } .meter text.firing { fill: var(--bad); font-weight: 700; }
.tick { stroke: var(--card); stroke-width: 2; }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1.1rem; margin: 0 0 .25rem; } .legend svg { width: .7rem; height: .7rem; }
.chart { display: block; width: 100%; margin-bottom: .5rem; }
.chart text { font-size: 11px; fill: var(--soft); paint-order: stroke; stroke: var(--card); stroke-width: 3px; }
.gridline { stroke: var(--line); } .event { stroke: var(--ink); stroke-dasharray: 3 3; }
.chart .event-text { fill: var(--ink); font-weight: 600; } .left-of { text-anchor: end; }
.fill-benign { fill: var(--benign); } .fill-attack { fill: var(--attack); } .fill-refused { fill: var(--refused); }
.area-sources .scroll { max-height: 40rem; overflow: auto; }
@media (min-width: 60rem) { .area-sources, #live-sources { display: flex; flex-direction: column; } #live-sources { flex: 1; }
  .area-sources .scroll { flex: 1 0 30rem; height: 0; max-height: none; } }
caption { text-align: left; color: var(--soft); font-size: .875rem; padding-bottom: .4rem; }
#sources tbody th { font-weight: 400; color: var(--ink); overflow-wrap: anywhere; min-width: 8.5rem; } #sources tbody th code { font-size: .875rem; }
@media (min-width: 60rem) { #sources tbody th code { white-space: nowrap; } }
#sources td, #sources th { padding: .4rem .75rem .4rem 0; }
.reason { display: block; } .left { display: block; width: 100%; height: 6px; margin: .25rem 0; } .left .level { fill: var(--attack); }
.inbox, .launches, .offers, .log, .steps { list-style: none; padding: 0; margin: 0; }
.inbox li { display: grid; gap: .6rem; padding: .6rem 0; border-bottom: 1px solid var(--line); justify-items: start; } .inbox li:last-child { border: 0; padding-bottom: 0; }
.inbox .small, .launches .small { display: block; }
.offers { display: grid; gap: .75rem; grid-template-columns: repeat(auto-fill, minmax(15.5rem, 1fr)); margin-bottom: 1rem; }
.offers li { display: grid; grid-template-rows: auto 1fr auto auto; justify-items: start; border: 1px solid var(--line); border-radius: 10px; padding: .75rem .9rem; }
.offers h3 { margin: 0 0 .3rem; } .offers p { margin: 0 0 .4rem; font-size: .9rem; } .offers button { padding: .35rem .9rem; font-size: .9rem; }
.launches { display: grid; gap: .5rem; }
.area-story .scroll { max-height: 34rem; overflow: auto; }
.log li { display: grid; grid-template-columns: auto 1fr; gap: .6rem; padding: .15rem 0; font-size: .875rem; overflow-wrap: anywhere; }
time { font-variant-numeric: tabular-nums; white-space: nowrap; } .log time, .steps time { color: var(--soft); font-size: .8125rem; }
.steps li { display: grid; grid-template-columns: 1.2rem minmax(0, 1fr) auto; gap: .4rem; padding: .2rem 0; color: var(--soft); font-size: .9rem; }
.steps li::before { content: ""; width: .7rem; height: .7rem; margin-top: .35rem; border-radius: 50%; border: 2px solid var(--line); }
.steps li.seen { color: var(--ink); } .steps li.seen::before { background: var(--good); border-color: var(--good); }
.steps .detail { display: block; color: var(--soft); font-size: .8125rem; overflow-wrap: anywhere; }
#run-title { max-width: none; overflow-wrap: anywhere; }
.machine { display: block; max-width: 100%; height: auto; margin: 0 auto; font-size: 13px; }
.across { display: none; } @media (min-width: 60rem) { .across { display: block; } .down { display: none; } }
.box rect, .box path { fill: var(--card); stroke: var(--soft); stroke-width: 1.2; } .box text { fill: var(--soft); text-anchor: middle; }
.box.failure rect { stroke-dasharray: 4 3; }
.way { fill: none; stroke: var(--line); stroke-width: 1.4; } .head path { fill: var(--soft); }
.way.passed { stroke: var(--benign); stroke-width: 1.8; } .head.passed path { fill: var(--benign); }
.box.passed rect, .box.passed path { stroke: var(--benign); stroke-width: 1.8; } .box.passed text { fill: var(--ink); }
.box.current rect, .box.current path { fill: var(--accent); stroke: var(--accent); } .box.current text { fill: var(--accentink); font-weight: 700; }
.lost #live-clock { opacity: .5; }
@media (max-width: 60rem) { main { padding: .75rem; } .pills { margin-left: 0; } .card { padding: .85rem .9rem; } .area-story .scroll { max-height: none; }
  .stack, .stack caption, .stack tbody, .stack tr, .stack tbody th { display: block; }
  .stack thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .stack tbody tr { padding: .5rem 0; border-top: 1px solid var(--line); }
  #sources tbody th { border: 0; padding: 0 0 .2rem; } .stack tbody td { display: grid; grid-template-columns: 6.5rem minmax(0, 1fr); gap: .5rem; border: 0; padding: .1rem 0; }
  .stack tbody td::before { content: attr(data-title); color: var(--soft); font-size: .8125rem; } }
@media (prefers-reduced-motion: reduce) { .level { transition: none; } }
`;
