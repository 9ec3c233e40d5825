/** The live page of the demo: one self-contained document that draws `LiveState` as it arrives over server-sent events. */
import type { Mode } from "../functions/domain/ban.ts";
import { embeddedJson, type Html, html, trusted } from "./html.ts";
import { liveStyles } from "./live-styles.ts";
import type { MachineState } from "./machine.ts";
import { mark } from "./mark.ts";
import { baseStyles } from "./styles.ts";

/** One look at the local world; instants are ISO 8601 on the demo's clock. */
export interface LiveState {
  readonly now: string;
  /** Seconds of the demo's clock per second of the wall. */
  readonly speed: number;
  readonly mode: Mode;
  readonly tone: "calm" | "alarm" | "good";
  readonly headline: string;
  readonly gauges: readonly {
    readonly category: string;
    readonly percent: number;
    readonly inAlarm: readonly number[];
  }[];
  readonly traffic: readonly {
    readonly at: string;
    readonly benign: number;
    readonly attack: number;
    readonly refused: number;
  }[];
  readonly marks: readonly { readonly at: string; readonly text: string }[];
  readonly run: {
    readonly id: string;
    readonly status: string;
    readonly round: number;
    readonly current: readonly string[];
    readonly visited: readonly string[];
  } | null;
  readonly offenders: readonly {
    readonly source: string;
    readonly paths: readonly string[];
    readonly score: number;
    readonly reasons: readonly string[];
  }[];
  readonly denyList: readonly {
    readonly source: string;
    readonly targets: readonly string[];
    readonly simulated: boolean;
    readonly secondsLeft: number;
    readonly totalSeconds: number;
  }[];
  readonly steps: readonly { readonly text: string; readonly detail: string; readonly at: string | null }[];
  readonly approval: { readonly url: string; readonly sources: number } | null;
  readonly totals: {
    readonly benignCalls: number;
    readonly benignBlocked: number;
    readonly attackCalls: number;
    readonly attackRefused: number;
  };
}

export interface LivePage {
  /** A fresh random value for each answer; the page's Content-Security-Policy names it. */
  readonly nonce: string;
  /** `report/browser/live.js`, read by whoever serves the page. */
  readonly script: string;
  readonly machine: readonly MachineState[];
  readonly thresholds: readonly number[];
  readonly seed: number;
}

/** The policy that `renderLivePage` needs: nothing from outside, only its own stream. */
export function livePagePolicy(nonce: string): string {
  return [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src 'nonce-${nonce}'`,
    "connect-src 'self'",
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

export function renderLivePage(page: LivePage): string {
  const settings = { machine: page.machine, thresholds: page.thresholds };
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Portcullis live</title>
<link rel="icon" href="data:,">
<style nonce="${page.nonce}">${trusted(baseStyles + liveStyles)}</style>
</head>
<body>
<main>
${buildHeader(page.seed)}
<div class="card headline" id="headline" role="status"><p id="headline-text">Connecting to the demo…</p>
<div id="approval" hidden></div></div>
${buildIntroduction()}
<div class="grid">
${buildCard(
  "quota",
  "Quota use, last minute",
  html`<div id="gauges"></div>
<p class="soft small">Cognito allows each kind of call so many a second, for all callers together. The alarms of this
deployment fire at ${page.thresholds.map((percent) => `${percent} %`).join(", ")}.</p>`,
)}
${buildCard("traffic", "Calls per second", html`<div class="legend" id="legend"></div><div id="chart"></div>`)}
${buildCard("story", "The story so far", html`<ol id="steps" class="steps"></ol>`)}
${buildCard(
  "run",
  "The workflow",
  html`<p id="run-title" class="soft small">No run yet. An alarm starts one.</p>
<ol id="machine" class="machine"></ol>`,
)}
${buildCard(
  "deny",
  "Deny list",
  html`<p id="deny-none" class="soft">Empty.</p>
<div class="scroll" tabindex="0"><table id="deny-table" hidden><thead><tr><th scope="col">Source</th><th scope="col">Blocked at</th>
<th scope="col">Time left</th></tr></thead><tbody></tbody></table></div>`,
)}
${buildCard(
  "offenders",
  "Offenders",
  html`<p id="offenders-none" class="soft">Nobody yet.</p>
<div class="scroll" tabindex="0"><table id="offenders-table" hidden><thead><tr><th scope="col">Source</th><th scope="col">Came</th>
<th scope="col" class="number">Score</th><th scope="col">Why</th></tr></thead><tbody></tbody></table></div>`,
)}
</div>
<noscript><p>This page draws a live stream and needs JavaScript; the terminal tells the same story.</p></noscript>
</main>
<script type="application/json" id="settings" nonce="${page.nonce}">${embeddedJson(settings)}</script>
<script nonce="${page.nonce}">${trusted(page.script)}</script>
</body>
</html>
`.text;
}

function buildHeader(seed: number): Html {
  return html`<header class="top">
${mark}
<h1>Portcullis <span class="soft">live demo</span></h1>
<div class="pills"><span class="pill mono" id="clock">--:--:--</span><span class="pill" id="speed">connecting</span>
<span class="pill" id="mode">mode</span><span class="pill">seed ${seed}</span></div>
</header>`;
}

function buildIntroduction(): Html {
  return html`<details class="card intro"><summary>New here? What you are looking at</summary>
<p>Amazon Cognito is the sign-in service behind many apps. Anybody on the internet may call it, so anybody may try stolen
passwords, create accounts by the thousand, or simply use up the number of calls that the app is allowed: then real people
can’t sign in any more.</p>
<p>Everything here runs on your machine: a small Cognito, a CloudFront edge with its firewall (WAF), logs, alarms and the
workflow, all built from the same templates that would be deployed. People sign in from their homes and from one office.
After a minute somebody starts to guess passwords from two dozen addresses.</p>
<p>Watch the quota bars climb until an <b>alarm</b> fires. The alarm starts a <b>run</b>: it reads the logs, names the
<b>offenders</b> and says why, and puts them on the firewall’s <b>deny list</b> with an end time. From then on they get an
error 403, while everybody else goes on undisturbed. When the time is over, a <b>sweep</b> takes them off again.</p>
<p>Logs arrive minutes late on AWS, and here too. While everything waits, the demo’s clock runs faster than yours.</p></details>`;
}

function buildCard(id: string, title: string, content: Html): Html {
  return html`<section class="card area-${id}" aria-labelledby="title-${id}"><h2 id="title-${id}">${title}</h2>${content}</section>`;
}
