/**
 * The approval page: GET shows it, its form's POST decides. It needs no script, so it works in every mail client's
 * browser, and nothing on it can be pressed by a link scanner.
 */
import type { FiledBan } from "../functions/domain/plan.ts";
import { type ApprovalPage, approvalFields, type Proposal } from "../functions/domain/proposal.ts";
import { becauseTexts } from "./because-texts.ts";
import { type Html, html, trusted } from "./html.ts";
import { baseStyles } from "./styles.ts";

/** The Content-Security-Policy that goes with `renderApprovalPage(page, nonce)`. */
export function approvalPagePolicy(nonce: string): string {
  return [
    "default-src 'none'",
    `style-src 'nonce-${nonce}'`,
    "img-src data:",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");
}

/** `nonce` is a fresh random value for each answer. Every text of `page` is untrusted. */
export function renderApprovalPage(page: ApprovalPage, nonce: string): string {
  const title = page.proposal ? `${page.proposal.sources} bans wait for you` : "Approval";
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>${title} · Portcullis</title>
<link rel="icon" href="data:,">
<style nonce="${nonce}">${trusted(baseStyles + approvalStyles)}</style>
</head>
<body>
<main>
<h1>Portcullis <span class="soft">approval</span></h1>
${buildNotice(page)}
${page.proposal && buildProposal(page, page.proposal)}
</main>
</body>
</html>
`.text;
}

const notices: Readonly<Record<ApprovalPage["state"], { tone: string; title: string; text: string } | null>> = {
  open: null,
  changed: {
    tone: "warn",
    title: "The proposal has changed since you opened it.",
    text: "A later look at the logs found more. Nothing was decided; look again below.",
  },
  decided: {
    tone: "good",
    title: "This is decided.",
    text: "The decision stands in the record; nothing is left to do here.",
  },
  "nothing-ticked": {
    tone: "warn",
    title: "No source was ticked.",
    text: "Nothing was decided. Tick the sources to ban, or reject all of them.",
  },
  forbidden: {
    tone: "bad",
    title: "This link is not valid.",
    text: "It may be cut off or too old. Open the newest mail.",
  },
  unknown: { tone: "bad", title: "There is no such proposal.", text: "It may have expired. Open the newest mail." },
  failed: {
    tone: "bad",
    title: "That did not work.",
    text: "The decision could not be recorded. Try again; deciding twice does no harm.",
  },
};

function buildNotice(page: ApprovalPage): Html | null {
  const notice = notices[page.state];
  if (!notice) return null;
  return html`<div class="notice ${notice.tone}" role="status"><strong>${notice.title}</strong> ${notice.text}</div>`;
}

function buildProposal(page: ApprovalPage, proposal: Proposal): Html {
  const open = page.action !== "" && proposal.status === "open";
  return html`
${buildSummary(page, proposal)}
${proposal.decision && buildDecision(proposal.decision)}
${page.missing.length > 0 && buildMissing(page.missing)}
${page.notes.length > 0 && buildNotes(page.notes)}
${open ? buildForm(page, proposal) : page.entries.length > 0 && buildEntries(page, false)}`;
}

function buildSummary(page: ApprovalPage, proposal: Proposal): Html {
  const calls = page.entries.reduce((sum, entry) => sum + entry.calls, 0);
  const share = page.totalCalls > 0 ? Math.round((100 * calls) / page.totalCalls) : null;
  return html`<div class="card"><p class="lead">${proposal.sources} sources look like an attack on
<b>${proposal.category}</b>.${share !== null && html` Together they made ${share} % of all calls in the window.`}</p>
<dl><div><dt>Alarm</dt><dd>${proposal.run.alarmName ?? proposal.run.trigger}</dd></div>
<div><dt>Window</dt><dd><time>${proposal.run.shortWindow.from}</time> to <time>${proposal.run.shortWindow.to}</time></dd></div>
<div><dt>Run</dt><dd class="mono">${proposal.run.runId}, round ${proposal.run.round}</dd></div>
<div><dt>Version</dt><dd>${proposal.version}, of <time>${proposal.updatedAt}</time></dd></div></dl></div>`;
}

function buildDecision(decision: NonNullable<Proposal["decision"]>): Html {
  return html`<div class="card"><p class="lead">${decision.approved} approved, ${decision.rejected} rejected</p>
<p class="soft">${decision.by}, <time>${decision.at}</time></p>${decision.comment && html`<p>${decision.comment}</p>`}</div>`;
}

function buildMissing(missing: readonly string[]): Html {
  return html`<div class="notice warn"><strong>The evidence is not complete.</strong>
<ul>${missing.map((sentence) => html`<li>${sentence}</li>`)}</ul></div>`;
}

function buildNotes(notes: readonly string[]): Html {
  return html`<div class="card notes"><h2>Look at this too, no ban answers it</h2>
<ul>${notes.map((sentence) => html`<li>${sentence}</li>`)}</ul></div>`;
}

function buildForm(page: ApprovalPage, proposal: Proposal): Html {
  return html`<form method="post" action="${page.action}">
<input type="hidden" name="${approvalFields.version}" value="${proposal.version}">
<input type="hidden" name="${approvalFields.hash}" value="${proposal.hash}">
${buildEntries(page, true)}
<div class="card decide">
<label for="comment">Comment <span class="soft">(kept with the decision)</span></label>
<textarea id="comment" name="${approvalFields.comment}" rows="1" maxlength="1000"></textarea>
<div class="buttons"><button type="submit" name="${approvalFields.decision}" value="approve">Ban what is ticked</button>
<button type="submit" class="quiet" name="${approvalFields.decision}" value="reject">Reject all</button></div>
<p class="soft small">What is not ticked is rejected. Every ban ends by itself and can be undone by its run.</p>
</div></form>`;
}

function buildEntries(page: ApprovalPage, choose: boolean): Html {
  return html`<ul class="entries">${page.entries.map((entry) => html`<li class="card">${buildEntry(entry, choose)}</li>`)}</ul>`;
}

function buildEntry(entry: FiledBan, choose: boolean): Html {
  const head = html`<span class="mono source">${entry.source}</span>
<span class="pill">score ${entry.score}</span> <span class="pill">${entry.minutes} min</span>
<span class="pill">${entry.targets.join(" and ")}</span>`;
  const title = choose
    ? html`<label class="tick"><input type="checkbox" name="${approvalFields.source}" value="${entry.source}"${entry.handsOff && trusted(" checked")}> ${head}</label>`
    : html`<div class="tick">${head}</div>`;
  return html`${title}
<ul class="reasons">${entry.reasons.map((reason) => html`<li>${reason.text} <span class="soft">(${reason.detection})</span></li>`)}</ul>
<p class="small collateral ${entry.successes > 0 && "warn"}">${collateral(entry)}</p>
<p class="soft small">Asks you because: ${entry.because.map((why) => becauseTexts[why]).join("; ")}.</p>`;
}

function collateral(entry: FiledBan): string {
  const seen = `${entry.calls} calls, ${entry.failures} failed, ${entry.distinctUsers} different users.`;
  return entry.successes > 0
    ? `${seen} ${entry.successes} sign-ins succeeded from here: the ban may hit real people.`
    : `${seen} Nobody signed in from here: the ban hits nobody we know of.`;
}

const approvalStyles = `
main { max-width: 52rem; }
h1 { margin: .25rem 0 1rem; }
.card, .notice { margin-bottom: 1rem; }
.entries { list-style: none; padding: 0; margin: 0; }
.tick { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem; font-weight: 600; }
.tick input { width: 1.2rem; height: 1.2rem; accent-color: var(--accent); }
.source { overflow-wrap: anywhere; font-size: 1rem; }
.reasons { margin: .6rem 0; padding-left: 1.2rem; overflow-wrap: anywhere; }
.entries p { margin: 0 0 .3rem; } .collateral.warn { color: var(--warn); font-weight: 600; }
.decide label { font-weight: 600; display: block; margin-bottom: .35rem; }
textarea { width: 100%; font: inherit; color: inherit; background: var(--page); border: 1px solid var(--line); border-radius: 8px; padding: .5rem; }
.buttons { display: flex; flex-wrap: wrap; gap: .75rem; margin: .6rem 0 .4rem; }
.decide p { margin: 0; }
@media (min-width: 48rem) { .decide { position: sticky; bottom: .75rem; box-shadow: 0 4px 18px rgb(0 0 0 / .18); } }
`;
