/** The two state machines as pictures, the state of now lit, and the same in words. */
import { type Html, html } from "./html.ts";
import type { LiveRun, LiveState } from "./live-state.ts";
import { drawMachine, type MachinePlan, wordsOf } from "./machine-drawing.ts";

/** One machine, laid out for wide screens and for phones. */
export interface MachinePlans {
  readonly across: MachinePlan;
  readonly down: MachinePlan;
}

export function buildWorkflow(plans: MachinePlans, run: LiveRun | null): Html {
  return html`<p class="small" id="run-title">${run ? describeRun(run) : "No run yet. An alarm starts one."}</p>${drawBoth("run", plans, run)}`;
}

/** Where the page of each run is served. */
export const reportPath = "/reports/";

export function buildReports(reports: LiveState["reports"]): Html {
  if (reports.length === 0) return html``;
  const links = reports.map(
    ({ runId, at, startedBy }, index) =>
      html`${index > 0 && ", "}<a href="${reportPath}${encodeURIComponent(runId)}" target="_blank" rel="noopener noreferrer">${at.slice(11, 19)} by ${startedBy}<span class="hidden-text">, in a new tab</span></a>`,
  );
  return html`<p class="small">What each run saw, did and did not do, and why: the reports of the runs started at ${links}</p>`;
}

export function buildAsking(plans: MachinePlans, asking: LiveRun | null): Html {
  if (!asking) return html``;
  return html`<h3>Asking a person</h3><p class="small">${describeRun(asking)}</p>${drawBoth("asking", plans, asking)}`;
}

function describeRun({ id, status, round, current }: LiveRun): Html {
  const now = current.length > 0 ? html`, now at <b>${current.map(wordsOf).join(", ")}</b>` : "";
  return html`Run <code>${id}</code>${round > 0 && `, round ${round}`}: ${status.toLowerCase().replaceAll("_", " ")}${now}`;
}

/** Style sheets decide which of the two is shown. */
function drawBoth(id: string, { across, down }: MachinePlans, run: LiveRun | null): Html {
  const whereabouts = run ?? { current: [], passed: [] };
  return html`<div class="across">${drawMachine(across, `${id}-across`, whereabouts)}</div>
<div class="down">${drawMachine(down, `${id}-down`, whereabouts)}</div>`;
}
