/** The report of one run of a deployment. Every text of it is untrusted. */
import type { RunReport } from "../functions/domain/run-report.ts";
import type { Reason } from "../functions/domain/verdict.ts";
import { buildAccounts } from "./accounts.ts";
import { fateFacts, fateStanding } from "./fates.ts";
import { buildGroups } from "./groups.ts";
import { type Html, html } from "./html.ts";
import { buildNotDone } from "./not-done.ts";
import { buildNotice, buildSection, type RenderTools, renderReportPage } from "./report-page.ts";
import { buildAlarm, buildRunHead } from "./run-head.ts";
import { buildProposals, buildRelief } from "./run-outcome.ts";
import { buildQueries, buildRounds, traceIn } from "./run-rounds.ts";
import { rowOf, type SourceRow, verdictStanding } from "./source-row.ts";
import { buildSourceTable } from "./source-table.ts";
import { buildTimeline } from "./timeline.ts";
import { numberOf, timeOf } from "./times.ts";

export function renderRunPage(run: RunReport, tools: RenderTools): string {
  const sections = [
    buildRunHead(run),
    buildNotice("notes", "Look at this too", notesOf(run)),
    buildSection("alarm", "What alarmed", buildAlarm(run)),
    buildSection("timeline", "Calls over time", buildTimeline(run.series, run.marks)),
    buildSection("sources", "Offenders and watched sources", buildSources(run, tools)),
    buildSection("accounts", "Accounts at risk", buildAccounts(run.accountsAtRisk)),
    buildSection("groups", "Attacks from many addresses", buildGroups(run.groups)),
    buildSection("not-done", "What was not done, and why", buildNotDone(run)),
    buildSection("proposals", "What people were asked", buildProposals(run)),
    buildSection("relief", "What it brought", buildRelief(run)),
    buildSection("rounds", "The looks of this run", buildRounds(run)),
    buildSection("queries", "Where the numbers come from, and what they cost", buildQueries(run)),
  ];
  const title = `${run.offenders.length} offenders, run ${run.runId}`;
  const pills = [run.deployment, html`<span class="mono">${run.runId}</span>`, run.end ? run.end.how : "still on"];
  return renderReportPage({ title, kind: "run report", pills, sections }, tools);
}

function notesOf({ notOurs, notes, end }: RunReport): readonly Html[] {
  const others =
    notOurs &&
    html`Of ${numberOf(notOurs.calls)} calls, ${numberOf(notOurs.theirs)} were not of this user pool: ${notOurs.others.map(({ name, calls }) => `${name} ${numberOf(calls)}`).join(", ")}.`;
  const burning = end !== null && end.burning.length > 0 && html`Still in alarm at the end: ${end.burning.join(", ")}.`;
  return [others, burning, ...notes.map(({ text }) => html`${text}`)].flatMap((note) => note || []);
}

function buildSources(run: RunReport, { gzip }: RenderTools): Html {
  if (run.offenders.length + run.watched.length === 0) return html`<p class="soft">Nobody to ban or to watch.</p>`;
  return html`<p class="soft small">Each status is as of ${timeOf(run.builtAt)} UTC: this page is not written again when a ban ends.</p>
${buildSourceTable(rowsOf(run), gzip)}`;
}

function* rowsOf(run: RunReport): Generator<SourceRow> {
  const last = run.rounds.at(-1)?.round ?? 0;
  for (const [index, offender] of run.offenders.entries()) {
    const around = {
      ...{ standing: fateStanding(offender), behind: offender.establishedUsers, facts: fateFacts(offender) },
      traceOf: ({ window }: Reason) => traceIn(run, offender.round, window),
    };
    yield rowOf(offender, around, index);
  }
  for (const [index, verdict] of run.watched.entries()) {
    const around = {
      ...{ standing: verdictStanding(verdict), behind: null, facts: [] },
      traceOf: ({ window }: Reason) => traceIn(run, last, window),
    };
    yield rowOf(verdict, around, run.offenders.length + index);
  }
}
