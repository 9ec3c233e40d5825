/** What a run did not do, and why: guards, people, the watch list, evidence that was missing. */
import type { Offender, RunReport, Said } from "../functions/domain/run-report.ts";
import { counted } from "../functions/domain/wording.ts";
import { fateStanding } from "./fates.ts";
import { type Html, html } from "./html.ts";

/** More are in the table, under their status. */
const NAMED = 10;

const undone = ["kept", "waiting", "rejected", "expired", "noPlan"] as const;

export function buildNotDone(run: RunReport): Html | null {
  const groups = undone.flatMap((state) => byNote(run.offenders.filter(({ fate }) => fate.state === state)));
  const said = [...run.missing, ...run.faults];
  const last = run.rounds.at(-1)?.round ?? 0;
  const still = said.filter(({ rounds }) => rounds.includes(last));
  const before = said.filter((each) => !still.includes(each));
  if (groups.length === 0 && said.length === 0 && run.watched.length === 0) return null;
  return html`${groups.length > 0 && html`<h3>Offenders that are not banned</h3><ul>${groups.map(buildGroup)}</ul>`}
${run.watched.length > 0 && html`<h3>Watched</h3><p>${counted(run.watched.length, "source stands", "sources stand")} out, but not enough for a ban. They are in the table above, under the status “watch”.</p>`}
${said.length > 0 && html`<h3>Evidence that was missing or not trusted</h3>${still.length > 0 ? buildSaid(still) : html`<p>Nothing was missing in the last round.</p>`}`}
${before.length > 0 && html`<details><summary>${counted(before.length, "statement")} of earlier rounds, when fewer logs had come</summary>${buildSaid(before)}</details>`}`;
}

interface Kept {
  readonly state: string;
  readonly note: string;
  readonly sources: readonly string[];
}

/** Those of one state, told once for each reason. */
function byNote(offenders: readonly Offender[]): Kept[] {
  const groups = new Map<string, Kept>();
  for (const offender of offenders) {
    const { state, note } = fateStanding(offender);
    const sources = [...(groups.get(note)?.sources ?? []), offender.source];
    groups.set(note, { state, note, sources });
  }
  return [...groups.values()];
}

function buildGroup({ state, note, sources }: Kept): Html {
  const more = sources.length - NAMED;
  return html`<li><strong>${counted(sources.length, "source")} ${state}</strong>${note !== "" && `: ${note}`}.
<span class="mono soft small">${sources.slice(0, NAMED).join(", ")}${more > 0 && ` and ${more} more`}</span></li>`;
}

/** Sentences, each with the looks that said it. */
export function buildSaid(sentences: readonly Said[]): Html {
  return html`<ul>${sentences.map(
    ({ text, rounds }) =>
      html`<li>${text} <span class="soft small">${rounds.length === 1 ? "round" : "rounds"} ${rounds.join(", ")}</span></li>`,
  )}</ul>`;
}
