/** The live page of the demo: one self-contained document, whose parts are drawn anew as the demo goes on. */
import { embeddedJson, type Html, html, trusted } from "./html.ts";
import { buildGauges } from "./live-gauges.ts";
import { buildInbox } from "./live-inbox.ts";
import { buildIntro, buildModes } from "./live-intro.ts";
import { buildLaunches, buildOffers } from "./live-launch.ts";
import { buildSources } from "./live-sources.ts";
import type { AttackOffer, LiveState } from "./live-state.ts";
import { buildNext, buildStory } from "./live-story.ts";
import { liveStyles } from "./live-styles.ts";
import { buildTraffic } from "./live-traffic.ts";
import { buildAsking, buildReports, buildWorkflow, type MachinePlans } from "./live-workflow.ts";
import { mark } from "./mark.ts";
import { baseStyles } from "./styles.ts";

/** What does not change while the page is open. */
export interface LiveSetting {
  readonly mitigate: MachinePlans;
  readonly approve: MachinePlans;
  readonly thresholds: readonly number[];
  readonly seed: number;
  /** What the reader can launch; empty where the demo ends by itself, and then the mode can't be switched either. */
  readonly offers: readonly AttackOffer[];
}

export interface LivePage {
  /** A fresh random value for each answer; the page's Content-Security-Policy names it. */
  readonly nonce: string;
  /** What the page shows to be let change anything; other pages can't read it. */
  readonly token: string;
  /** `report/browser/live.js`, read by whoever serves the page. */
  readonly script: string;
  readonly setting: LiveSetting;
  readonly state: LiveState;
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

/** The parts of the page that change, by the id of the element that holds each. */
export function livePartsOf(state: LiveState, setting: LiveSetting): Readonly<Record<string, string>> {
  const canPlay = setting.offers.length > 0;
  const parts: Readonly<Record<string, Html>> = {
    clock: html`<span class="pill mono">${state.now.slice(11, 19)} UTC</span> <span class="pill">${speedOf(state.speed)}</span>`,
    mode: buildModes(state.mode, canPlay),
    headline: html`<p class="${state.tone}">${state.headline}</p>`,
    next: canPlay ? buildNext(state) : html``,
    gauges: buildGauges(state.gauges, setting.thresholds),
    traffic: buildTraffic(state.traffic),
    sources: buildSources(state.sources),
    inbox: buildInbox(state.inbox),
    story: buildStory(state),
    workflow: buildWorkflow(setting.mitigate, state.run),
    asking: buildAsking(setting.approve, state.asking),
    reports: buildReports(state.reports),
    ...(canPlay && { launches: buildLaunches(state.launches) }),
  };
  return Object.fromEntries(Object.entries(parts).map(([name, part]) => [`live-${name}`, part.text]));
}

function speedOf(speed: number): string {
  return speed < 1.5 ? "in real time" : `${Math.round(speed)} × faster`;
}

export function renderLivePage({ nonce, token, script, setting, state }: LivePage): string {
  const parts = livePartsOf(state, setting);
  const part = (name: string) => html`<div id="live-${name}">${trusted(parts[`live-${name}`] ?? "")}</div>`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Portcullis live</title>
<link rel="icon" href="data:,">
<style nonce="${nonce}">${trusted(baseStyles + liveStyles)}</style>
</head>
<body>
<main>
<header class="top">${mark}<h1>Portcullis <span class="soft">live demo</span></h1>
<div class="pills">${part("clock")}<span class="pill">seed ${setting.seed}</span></div></header>
<div class="card headline"><div id="live-headline" role="status">${trusted(parts["live-headline"] ?? "")}</div>${part("mode")}
<p id="answer" class="small" role="status"></p></div>
${buildIntro(setting.thresholds)}
${part("next")}
<div class="grid">
${buildCard(
  "quota",
  "Quota use, last full minute",
  html`${part("gauges")}
<p class="soft small">Of each kind of call Cognito answers so many a second, for all callers together. Alarms fire at
${setting.thresholds.map((percent) => `${percent}\u00a0%`).join(", ")}.</p>`,
)}
${buildCard("traffic", "Calls per second", part("traffic"))}
${buildScrolled("sources", "Who is blocked, why, and until when", part("sources"))}
${buildCard("inbox", "Waits for your decision", part("inbox"))}
${buildScrolled("story", "What has happened", html`<div class="scroll" role="region" aria-labelledby="title-story" tabindex="0">${part("story")}</div>`)}
${
  setting.offers.length > 0 &&
  buildCard(
    "launch",
    "Launch an attack",
    html`<p class="soft small">Each sends real calls through the local edge, from addresses of its own.</p>
${buildOffers(setting.offers)}${part("launches")}`,
  )
}
${buildCard("workflow", "The workflow", html`${part("reports")}${part("workflow")}${part("asking")}`)}
</div>
<noscript><p>This page draws a live stream and needs JavaScript; the terminal tells the same story.</p></noscript>
</main>
<script type="application/json" id="settings" nonce="${nonce}">${embeddedJson({ token })}</script>
<script nonce="${nonce}">${trusted(script)}</script>
</body>
</html>
`.text;
}

function buildCard(id: string, title: string, content: Html): Html {
  return html`<section class="card area-${id}" aria-labelledby="title-${id}"><h2 id="title-${id}">${title}</h2>${content}</section>`;
}

/** A card whose content scrolls is no region of its own, for the part that scrolls is one. */
function buildScrolled(id: string, title: string, content: Html): Html {
  return html`<div class="card area-${id}"><h2 id="title-${id}">${title}</h2>${content}</div>`;
}
