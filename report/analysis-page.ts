/** The report of `portcullis analyze`. Every text of it is untrusted. */
import type { AnalyzeReport, InputReport } from "../functions/domain/analysis.ts";
import { printable } from "../functions/domain/printable.ts";
import type { Reason } from "../functions/domain/verdict.ts";
import { percent } from "../functions/domain/wording.ts";
import { buildAccounts } from "./accounts.ts";
import { buildGroups, groupsAmong, isRange } from "./groups.ts";
import { type Html, html } from "./html.ts";
import { buildNotice, buildSection, buildSummary, type RenderTools, renderReportPage } from "./report-page.ts";
import { rowOf, type SourceRow, type Trace, verdictStanding } from "./source-row.ts";
import { buildSourceTable } from "./source-table.ts";
import { type Column, tableOf } from "./table.ts";
import { buildTimeline, type TimelineMark } from "./timeline.ts";
import { numberOf, spanOf, timeOf } from "./times.ts";

export function renderAnalysisPage(report: AnalyzeReport, tools: RenderTools): string {
  const { totals } = report;
  const sections = [
    buildHead(report),
    buildNotice("warnings", "Look at this too", report.warnings.map(printable)),
    buildSection("timeline", "Calls over time", buildTimeline(report.series ?? null, marksOf(report))),
    buildSection("sources", "Offenders and watched sources", buildSources(report, tools)),
    buildSection("groups", "Attacks from many addresses", buildGroups(groupsAmong(report.sources))),
    buildSection("accounts", "Accounts at risk", buildAccounts(report.accountsAtRisk)),
    buildSection("queries", "Where the numbers come from", report.window && buildQueries()),
    buildSection("inputs", "What was read", tableOf("inputs", inputsCaption, inputColumns, report.inputs)),
  ];
  const title = `${totals.ban} offenders, ${totals.watch} watched`;
  return renderReportPage({ title, kind: "log analysis", pills: ["nobody was banned by this"], sections }, tools);
}

/** The calls of a range are those of its sources as well, innocent ones among them: only what single sources made is added up. */
function shareOf(sources: AnalyzeReport["sources"], total: number): string {
  const banned = sources.filter(({ verdict }) => verdict === "ban");
  const single = banned.filter(({ source }) => !isRange(source));
  if (single.length === 0) return "";
  const calls = single.reduce((sum, each) => sum + each.calls, 0);
  const who = single.length < banned.length ? "The single addresses among them" : banned.length === 1 ? "It" : "They";
  return ` ${who} made ${percent(calls, total)} % of all calls.`;
}

function buildHead({ window, evidenceCompleteTo, totals, sources }: AnalyzeReport): Html {
  if (!window)
    return html`<div class="notice warn"><strong>No call of a user pool’s API in these logs.</strong> There is nothing to judge.</div>`;
  const one = totals.ban === 1;
  const lead =
    totals.ban > 0
      ? `${numberOf(totals.ban)} of ${numberOf(totals.sources)} ${totals.sources === 1 ? "source" : "sources"} ${one ? "looks" : "look"} like an attack.${shareOf(sources, totals.calls)}`
      : "No source looks like an attack.";
  const complete =
    evidenceCompleteTo === null ? "no time: a log that was given has no call" : timeOf(evidenceCompleteTo);
  return buildSummary({
    tone: totals.ban > 0 ? "alarm" : "calm",
    lead,
    counts: [
      { name: "Calls", value: numberOf(totals.calls) },
      { name: "Sources", value: numberOf(totals.sources) },
      { name: "Ban", value: numberOf(totals.ban) },
      { name: "Watch", value: numberOf(totals.watch) },
      { name: "Ignore", value: numberOf(totals.ignore) },
    ],
    facts: [
      { name: "Window", value: html`<time>${spanOf(window)}</time>` },
      { name: "Evidence complete to", value: complete },
      { name: "Times", value: "UTC" },
    ],
  });
}

function marksOf({ sources }: AnalyzeReport): TimelineMark[] {
  let [first, last]: (string | undefined)[] = [];
  for (const { verdict, firstSeen, lastSeen } of sources) {
    if (verdict !== "ban") continue;
    if (first === undefined || firstSeen < first) first = firstSeen;
    if (last === undefined || lastSeen > last) last = lastSeen;
  }
  if (first === undefined || last === undefined) return [];
  return [
    { at: first, kind: "alarm", text: "first call of an offender" },
    { at: last, kind: "end", text: "last call of an offender" },
  ];
}

function buildSources({ sources, window }: AnalyzeReport, { gzip }: RenderTools): Html {
  if (sources.length === 0)
    return html`<p class="soft">${window ? "Nobody to ban or to watch." : "No call, so no source."}</p>`;
  return buildSourceTable(rowsOf(sources), gzip);
}

function* rowsOf(sources: AnalyzeReport["sources"]): Generator<SourceRow> {
  for (const [index, verdict] of sources.entries())
    yield rowOf(verdict, { standing: verdictStanding(verdict), behind: null, facts: [], traceOf }, index);
}

/** A window of more than an hour is the slow one. */
function traceOf({ window }: Reason): Trace {
  const isSlow = Date.parse(window.to) - Date.parse(window.from) > 3_600_000;
  return isSlow ? { query: "slow window", link: "#query-slow" } : { query: "short window", link: "#query-short" };
}

function buildQueries(): Html {
  return html`<p>All counts are of the relation <code>auth_calls</code>, one row a call, made of the records below by
<code>auth_calls.sql</code>. A reason names its window; its numbers are the profile of the source in that window, which
<code>profiles.sql</code> makes of those rows.</p>
<dl><div id="query-short"><dt>Short window</dt><dd>10 minutes, one beginning every 5 minutes on the clock</dd></div>
<div id="query-slow"><dt>Slow window</dt><dd>24 hours, one ending every hour and at the end</dd></div></dl>`;
}

const inputsCaption =
  "Accepted records became evidence. Skipped ones are no call of ours. Rejected ones could not be read, so evidence may be missing.";

const inputColumns: readonly Column<InputReport>[] = [
  { title: "File", cell: ({ file }) => html`<span class="mono">${printable(file)}</span>` },
  { title: "Log", cell: ({ kind }) => kind },
  { title: "Records", number: true, cell: ({ records }) => numberOf(records) },
  { title: "Accepted", number: true, cell: ({ accepted }) => numberOf(accepted) },
  { title: "Skipped", number: true, cell: ({ skipped }) => numberOf(skipped) },
  { title: "Rejected", number: true, cell: ({ rejected }) => numberOf(rejected) },
  { title: "Reasons", cell: ({ reasons }) => Object.entries(reasons).map(([why, count]) => html`${why} ${count}<br>`) },
];
