/** What people are told, by mail and in a chat. Pure; `notice-text.ts` makes everything from outside harmless. */
import { type Instant, toIso } from "../domain/instant.ts";
import type { FiledBan, Plan, PlannedBan } from "../domain/plan.ts";
import type { OnTimeout, Proposal, ProposalEntries } from "../domain/proposal.ts";
import type { ApplyResult, Run } from "../domain/run.ts";
import { type Line, type NoticeText, noticeOf } from "./notice-text.ts";

const SHOWN = 20;

export interface Asking {
  readonly link: string;
  readonly until: Instant;
  readonly onTimeout: OnTimeout;
  /** Most of the time is over and nobody has decided. */
  readonly reminder: boolean;
}

/** The link stands at the top, for what is too long is cut at the end. */
export function proposalNotice(
  proposal: Proposal,
  { entries, missing, notes, totalCalls }: ProposalEntries,
  { link, until, onTimeout, reminder }: Asking,
): NoticeText {
  const { category, run, version } = proposal;
  const again = version > 1 ? ` (version ${version})` : "";
  const still = reminder ? "still " : "";
  const lines: Line[] = [
    `${entries.length} sources ${still}wait for a person's decision${again}. Nothing of them is blocked until you decide.`,
    `Alarm: ${run.alarmName ?? run.trigger}, category ${category}, run ${run.runId}`,
    "",
    `Decide until ${toIso(until)}. ${silenceTexts[onTimeout]} Opening the page decides nothing:`,
    { own: link },
    "",
    ...listOf(entries, (entry) => `${lineOf(entry, totalCalls)}; waits because: ${entry.because.join(", ")}`),
    ...sentencesOf(missing, notes),
  ];
  const subject = `${entries.length} sources ${still}wait for your decision: ${category}`;
  return noticeOf(reminder ? `Reminder: ${subject}` : subject, lines, run.runId);
}

const silenceTexts: Readonly<Record<OnTimeout, string>> = {
  discard: "If nobody does, none of them is banned.",
  banHighConfidence: "If nobody does, those that were certain by themselves are banned.",
};

export function appliedNotice(plan: Plan, applied: ApplyResult, runbookUrl: string): NoticeText {
  const { run, relief } = plan;
  const { banned, extended, overflow, refused = 0 } = applied.counts;
  const would = plan.simulated ? "would be banned (mode observe: nothing is blocked)" : "banned";
  const share = relief.totalCalls > 0 ? Math.round((100 * relief.calls) / relief.totalCalls) : 0;
  return noticeOf(
    `${banned} sources ${plan.simulated ? "would be banned" : "banned"}: ${run.category}`,
    [
      `${banned} sources ${would}, ${extended} bans extended. Run ${run.runId}, round ${run.round}.`,
      `Alarm: ${run.alarmName ?? run.trigger}, category ${run.category}`,
      `Predicted relief: these ${relief.sources} sources made ${share} % of the calls looked at` +
        ` (${relief.calls} of ${relief.totalCalls}).`,
      "",
      ...listOf(plan.apply, (ban) => lineOf(ban, relief.totalCalls)),
      ...(plan.file.length > 0
        ? [`${plan.file.length} more wait for a person's decision; a mail of its own has the link.`]
        : []),
      ...refusalsOf(plan),
      ...(refused > 0
        ? [
            "",
            `${refused} sources of the plan were stopped by a guard at the last moment; the log of Apply names them (guard.refused).`,
          ]
        : []),
      ...(overflow > 0
        ? ["", `NO ROOM in the IP sets for ${overflow} sources, lowest scores first. Raise autoShards.`]
        : []),
      ...sentencesOf(plan.missing, plan.notes),
      "",
      `Take this back: portcullis bans undo ${run.runId}`,
      { own: `Runbook: ${runbookUrl}` },
    ],
    run.runId,
  );
}

/** The alarm is still on, and nobody looks any more but the patrol: that must not pass in silence. */
export function stoppedNotice(
  { run, reason, burning }: { readonly run: Run; readonly reason: string; readonly burning: readonly string[] },
  runbookUrl: string,
): NoticeText {
  return noticeOf(
    `still in ALARM, but the run has stopped looking: ${run.category}`,
    [
      `Run ${run.runId} ends after round ${run.round}: ${reason}.`,
      `Still in ALARM: ${burning.join(", ")}`,
      "",
      "What it has banned stays banned until it ends. The patrol looks every 30 minutes; a new run starts when an alarm fires" +
        " again, or when you start the machine by hand.",
      "See who is banned and what waits for a decision: portcullis bans list, portcullis approvals list",
      { own: `Runbook: ${runbookUrl}` },
    ],
    run.runId,
  );
}

function lineOf(ban: PlannedBan, totalCalls: number): string {
  const share = totalCalls > 0 ? ` (${Math.round((100 * ban.calls) / totalCalls)} %)` : "";
  const why = ban.reasons.map(({ detection, text }) => `${detection}: ${text}`).join("; ");
  return `${ban.source}  score ${ban.score}, ${ban.calls} calls${share}, ${ban.failures} failures, ${ban.distinctUsers} users. ${why}`;
}

function refusalsOf({ refuse }: Plan): string[] {
  const refused = refuse.filter(({ why }) => why !== "already-banned");
  const lines = listOf(refused, ({ source, score, why, matched }) => `${source}  score ${score}: ${why} ${matched}`);
  return lines.length > 0 ? ["", "Not banned:", ...lines] : [];
}

function listOf<T extends PlannedBan | FiledBan | Plan["refuse"][number]>(
  items: readonly T[],
  line: (item: T) => string,
) {
  const shown = items.slice(0, SHOWN).map((item) => `- ${line(item)}`);
  return items.length > SHOWN ? [...shown, `- and ${items.length - SHOWN} more`] : shown;
}

function sentencesOf(missing: readonly string[], notes: readonly string[] = []): string[] {
  return [
    ...sectionOf("What the evidence lacks:", missing),
    ...sectionOf("Look at this too, no ban answers it:", notes),
  ];
}

function sectionOf(title: string, sentences: readonly string[]): string[] {
  if (sentences.length === 0) return [];
  const shown = sentences.slice(0, SHOWN).map((sentence) => `- ${sentence}`);
  const rest = sentences.length - shown.length;
  return ["", title, ...shown, ...(rest > 0 ? [`- and ${rest} more`] : [])];
}
