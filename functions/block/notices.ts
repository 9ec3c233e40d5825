/** What people are told by mail: plain text, everything from outside made harmless. Pure. */
import { type Instant, toIso } from "../domain/instant.ts";
import type { FiledBan, Plan, PlannedBan } from "../domain/plan.ts";
import type { Proposal, ProposalEntries } from "../domain/proposal.ts";
import type { ApplyResult } from "../domain/run.ts";

export interface NoticeText {
  readonly subject: string;
  readonly text: string;
}

const SHOWN = 20;

export function proposalNotice(
  proposal: Proposal,
  { entries, missing, notes, totalCalls }: ProposalEntries,
  { link, until }: { link: string; until: Instant },
): NoticeText {
  const again = proposal.version > 1 ? ` (version ${proposal.version})` : "";
  return {
    subject: subjectOf(`${entries.length} sources wait for your decision: ${proposal.category}`),
    text: textOf([
      `${entries.length} sources wait for a person's decision${again}. Nothing is blocked until you decide.`,
      `Alarm: ${proposal.run.alarmName ?? proposal.run.trigger}, category ${proposal.category}, run ${proposal.run.runId}`,
      "",
      ...listOf(entries, (entry) => `${lineOf(entry, totalCalls)}; waits because: ${entry.because.join(", ")}`),
      ...sentencesOf(missing, notes),
      "",
      `Decide until ${toIso(until)}. Opening the page decides nothing:`,
      link,
    ]),
  };
}

export function appliedNotice(plan: Plan, applied: ApplyResult, runbookUrl: string): NoticeText {
  const { run, relief } = plan;
  const { banned, extended, overflow } = applied.counts;
  const would = plan.simulated ? "would be banned (mode observe: nothing is blocked)" : "banned";
  const share = relief.totalCalls > 0 ? Math.round((100 * relief.calls) / relief.totalCalls) : 0;
  return {
    subject: subjectOf(`${banned} sources ${plan.simulated ? "would be banned" : "banned"}: ${run.category}`),
    text: textOf([
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
      ...(overflow > 0
        ? ["", `NO ROOM in the IP sets for ${overflow} sources, lowest scores first. Raise autoShards.`]
        : []),
      ...sentencesOf(plan.missing, plan.notes),
      "",
      `Take this back: portcullis bans undo ${run.runId}`,
      `Runbook: ${runbookUrl}`,
    ]),
  };
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

/** SNS allows 100 printable ASCII characters. */
function subjectOf(subject: string): string {
  return `Portcullis: ${subject}`.replace(/[^\x20-\x7e]/g, "?").slice(0, 100);
}

/** One harmless line each: no control characters, no text direction tricks, no line that an attacker could begin. */
function textOf(lines: readonly string[]): string {
  return `${lines.map(harmless).join("\n")}\n`;
}

export function harmless(line: string): string {
  return line.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, " ").slice(0, 2_000);
}
