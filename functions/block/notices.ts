/** What people are told of a proposal and of what was done, by mail and in a chat. Pure; `notice-text.ts` makes everything from outside harmless. */
import { type Instant, toIso } from "../domain/instant.ts";
import type { FiledBan, Plan, PlannedBan } from "../domain/plan.ts";
import type { OnTimeout, Proposal, ProposalEntries } from "../domain/proposal.ts";
import type { ApplyResult } from "../domain/run.ts";
import { counted, percent } from "../domain/wording.ts";
import { type Line, listOf, type NoticeText, noticeOf, sectionOf } from "./notice-text.ts";

export interface Asking {
  /** To the page; null where there is none, and people decide by command. */
  readonly link: string | null;
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
  const waiting = counted(entries.length, `source ${still}waits`, `sources ${still}wait`);
  const lines: Line[] = [
    `${waiting} for a person's decision${again}. Nothing of this is blocked until you decide.`,
    `Alarm: ${run.alarmName ?? run.trigger}, category ${category}, run ${run.runId}`,
    "",
    `Decide until ${toIso(until)}. ${silenceTexts[onTimeout]} ${link ? "Opening the page" : "Looking at it"} decides nothing:`,
    { own: link ?? `npx portcullis approvals show ${proposal.id}` },
    "",
    ...listOf(entries, (entry) => `${lineOf(entry, totalCalls)}; waits because: ${entry.because.join(", ")}`),
    ...sentencesOf(missing, notes),
  ];
  const subject = `${waiting} for your decision: ${category}`;
  return noticeOf(reminder ? `Reminder: ${subject}` : subject, lines, run.runId);
}

export const silenceTexts: Readonly<Record<OnTimeout, string>> = {
  discard: "If nobody does, nothing of it is banned.",
  banHighConfidence: "If nobody does, what was certain by itself is banned.",
};

/** What a round did, or what came of a decision. */
export function appliedNotice(plan: Plan, applied: ApplyResult, runbookUrl: string): NoticeText {
  const { run, relief } = plan;
  const { banned, extended } = applied.counts;
  const verb = plan.simulated ? "would be banned" : "banned";
  const observed = plan.simulated ? " (mode observe: nothing is blocked)" : "";
  return noticeOf(
    `${counted(banned, "source")} ${verb}: ${run.category}`,
    [
      `${counted(banned, "source")} ${verb}${observed}, ${counted(extended, "ban")} extended. Run ${run.runId}, round ${run.round}.`,
      `Alarm: ${run.alarmName ?? run.trigger}, category ${run.category}`,
      ...(plan.origin === "approved" ? [`Decided by ${plan.by} on proposal ${plan.proposalId}.`] : reliefLine(relief)),
      "",
      ...listOf(plan.apply, (ban) => lineOf(ban, relief.totalCalls)),
      ...(plan.file.length > 0
        ? [
            `${counted(plan.file.length, "more waits", "more wait")} for a person's decision; a mail of its own has the link.`,
          ]
        : []),
      ...refusalsOf(plan.refuse),
      ...stoppedAtLast(applied),
      ...sentencesOf(plan.missing, plan.notes),
      "",
      `Take this back: portcullis bans undo ${run.runId}`,
      reportLine(run),
      { own: `Runbook: ${runbookUrl}` },
    ],
    run.runId,
  );
}

/** Nobody decided on a proposal in its time, and nothing of it was banned. */
export function silenceNotice({ run, proposalId }: Plan, runbookUrl: string): NoticeText {
  return noticeOf(
    `nobody decided, nothing is banned: ${run.category}`,
    [
      `Nobody has decided on proposal ${proposalId} in its time. Nothing of it is banned.`,
      `Alarm: ${run.alarmName ?? run.trigger}, category ${run.category}, run ${run.runId}`,
      "",
      "Who goes on is found again by the next look and proposed anew. See what was proposed:",
      { own: `npx portcullis approvals show ${proposalId}` },
      { own: `Runbook: ${runbookUrl}` },
    ],
    run.runId,
  );
}

/** The page names addresses and accounts, so it has no link that works without a sign-in to AWS. */
export function reportLine({ runId }: Plan["run"]): string {
  return `The whole run on one page: portcullis report ${runId} --html report.html`;
}

function reliefLine({ sources, calls, totalCalls }: Plan["relief"]): string[] {
  const these = sources === 1 ? "this source" : `these ${sources} sources`;
  return [
    `Predicted relief: ${these} made ${percent(calls, totalCalls)} % of the calls looked at (${calls} of ${totalCalls}).`,
  ];
}

/** What was planned, or approved, and is not blocked all the same. */
function stoppedAtLast({ counts: { overflow, refused = 0 }, stopped = [] }: ApplyResult): string[] {
  const named = stopped.map(({ source, score, why, matched }) => `- ${source}  score ${score}: ${why} ${matched}`);
  const rest = refused - named.length;
  return [
    ...(refused > 0
      ? ["", `${counted(refused, "source was", "sources were")} stopped by a guard at the last moment:`, ...named]
      : []),
    ...(rest > 0 ? [`- ${rest} more; the log of Apply names them (guard.refused)`] : []),
    ...(overflow > 0
      ? ["", `NO ROOM in the IP sets for ${counted(overflow, "source")}, lowest scores first. Raise autoShards.`]
      : []),
  ];
}

function lineOf(ban: PlannedBan | FiledBan, totalCalls: number): string {
  const share = totalCalls > 0 ? ` (${percent(ban.calls, totalCalls)} %)` : "";
  const why = ban.reasons.map(({ detection, text }) => `${detection}: ${text}`).join("; ");
  const did = [
    counted(ban.calls, "call") + share,
    counted(ban.failures, "failure"),
    counted(ban.distinctUsers, "user"),
  ];
  return `${ban.source}  score ${ban.score}, ${did.join(", ")}. ${why}`;
}

export function refusalsOf(
  refuse: readonly (Omit<Plan["refuse"][number], "why"> & { readonly why: string })[],
): string[] {
  const refused = refuse.filter(({ why }) => why !== "already-banned");
  const lines = listOf(refused, ({ source, score, why, matched }) => `${source}  score ${score}: ${why} ${matched}`);
  return lines.length > 0 ? ["", "Not banned:", ...lines] : [];
}

export function sentencesOf(missing: readonly string[], notes: readonly string[] = []): string[] {
  return [
    ...sectionOf("What the evidence lacks:", missing),
    ...sectionOf("Look at this too, no ban answers it:", notes),
  ];
}
