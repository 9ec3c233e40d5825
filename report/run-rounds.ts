/** The looks of a run, the queries they asked and what that cost: where every number comes from. */
import type { ReportedQuery, ReportedRound, RunReport } from "../functions/domain/run-report.ts";
import { type Html, html } from "./html.ts";
import type { Trace } from "./source-row.ts";
import { type Column, tableOf } from "./table.ts";
import { bytesText, numberOf, type Span, spanOf, timeOf } from "./times.ts";

const roundColumns: readonly Column<ReportedRound>[] = [
  { title: "Round", cell: ({ round }) => round },
  { title: "Looked", cell: ({ lookedAt }) => timeOf(lookedAt) },
  { title: "In force", cell: ({ appliedAt }) => (appliedAt === null ? "nothing" : timeOf(appliedAt)) },
  { title: "Short window", cell: ({ shortWindow }) => html`<time>${spanOf(shortWindow)}</time>` },
  { title: "Calls", number: true, cell: ({ found }) => (found ? numberOf(found.calls) : "look failed") },
  { title: "Offenders", number: true, cell: ({ found }) => found?.ban },
  { title: "Banned", number: true, cell: ({ applied }) => applied?.banned },
  { title: "Longer", number: true, cell: ({ applied }) => applied?.extended },
  { title: "Filed", number: true, cell: ({ planned }) => planned?.file },
  { title: "Refused", number: true, cell: ({ planned }) => planned?.refuse },
  { title: "Evidence complete to", cell: ({ evidenceCompleteTo: to }) => (to === null ? "not known" : timeOf(to)) },
];

export function buildRounds({ rounds }: RunReport): Html | null {
  if (rounds.length === 0) return null;
  return tableOf("rounds", "One look at the logs each. What a look found and what it came to.", roundColumns, rounds);
}

const queryColumns: readonly Column<ReportedQuery>[] = [
  { title: "Query", cell: (query) => html`<span id="${idOf(query)}">${query.name}, round ${query.round}</span>` },
  { title: "Read", cell: ({ part, error }) => (error === null ? part : html`<strong>failed: ${error}</strong>`) },
  { title: "Athena’s id", cell: ({ id }) => html`<span class="mono small">${id ?? "none"}</span>` },
  { title: "Scanned", number: true, cell: ({ bytesScanned }) => bytesText(bytesScanned) },
  { title: "Cost", number: true, cell: ({ usd }) => dollars(usd) },
];

export function buildQueries({ queries, cost, rounds }: RunReport): Html {
  const params = rounds.map(
    ({ round, shortWindow, slowWindow }) =>
      html`<li>Round ${round}: short <time>${spanOf(shortWindow)}</time>, slow <time>${spanOf(slowWindow)}</time></li>`,
  );
  return html`<p>Queries scanned ${bytesText(cost.bytesScanned)} for ${dollars(cost.usd)} <span class="soft">at the prices of ${cost.pricesOf}</span>. Each
reason in the table of sources names its query and its window. Athena shows the text and the parameters of a query under its id.</p>
<ul class="soft small">${params}</ul>
${tableOf("queries", "Parts of a query that was too large are rows of their own.", queryColumns, queries)}`;
}

function dollars(usd: number): string {
  return `$${usd.toFixed(usd < 0.1 ? 4 : 2)}`;
}

function idOf({ name, round, part }: Pick<ReportedQuery, "name" | "round" | "part">): string {
  return `query-${round}-${name}${part === "whole" ? "" : `-${part}`}`;
}

/** The query of `round` that looked at the reason's window. */
export function traceIn({ rounds, queries }: RunReport, round: number, window: Span): Trace {
  const look = rounds.find((candidate) => candidate.round === round);
  const is = (other: Span | undefined) => other?.from === window.from && other?.to === window.to;
  const name = is(look?.shortWindow) ? "short" : is(look?.slowWindow) ? "slow" : null;
  const query = queries.find((asked) => asked.round === round && asked.name === name && asked.error === null);
  if (!query) return { query: name === null ? `round ${round}` : `${name}, round ${round}`, link: "#title-queries" };
  const part = query.part === "whole" ? "" : ` (${query.part} of the window)`;
  return { query: `${query.name}, round ${round}${part}`, link: `#${idOf(query)}` };
}
