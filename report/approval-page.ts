/**
 * The approval page: GET shows it, its form's POST decides. It needs no script, so it works in every mail client's
 * browser, and nothing on it can be pressed by a link scanner.
 */
import { ALL_CATEGORIES } from "../functions/domain/deployment.ts";
import { type ApprovalPage, approvalFields, outcomeText, type Proposal } from "../functions/domain/proposal.ts";
import { counted, percent } from "../functions/domain/wording.ts";
import { buildEntries } from "./approval-entries.ts";
import { approvalStyles } from "./approval-styles.ts";
import { type Html, html, trusted } from "./html.ts";
import { mark } from "./mark.ts";
import { baseStyles } from "./styles.ts";
import { minuteOf, spanText } from "./times.ts";

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
  const title = titleOf(page);
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
<header class="top">${mark}<h1>Portcullis <span class="soft">approval</span></h1></header>
${buildNotice(page)}
${page.proposal && buildProposal(page, page.proposal)}
</main>
</body>
</html>
`.text;
}

function titleOf({ state, proposal, action }: ApprovalPage): string {
  if (!proposal) return "Approval";
  if (!action) return "Decided";
  const waiting = counted(proposal.sources, "ban waits for you", "bans wait for you");
  return state === "open" ? waiting : `Nothing was decided; ${waiting}`;
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
  "decided-before": {
    tone: "good",
    title: "This is decided already.",
    text: "What was decided stands below; your click changed nothing.",
  },
  malformed: {
    tone: "bad",
    title: "That was no answer to this proposal.",
    text: "Nothing was decided. Look again below and send the form as it stands there.",
  },
  "too-large": {
    tone: "bad",
    title: "That was too much.",
    text: "Nothing was decided. The form below is never that large.",
  },
  foreign: {
    tone: "bad",
    title: "Another website sent this.",
    text: "Nothing was decided. Decide here, if you meant to.",
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
${proposal.decision && buildDecision(proposal, proposal.decision)}
${page.missing.length > 0 && buildMissing(page.missing)}
${page.notes.length > 0 && buildNotes(page.notes)}
${open ? buildForm(page, proposal) : page.entries.length > 0 && buildEntries(page, false)}`;
}

function buildSummary(page: ApprovalPage, proposal: Proposal): Html {
  const calls = page.entries.reduce((sum, entry) => sum + entry.calls, 0);
  const share = page.totalCalls > 0 ? percent(calls, page.totalCalls) : null;
  const { deadline } = page;
  const { category, run } = proposal;
  return html`<div class="card"><p class="lead">${counted(proposal.sources, "source looks", "sources look")} like an attack${category !== ALL_CATEGORIES && html` on <b>${category}</b>`}.${share !== null && html` ${proposal.sources === 1 ? "It" : "Together they"} made ${share} % of all calls in the window.`}</p>
${deadline && buildDeadline(deadline)}
<dl><div><dt>Started by</dt><dd>${run.alarmName ?? `a ${run.trigger} run`}</dd></div>
<div><dt>Window</dt><dd><time>${spanText(minuteOf(run.shortWindow.from), minuteOf(run.shortWindow.to))}</time> UTC</dd></div>
<div><dt>Run</dt><dd class="mono">${run.runId}, round ${run.round}</dd></div>
<div><dt>Version</dt><dd>${proposal.version}, of ${timeOf(proposal.updatedAt)} UTC</dd></div></dl></div>`;
}

/** To the minute; a text that is no time of ours is shown as it is. */
function timeOf(iso: string): Html {
  const [, day, minute] = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d):\d\d(?:\.\d+)?Z$/.exec(iso) ?? [];
  return html`<time datetime="${iso}">${day ? `${day} ${minute}` : iso}</time>`;
}

/** Without a script no clock runs: the minutes are those at the time of loading. */
function buildDeadline({ at, minutesLeft, onTimeout }: NonNullable<ApprovalPage["deadline"]>): Html {
  const silence =
    onTimeout === "discard"
      ? "If nobody decides, nothing of this is banned."
      : "If nobody decides, what was certain by itself is banned.";
  return html`<p class="deadline">Decide until <time datetime="${at}">${at.slice(11, 16)} UTC</time>: ${counted(minutesLeft, "minute was", "minutes were")} left when this page was opened. ${silence}</p>`;
}

function buildDecision({ status, run: { runId } }: Proposal, decision: NonNullable<Proposal["decision"]>): Html {
  return html`<div class="card"><p class="lead">${outcomeText(status, decision)}</p>
<p class="soft">${timeOf(decision.at)} UTC</p>${decision.comment && html`<p class="comment">${decision.comment}</p>`}
${decision.approved > 0 && html`<p class="soft small">To take it back: <code>portcullis bans undo ${runId}</code></p>`}</div>`;
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
<div class="card decide" id="decide">
<label for="comment">Comment <span class="soft">(kept with the decision)</span></label>
<textarea id="comment" name="${approvalFields.comment}" rows="2" maxlength="1000"></textarea>
<div class="buttons"><button type="submit" name="${approvalFields.decision}" value="approve">Ban what is ticked</button>
<button type="submit" class="quiet" name="${approvalFields.decision}" value="reject">Reject all</button></div>
<p class="soft small">What is not ticked is rejected and not asked about again for four hours. Every ban ends by itself and can be undone by its run.</p>
</div></form>`;
}
