/** The first seconds of a run's report: who, why, until when; what alarmed, and how close to the quota it came. */
import type { FateState, QuotaUse, RunReport } from "../functions/domain/run-report.ts";
import { counted } from "../functions/domain/wording.ts";
import { type Html, html } from "./html.ts";
import { buildSummary } from "./report-page.ts";
import { minuteOf, minuteText, numberOf, timeOf } from "./times.ts";

export function countFates({ offenders }: RunReport): Readonly<Partial<Record<FateState, number>>> {
  const counts: Partial<Record<FateState, number>> = {};
  for (const { fate } of offenders) counts[fate.state] = (counts[fate.state] ?? 0) + 1;
  return counts;
}

export function buildRunHead(run: RunReport): Html {
  const fates = countFates(run);
  return buildSummary({
    tone: (fates.banned ?? 0) + (fates.waiting ?? 0) > 0 ? "alarm" : "calm",
    lead: leadOf(run),
    counts: [
      { name: "Offenders", value: numberOf(run.offenders.length) },
      { name: run.mode === "observe" ? "Would be banned" : "Banned", value: numberOf(fates.banned ?? 0) },
      { name: "Wait for a person", value: numberOf(fates.waiting ?? 0) },
      { name: "Not banned", value: numberOf((fates.kept ?? 0) + (fates.rejected ?? 0) + (fates.expired ?? 0)) },
      { name: "Watched", value: numberOf(run.watched.length) },
    ],
    facts: [
      { name: "Started", value: html`${timeOf(run.trigger.at)} by ${run.trigger.kind}` },
      { name: "Ended", value: run.end ? html`${timeOf(run.end.at)}: ${run.end.reason}` : "goes on" },
      { name: "Highest scores", value: html`<span class="mono">${worstOf(run)}</span>` },
      { name: "Mode", value: run.mode ?? "not known" },
      { name: "As of", value: html`${timeOf(run.builtAt)} UTC, as all times here` },
      { name: "What has happened since", value: html`<code>npx portcullis report ${run.runId}</code>` },
      { name: "Take every ban of this run back", value: html`<code>${run.undo}</code>` },
    ],
  });
}

/** What it says of bans was true when it was written, and is read at any time after. */
function leadOf(run: RunReport): string {
  const { waiting = 0 } = countFates(run);
  if (run.notOurs) return "The quota is used by others in this account, not by calls to this user pool.";
  if (run.offenders.length === 0) return "No source looks like an attack.";
  const banned = run.offenders.filter(({ fate }) => fate.state === "banned");
  const real = banned.filter(({ fate }) => !fate.simulated);
  const simulated = banned.filter(({ fate }) => fate.simulated);
  const parts = [
    real.length > 0 && `${counted(real.length, "source is", "sources are")} banned${untilOf(real)}`,
    simulated.length > 0 &&
      `${counted(simulated.length, "source")} would be banned${untilOf(simulated)}, but mode observe blocks nothing`,
    waiting > 0 && `${counted(waiting, "source waits", "sources wait")} for a person`,
  ].filter(Boolean);
  const whole = parts.length > 0 ? parts.join("; ") : `${counted(run.offenders.length, "offender")}, none banned`;
  return `As of ${minuteText(minuteOf(run.builtAt))} UTC: ${whole}. Mostly ${commonest(run)}.`;
}

function untilOf(banned: RunReport["offenders"]): string {
  const ends = banned.flatMap(({ fate }) => fate.until ?? []).sort();
  const [first = "", last = ""] = [ends[0] ?? "", ends.at(-1) ?? ""].map((iso) => minuteText(minuteOf(iso)));
  if (first === "") return "";
  const sameDay = first.slice(0, 10) === last.slice(0, 10);
  return ` until ${first === last ? first : `${first} to ${sameDay ? last.slice(11) : last}`} UTC`;
}

function worstOf({ offenders }: RunReport): string {
  return offenders.length === 0
    ? "nobody"
    : offenders
        .slice(0, 3)
        .map(({ source }) => source)
        .join(", ");
}

/** The detection that most offenders have first. */
function commonest({ offenders }: RunReport): string {
  const counts = new Map<string, number>();
  for (const { reasons } of offenders) {
    const first = [...reasons].sort((a, b) => b.severity - a.severity)[0];
    if (first) counts.set(first.detection, (counts.get(first.detection) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? "for no reason that was kept";
}

/** What crossed which threshold, and every quota's busiest step. */
export function buildAlarm({ trigger, quotas }: RunReport): Html {
  const { alarm, joined, kind, category } = trigger;
  return html`${alarm ? html`<p><strong>${alarm.name}</strong> ${alarm.value !== null && `reached ${numberOf(alarm.value)}`}${alarm.threshold !== null && ` against a threshold of ${numberOf(alarm.threshold)}`}${alarm.at !== null && html` at ${timeOf(alarm.at)}`}. <span class="soft">${alarm.reason}</span></p>` : html`<p>No alarm: this run was started by ${kind}, for ${category}.</p>`}
${joined.length > 0 && html`<p>Joined by ${joined.map(({ name, at }, index) => html`${index > 0 && ", "}<strong>${name}</strong>${at !== null && html` at ${timeOf(at)}`}`)}.</p>`}
${quotas.length > 0 && html`<ul class="quotas">${quotas.map(buildQuota)}</ul>`}`;
}

const ticks = [50, 70, 90] as const;

function buildQuota({ category, callsPerSecond, peak }: QuotaUse): Html {
  const limit =
    callsPerSecond === null ? "a quota that is not known" : `a quota of ${numberOf(callsPerSecond)} calls a second`;
  if (peak === null)
    return html`<li><strong>${category}</strong> <span class="soft">no calls counted, of ${limit}</span></li>`;
  const { percent, calls, at } = peak;
  const use = percent === null ? `${numberOf(calls)} calls` : `${numberOf(Math.round(percent))} %`;
  const bar =
    percent !== null &&
    html`<svg class="quota" width="100%" height="12" aria-hidden="true"><rect class="track" width="100%" height="12" rx="6"/><rect class="${percent >= ticks[0] ? "failed" : "succeeded"}" width="${Math.min(100, percent).toFixed(1)}%" height="12" rx="6"/>${ticks.map(
      (tick) => html`<line class="tick" x1="${tick}%" x2="${tick}%" y1="0" y2="12"/>`,
    )}</svg>`;
  return html`<li><strong>${category}</strong> at most <strong>${use}</strong> <span class="soft">of ${limit}, at ${timeOf(at)}</span>${bar}</li>`;
}
