export const approvalStyles = `
main { max-width: 52rem; }
.card, .notice { margin-bottom: 1rem; }
.deadline { font-weight: 600; margin-bottom: 1rem; }
.notes ul, .notice ul { padding-left: 1.2rem; margin: .4rem 0 0; overflow-wrap: anywhere; }
.entries { list-style: none; padding: 0; margin: 0; }
.entries .card:has(input:checked) { border-color: var(--accent); box-shadow: inset 4px 0 0 var(--accent); }
.tick { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem; font-weight: 600; min-height: 2rem; }
label.tick { cursor: pointer; }
.tick input { width: 1.5rem; height: 1.5rem; margin: 0 .25rem 0 0; accent-color: var(--accent); flex: none; }
.source { overflow-wrap: anywhere; font-size: 1rem; }
.reasons { margin: .6rem 0; padding-left: 1.2rem; overflow-wrap: anywhere; }
.entries p { margin: 0 0 .3rem; max-width: none; } .risky { color: var(--warn); font-weight: 600; }
.list { overflow-wrap: anywhere; } summary { cursor: pointer; padding: .35rem 0; }
.activity { display: grid; gap: .25rem 1.5rem; grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr)); margin: .5rem 0 .6rem; }
figure { margin: 0; min-width: 0; } .bar { margin: .3rem 0; font-size: .875rem; overflow-wrap: anywhere; }
.bar svg { display: block; width: 100%; height: .75rem; background: var(--fill); border-radius: 3px; }
.bar svg rect { stroke: var(--card); stroke-width: 1px; vector-effect: non-scaling-stroke; }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1rem; } .legend svg { width: .75rem; height: .75rem; vertical-align: -.05rem; }
.series { margin: .5rem 0 .6rem; } .series svg { display: block; width: 100%; height: 4rem; background: var(--fill); border-radius: 3px; }
.ends { display: flex; justify-content: space-between; }
rect.other, path.other { fill: var(--benign); opacity: .55; }
rect.failed, path.failed { fill: var(--attack); } rect.succeeded, path.succeeded { fill: var(--good); } rect.accepted { fill: var(--benign); }
rect.refused, path.refused { fill: var(--ink); } rect.open { fill: var(--refused); }
.decide label { font-weight: 600; display: block; margin-bottom: .35rem; }
textarea { width: 100%; font: inherit; color: inherit; background: var(--page); border: 1px solid var(--line); border-radius: 8px; padding: .5rem; }
.buttons { display: flex; flex-wrap: wrap; gap: .75rem; margin: .6rem 0 .4rem; }
.buttons button { min-height: 2.75rem; } .comment { overflow-wrap: anywhere; white-space: pre-line; }
.decide p { margin: 0; }
@media (max-width: 30rem) { .buttons button { flex: 1 1 100%; } main { padding: .75rem; } .card { padding: .85rem .9rem; } }
`;
