export const liveStyles = `
.pills { display: flex; flex-wrap: wrap; gap: .4rem; margin-left: auto; }
.headline { border-left: 6px solid var(--line); margin-bottom: 1rem; }
.headline p { font-size: 1.15rem; font-weight: 600; margin: 0; max-width: none; }
.headline.calm { border-left-color: var(--benign); }
.headline.alarm { border-left-color: var(--attack); }
.headline.good { border-left-color: var(--good); }
#approval { margin-top: .75rem; display: flex; flex-wrap: wrap; align-items: center; gap: .75rem; }
#approval[hidden] { display: none; }
.intro { margin-bottom: 1rem; }
.intro summary { cursor: pointer; font-weight: 600; }
.intro[open] summary { margin-bottom: .75rem; }
.grid { display: grid; gap: 1rem; grid-template-columns: minmax(0, 1fr); }
@media (min-width: 60rem) { .grid { grid-template-columns: repeat(12, minmax(0, 1fr)); }
  .area-quota { grid-column: span 4; } .area-traffic { grid-column: span 8; }
  .area-story { grid-column: span 5; grid-row: span 2; } .area-run { grid-column: span 7; } .area-deny { grid-column: span 7; }
  .area-offenders { grid-column: span 12; } }
.gauge { margin-bottom: .85rem; }
.gauge .row { display: flex; justify-content: space-between; gap: .5rem; font-size: .9rem; margin-bottom: .2rem; }
.gauge .value.firing { color: var(--bad); }
.gauge .value { font-variant-numeric: tabular-nums; font-weight: 600; white-space: nowrap; }
.gauge .track { position: relative; height: .9rem; background: var(--fill); border-radius: 999px; overflow: hidden; }
.gauge .level { position: absolute; inset: 0 auto 0 0; background: var(--benign); border-radius: 999px; transition: width .3s; }
.gauge .level.over { background: var(--attack); }
.gauge .tick { position: absolute; top: 0; bottom: 0; width: 2px; background: var(--card); }
.gauge .scale { position: relative; height: 1.1rem; font-size: .75rem; color: var(--soft); }
.gauge .scale span { position: absolute; transform: translateX(-50%); }
.gauge .scale span.firing { color: var(--bad); font-weight: 700; }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1.1rem; font-size: .875rem; margin-bottom: .5rem; }
.legend i { display: inline-block; width: .8rem; height: .8rem; border-radius: 3px; margin-right: .4rem; vertical-align: -1px; }
#chart svg { display: block; width: 100%; height: auto; }
#chart text { font-size: 11px; fill: var(--soft); }
#chart .gridline { stroke: var(--line); stroke-width: 1; }
#chart .event { stroke: var(--ink); stroke-width: 1; stroke-dasharray: 3 3; }
#chart .event-text { fill: var(--ink); font-weight: 600; }
.fill-benign { fill: var(--benign); background: var(--benign); }
.fill-attack { fill: var(--attack); background: var(--attack); }
.fill-refused { fill: var(--refused); background: var(--refused); }
.steps { list-style: none; padding: 0; margin: 0; }
.steps li { display: grid; grid-template-columns: 1.4rem 1fr auto; gap: .5rem; padding: .3rem 0; color: var(--soft); font-size: .925rem; }
.steps li::before { content: ""; width: .8rem; height: .8rem; margin-top: .32rem; border-radius: 50%; border: 2px solid var(--line); }
.steps li.seen { color: var(--ink); }
.steps li.seen::before { background: var(--good); border-color: var(--good); }
.steps .detail { display: block; color: var(--soft); font-size: .8125rem; overflow-wrap: anywhere; }
.steps time { font-variant-numeric: tabular-nums; font-size: .8125rem; color: var(--soft); }
.machine { list-style: none; display: flex; flex-wrap: wrap; gap: .5rem 1.35rem; padding: 0; margin: 0; }
.machine li { position: relative; border: 1.5px solid var(--line); border-radius: 8px; padding: .3rem .75rem; font-size: .875rem; color: var(--soft); }
.machine li:not(.end):has(+ li:not(.end))::after { content: "→"; position: absolute; right: -1.2rem; color: var(--soft); font-weight: 400; }
.machine li.choice { border-radius: 999px; border-style: dashed; }
.machine li.end { border-radius: 999px; border-width: 2.5px; }
.machine li.visited { color: var(--ink); border-color: var(--benign); }
.machine li.current { background: var(--accent); border-color: var(--accent); color: var(--accentink); font-weight: 700; }
#offenders-table td:first-child, #deny-table td:first-child { white-space: nowrap; }
#offenders-table ul { margin: 0; padding-left: 1.1rem; }
.area-deny .scroll, .area-offenders .scroll { max-height: 26rem; overflow: auto; }
.left { min-width: 9rem; }
.left .track { height: .5rem; background: var(--fill); border-radius: 999px; overflow: hidden; margin-top: .3rem; }
.left .level { height: 100%; background: var(--attack); border-radius: 999px; }
@media (max-width: 40rem) { main { padding: .75rem; } .pills { margin-left: 0; } .card { padding: .85rem .9rem; }
  #offenders-table thead, #deny-table thead { position: absolute; clip-path: inset(50%); }
  #offenders-table tr, #deny-table tr { display: block; padding: .5rem 0; border-bottom: 1px solid var(--line); }
  #offenders-table td, #deny-table td { display: block; border: 0; padding: .1rem 0; text-align: left; }
  #offenders-table td.number::before { content: "score "; color: var(--soft); } }
@media (prefers-reduced-motion: reduce) { .gauge .level { transition: none; } }
`;
