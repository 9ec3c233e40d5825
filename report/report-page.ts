/** What every report is: one file that asks nothing of anybody, with one style sheet and one script. */
import { type Html, type HtmlValue, html, trusted } from "./html.ts";
import { mark } from "./mark.ts";
import { reportStyles } from "./report-styles.ts";

/** What rendering needs from outside, since nothing here reads files or knows an engine. */
export interface RenderTools {
  /** The hash of a text in base64: the page's own policy allows style and script by it, for a file has no answer headers. */
  readonly sha256: (text: string) => string;
  /** What it is given, compressed by gzip, in base64. */
  readonly gzip: (bytes: Uint8Array) => string;
  /** `report/browser/report.js`. */
  readonly script: string;
}

export interface ReportPage {
  readonly title: string;
  /** What follows the name in the page's head. */
  readonly kind: string;
  readonly pills: readonly HtmlValue[];
  readonly sections: readonly HtmlValue[];
}

export function renderReportPage({ title, kind, pills, sections }: ReportPage, tools: RenderTools): string {
  const policy = [
    "default-src 'none'",
    `style-src 'sha256-${tools.sha256(reportStyles)}'`,
    `script-src 'sha256-${tools.sha256(tools.script)}'`,
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${trusted(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>${title} · Portcullis</title>
<link rel="icon" href="data:,">
<style>${trusted(reportStyles)}</style>
</head>
<body>
<main>
<header class="top">${mark}<h1>Portcullis <span class="soft">${kind}</span></h1><div class="pills">${pills.map(
    (pill) => pill && html`<span class="pill">${pill}</span> `,
  )}</div></header>
${sections}
</main>
<script>${trusted(tools.script)}</script>
</body>
</html>
`.text;
}

/** A part of a report under its own title; nothing if it has no content. */
export function buildSection(id: string, title: string, content: HtmlValue): Html | null {
  if (!content) return null;
  return html`<section class="card" aria-labelledby="title-${id}"><h2 id="title-${id}">${title}</h2>${content}</section>`;
}

export interface Summary {
  readonly tone: "alarm" | "calm";
  readonly lead: HtmlValue;
  /** The few numbers that come first. */
  readonly counts: readonly { readonly name: string; readonly value: HtmlValue }[];
  readonly facts: readonly { readonly name: string; readonly value: HtmlValue }[];
}

export function buildSummary({ tone, lead, counts, facts }: Summary): Html {
  const pairs = (named: Summary["facts"]) =>
    named.map(({ name, value }) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`);
  return html`<section class="card summary ${tone}" aria-label="Summary"><p class="lead">${lead}</p>
<dl class="counts">${pairs(counts)}</dl><dl>${pairs(facts)}</dl></section>`;
}

/** Sentences that a person must not miss. */
export function buildNotice(id: string, title: string, sentences: readonly HtmlValue[]): Html | null {
  if (sentences.length === 0) return null;
  return html`<section class="notice warn" aria-labelledby="title-${id}"><h2 id="title-${id}">${title}</h2>
<ul>${sentences.map((sentence) => html`<li>${sentence}</li>`)}</ul></section>`;
}
