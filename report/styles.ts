/** Colours, type and blocks that every page shares. Colours are told apart by lightness too, not by hue alone. */
export const baseStyles = `
:root { color-scheme: light dark;
  --page: #f6f5f1; --card: #ffffff; --ink: #1d2129; --soft: #5b6270; --line: #dfdcd4; --fill: #efece5;
  --benign: #2f6fb7; --attack: #c2570c; --refused: #8a8f99; --good: #1f7a4d; --goodfill: #e2f2e9;
  --warn: #9a5b00; --warnfill: #fdf0d5; --bad: #b3261e; --badfill: #fbe6e4; --accent: #2f6fb7; --accentink: #ffffff; }
@media screen and (prefers-color-scheme: dark) { :root {
  --page: #14161a; --card: #1d2026; --ink: #eceef2; --soft: #a3abb8; --line: #343943; --fill: #272b33;
  --benign: #6ea8e8; --attack: #f09550; --refused: #7d8592; --good: #6ecb9a; --goodfill: #17352a;
  --warn: #f0b95a; --warnfill: #3a2c11; --bad: #ff8f86; --badfill: #43201d; --accent: #6ea8e8; --accentink: #10131a; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
main { max-width: 76rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.35rem; margin: 0; letter-spacing: -0.01em; }
h2 { font-size: 1rem; margin: 0 0 .75rem; }
p { margin: 0 0 .75rem; max-width: 70ch; }
a { color: var(--accent); }
code, .mono { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: .875em; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 1rem 1.15rem; min-width: 0; }
.top { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem .75rem; margin: .25rem 0 1rem; }
.mark { width: 2rem; height: 2rem; color: var(--accent); }
.soft { color: var(--soft); }
.small { font-size: .875rem; }
.pill { display: inline-block; border: 1px solid var(--line); border-radius: 999px; padding: .1rem .65rem; font-size: .8125rem;
  background: var(--fill); white-space: nowrap; }
.pill.good { color: var(--good); background: var(--goodfill); border-color: transparent; }
.pill.warn { color: var(--warn); background: var(--warnfill); border-color: transparent; }
.pill.bad { color: var(--bad); background: var(--badfill); border-color: transparent; }
.lead { font-size: 1.15rem; font-weight: 500; max-width: none; }
.notice { border-radius: 12px; padding: .85rem 1.15rem; } .notice ul { margin: .4rem 0 0; }
.notice.good { background: var(--goodfill); color: var(--good); }
.notice.warn { background: var(--warnfill); color: var(--warn); }
.notice.bad { background: var(--badfill); color: var(--bad); }
dl { display: grid; gap: .5rem 1.5rem; grid-template-columns: repeat(auto-fit, minmax(14rem, 1fr)); margin: 0; }
dt { color: var(--soft); font-size: .8125rem; } dd { margin: 0; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th { text-align: left; font-weight: 600; color: var(--soft); font-size: .8125rem; }
th, td { padding: .45rem .75rem .45rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
tr:last-child td { border-bottom: 0; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
button, .button { font: inherit; font-weight: 600; border: 1px solid transparent; border-radius: 8px; padding: .55rem 1.1rem;
  background: var(--accent); color: var(--accentink); cursor: pointer; text-decoration: none; display: inline-block; }
button.quiet { background: transparent; color: var(--ink); border-color: var(--line); }
.hidden-text { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media print { body { background: #fff; } .card { break-inside: avoid; } }
`;
