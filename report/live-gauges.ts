/** How much of each Cognito quota is in use, against the thresholds of the alarms. */
import { ALL_CATEGORIES } from "../functions/domain/deployment.ts";
import { type Html, html } from "./html.ts";
import type { LiveGauge } from "./live-state.ts";

const names: Readonly<Record<string, string>> = {
  UserAuthentication: "Sign-ins",
  UserCreation: "Sign-ups",
  UserAccountRecovery: "Forgotten passwords",
  UserToken: "Refreshed sessions",
  UserResourceRead: "Profile reads",
  [ALL_CATEGORIES]: "All kinds of calls",
};

/** What people call the kind of call that AWS calls `category`. */
export function categoryName(category: string): string {
  return names[category] ?? category;
}

export function buildGauges(gauges: readonly LiveGauge[], thresholds: readonly number[]): Html {
  return html`${gauges.map((gauge) => buildGauge(gauge, thresholds))}`;
}

function buildGauge({ category, percent, inAlarm }: LiveGauge, thresholds: readonly number[]): Html {
  const rounded = Math.round(percent);
  const isOver = percent >= Math.min(...thresholds);
  return html`<div class="gauge"><div class="row"><span>${categoryName(category)} <code class="soft">${category}</code></span>
<span class="value ${inAlarm.length > 0 && "firing"}">${rounded} %${inAlarm.length > 0 && ", alarm"}</span></div>
<svg class="meter" role="meter" aria-label="${categoryName(category)}, per cent of the quota" aria-valuemin="0" aria-valuemax="100" aria-valuenow="${Math.min(100, rounded)}">
<rect class="track" width="100%" height="12" rx="6"/><rect class="level ${isOver && "over"}" width="${Math.min(100, percent).toFixed(1)}%" height="12" rx="6"/>
${thresholds.map(
  (threshold) =>
    html`<line class="tick" x1="${threshold}%" x2="${threshold}%" y1="0" y2="12"/>
<text class="${inAlarm.includes(threshold) && "firing"}" x="${threshold}%" y="26">${threshold} %</text>`,
)}</svg></div>`;
}
