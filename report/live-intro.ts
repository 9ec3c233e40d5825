/** What one sees, for somebody who has never heard of Cognito. */
import { type Html, html } from "./html.ts";

export function buildIntro(thresholds: readonly number[]): Html {
  const list = thresholds.map((percent) => `${percent} %`).join(", ");
  return html`<details class="card intro" id="intro" open><summary>New here? What you are looking at</summary>
<div class="columns"><div><p><b>The problem.</b> Many apps leave signing in to a service, Amazon Cognito. Anybody on the internet may call it, so anybody may try stolen
passwords, create accounts by the thousand, or have text messages sent at the owner’s cost. And the service answers only so many
calls a second, a <dfn>quota</dfn>: an attack that uses it up locks everybody out.</p>
<p><b>This page</b> is a whole deployment on your machine: a small Cognito, a firewall (<dfn>WAF</dfn>) at the network’s <dfn>edge</dfn>, logs, alarms and
the workflow, built from the same templates that would be deployed. Nothing leaves your machine. Made-up people sign in from their homes and
from one office; after a while somebody guesses passwords from two dozen addresses.</p></div>
<div><p><b>What to watch.</b> The bars under <em>Quota use</em> climb. At ${list} an <dfn>alarm</dfn> fires and starts a <dfn>run</dfn>, which reads the logs, names
the <dfn>sources</dfn> (addresses) that attack, and gives each a score with its reasons. Those go on the firewall’s <dfn>deny list</dfn>: from then on
they are answered with error 403, grey in the chart, while everybody else goes on. Each ban has an end; then a <dfn>sweep</dfn> takes it off again.</p>
<p><b>You decide how much it may do by itself.</b> In mode <em>approve</em> nothing is blocked before a person said so. Logs arrive minutes late on AWS, and
here too; while everything waits, the demo’s clock runs faster than yours.</p></div></div></details>`;
}

const modes = [
  { mode: "enforce", means: "Offenders are blocked at once; what is doubtful waits for you." },
  { mode: "approve", means: "Nobody is blocked before a person approves." },
  { mode: "observe", means: "Everybody is judged and nobody blocked: bans are only simulated." },
  { mode: "paused", means: "Nothing is blocked, simulated or proposed." },
] as const;

/** `canSwitch` is false where the demo ends by itself. */
export function buildModes(mode: string, canSwitch: boolean): Html {
  const means = modes.find((each) => each.mode === mode)?.means;
  const switches = html`<div class="modes" role="group" aria-label="Mode of the deployment">${modes.map(
    (each) =>
      html`<button type="button" class="quiet" data-path="mode" data-key="mode" data-value="${each.mode}" aria-pressed="${each.mode === mode ? "true" : "false"}">${each.mode}</button>`,
  )}</div>`;
  return html`${canSwitch ? switches : html`<p>Mode <b>${mode}</b></p>`}<p class="small soft">${means}</p>`;
}
