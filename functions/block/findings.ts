/** What a round found and nobody is banned for: offenders that a guard keeps free, and what a person should look at. Pure. */
import type { Plan, RefusedBan } from "../domain/plan.ts";
import type { ApplyResult } from "../domain/run.ts";
import { counted } from "../domain/wording.ts";
import { type NoticeText, noticeOf } from "./notice-text.ts";
import { refusalsOf, sentencesOf } from "./notices.ts";

/** `why` may be of another version's making. */
interface Spared extends Omit<RefusedBan, "why"> {
  readonly why: string;
}
export interface Findings {
  readonly refused: readonly Spared[];
  readonly notes: readonly string[];
}

/** Nobody is told of a ban that stands already, or of what a person has just decided. */
const noNews: readonly string[] = ["already-banned", "declined-by-person"];

/** `stopped` are those of the plan that Apply's guards kept free. */
export function findingsOf(
  { refuse, notes = [] }: Pick<Plan, "refuse" | "notes">,
  stopped: ApplyResult["stopped"] = [],
): Findings {
  return { refused: [...refuse.filter(({ why }) => !noNews.includes(why)), ...stopped], notes };
}

export function keysOf({ refused, notes }: Findings): string[] {
  return [...refused.map(keyOfRefusal), ...notes.map(keyOfNote)];
}

/** Without what `told` holds. */
export function newFindings(findings: Findings, told: Readonly<Record<string, unknown>>): Findings {
  return {
    refused: findings.refused.filter((one) => told[keyOfRefusal(one)] === undefined),
    notes: findings.notes.filter((note) => told[keyOfNote(note)] === undefined),
  };
}

function keyOfRefusal({ why, source }: Spared): string {
  return `${why} ${source}`;
}

/** Counts in a note change from look to look, and are no news by themselves. */
function keyOfNote(note: string): string {
  return `note ${note.replace(/\b\d+(?:[.,]\d+)*\b/g, "#").slice(0, 300)}`;
}

export function findingsNotice(plan: Plan, { refused, notes }: Findings, runbookUrl: string): NoticeText {
  const { run } = plan;
  const spared = counted(refused.length, "offender was", "offenders were");
  return noticeOf(
    refused.length > 0 ? `${spared} found and not banned: ${run.category}` : `something to look at: ${run.category}`,
    [
      ...(refused.length > 0
        ? [`${spared} found and not banned, for a guard forbids it. The alarm may go on until you act.`]
        : ["A look at the logs found something that no ban answers."]),
      `Alarm: ${run.alarmName ?? run.trigger}, category ${run.category}. Run ${run.runId}, round ${run.round}.`,
      ...refusalsOf(refused),
      ...sentencesOf(plan.missing, notes),
      "",
      "The same is not told again for two days, however often it is found.",
      { own: `Runbook: ${runbookUrl}#when-a-guard-keeps-an-offender-free` },
    ],
    run.runId,
  );
}
