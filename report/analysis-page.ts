/** The report of `portcullis analyze`: one file that needs no script and asks nothing of anybody. */
import type { AccountAtRisk } from "../functions/domain/account.ts";
import type { AnalyzeReport, InputReport } from "../functions/domain/analysis.ts";
import { printable } from "../functions/domain/printable.ts";
import type { Reason, SourceVerdict } from "../functions/domain/verdict.ts";
import { analysisStyles } from "./analysis-styles.ts";
import { becauseTexts } from "./because-texts.ts";
import { type Html, type HtmlValue, html, trusted } from "./html.ts";
import { mark } from "./mark.ts";
import { type Column, tableOf } from "./table.ts";

/**
 * Every text of `report` is untrusted. `sha256` gives the hash in base64: the page's own policy allows the one style
 * sheet by its hash, since a file has no answer headers and a nonce that is stored is none.
 */
export function renderAnalysisPage(report: AnalyzeReport, sha256: (text: string) => string): string {
  const policy = `default-src 'none'; style-src 'sha256-${sha256(analysisStyles)}'; img-src data:; base-uri 'none'; form-action 'none'`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${trusted(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>${titleOf(report)} · Portcullis</title>
<link rel="icon" href="data:,">
<style>${trusted(analysisStyles)}</style>
</head>
<body>
<main>
<header class="top">${mark}<h1>Portcullis <span class="soft">log analysis</span></h1></header>
${buildSummary(report)}
${report.warnings.length > 0 && buildWarnings(report.warnings)}
${buildSection("sources", "Offenders and watched sources", buildSources(report))}
${buildSection("accounts", "Accounts at risk", buildAccounts(report.accountsAtRisk))}
${buildSection("inputs", "What was read", tableOf("inputs", inputsCaption, inputColumns, report.inputs))}
</main>
</body>
</html>
`.text;
}

function titleOf({ totals }: AnalyzeReport): string {
  return `${totals.ban} offenders, ${totals.watch} watched`;
}

function buildSection(id: string, title: string, content: Html): Html {
  return html`<section class="card" aria-labelledby="title-${id}"><h2 id="title-${id}">${title}</h2>${content}</section>`;
}

function buildSummary({ window, evidenceCompleteTo, totals, sources }: AnalyzeReport): Html {
  if (!window)
    return html`<div class="notice warn"><strong>No call of a user pool’s API in these logs.</strong> There is nothing to judge.</div>`;
  const calls = sources.reduce((sum, { verdict, calls }) => sum + (verdict === "ban" ? calls : 0), 0);
  const share = totals.calls > 0 ? Math.round((100 * calls) / totals.calls) : 0;
  const counts = { Calls: totals.calls, Sources: totals.sources, Ban: totals.ban, Watch: totals.watch };
  return html`<div class="card summary ${totals.ban > 0 ? "alarm" : "calm"}"><p class="lead">${
    totals.ban > 0
      ? html`${numberOf(totals.ban)} of ${numberOf(totals.sources)} ${totals.sources === 1 ? "source" : "sources"} ${totals.ban === 1 ? "looks" : "look"} like an attack. ${totals.ban === 1 ? "It" : "They"} made ${share} % of all calls.`
      : "No source looks like an attack."
  }</p>
<dl class="counts">${Object.entries({ ...counts, Ignore: totals.ignore }).map(
    ([name, count]) => html`<div><dt>${name}</dt><dd>${numberOf(count)}</dd></div>`,
  )}</dl>
<dl><div><dt>Window</dt><dd>${spanOf(window)}</dd></div><div><dt>Evidence complete to</dt><dd>${
    evidenceCompleteTo === null ? "no time: a log that was given has no call" : timeOf(evidenceCompleteTo)
  }</dd></div><div><dt>Times</dt><dd>UTC</dd></div></dl></div>`;
}

function buildWarnings(warnings: readonly string[]): Html {
  return html`<section class="notice warn" aria-labelledby="title-warnings"><h2 id="title-warnings">Warnings</h2>
<ul>${warnings.map((warning) => html`<li>${printable(warning)}</li>`)}</ul></section>`;
}

const sourceColumns: readonly Column<SourceVerdict>[] = [
  { title: "Source", cell: ({ source }) => html`<span class="mono">${source}</span>` },
  { title: "Verdict", cell: buildVerdict },
  { title: "Score", number: true, cell: ({ score }) => score },
  { title: "Came", cell: ({ paths }) => paths.join(", ") },
  { title: "Calls", number: true, cell: ({ calls }) => numberOf(calls) },
  { title: "Failed", number: true, cell: ({ failures }) => numberOf(failures) },
  { title: "Succeeded", number: true, cell: ({ successes }) => numberOf(successes) },
  { title: "Users", number: true, cell: ({ distinctUsers }) => numberOf(distinctUsers) },
  { title: "First and last seen", cell: ({ firstSeen, lastSeen }) => spanOf({ from: firstSeen, to: lastSeen }) },
  { title: "Why", cell: ({ reasons }) => html`<ul class="reasons">${reasons.map(buildReason)}</ul>` },
];

function buildSources({ sources, window }: AnalyzeReport): Html {
  if (sources.length === 0)
    return html`<p class="soft">${window ? "Nobody to ban or to watch." : "No call, so no source."}</p>`;
  const caption = "Highest score first. Counts are over the whole window, reasons over the window that each one names.";
  return tableOf("sources", caption, sourceColumns, sources);
}

function buildVerdict({ verdict, handsOff, needsPerson }: SourceVerdict): Html {
  if (verdict !== "ban") return html`<span class="pill">${verdict}</span>`;
  if (handsOff) return html`<span class="pill bad">ban</span> <span class="verdict soft small">hands-off</span>`;
  const because = needsPerson.map((why) => becauseTexts[why]).join("; ");
  return html`<span class="pill warn">ban?</span> <span class="verdict soft small">a person decides: ${because}</span>`;
}

function buildReason({ detection, text, window, observed }: Reason): Html {
  const numbers = Object.entries(observed).map(([name, value]) => `${wordsOf(name)} ${numberOf(value)}`);
  return html`<li><strong>${detection}</strong>: ${text}.
<span class="soft small">${spanOf(window)}${numbers.length > 0 && `; ${numbers.join(", ")}`}</span></li>`;
}

const accountColumns: readonly Column<AccountAtRisk>[] = [
  { title: "Account", cell: ({ sub, userTag }) => html`<span class="mono">${sub ?? `tag ${userTag}`}</span>` },
  { title: "Source", cell: ({ source }) => html`<span class="mono">${source}</span>` },
  { title: "Operation", cell: ({ operation }) => operation },
  { title: "First success", cell: ({ at }) => timeOf(at) },
  { title: "Others failed before", number: true, cell: ({ failedUsersBefore }) => numberOf(failedUsersBefore) },
];

function buildAccounts(accounts: readonly AccountAtRisk[]): Html {
  if (accounts.length === 0) return html`<p class="soft">Nobody got in where others had failed before.</p>`;
  const caption = "Got in from a source that had failed for others. End their sessions and have the passwords changed.";
  return tableOf("accounts", caption, accountColumns, accounts);
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

function timeOf(iso: string): Html {
  return html`<time datetime="${iso}">${iso.replace("T", " ").replace(/\.\d+Z$|Z$/, "")}</time>`;
}

/** The second time without its day, if both are of one day. */
function spanOf({ from, to }: { readonly from: string; readonly to: string }): HtmlValue {
  const sameDay = from.slice(0, 11) === to.slice(0, 11) && from.charAt(10) === "T";
  if (!sameDay) return html`${timeOf(from)} to ${timeOf(to)}`;
  return html`${timeOf(from)} to <time datetime="${to}">${to.slice(11).replace(/\.\d+Z$|Z$/, "")}</time>`;
}

const numbers = new Intl.NumberFormat("en", { maximumFractionDigits: 3 });

function numberOf(value: number): string {
  return numbers.format(value);
}

/** `distinctUsers` as people write it. */
function wordsOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
