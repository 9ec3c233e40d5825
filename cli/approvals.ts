import { randomBytes } from "node:crypto";

import { deadlineOf } from "../functions/block/ask.ts";
import { silenceTexts } from "../functions/block/notices.ts";
import { decideProposal, listProposals, showProposal } from "../functions/block/operator.ts";
import { ConflictError, NotFoundError } from "../functions/domain/errors.ts";
import { toIso } from "../functions/domain/instant.ts";
import { printable } from "../functions/domain/printable.ts";
import type { Proposal, ProposalEntries } from "../functions/domain/proposal.ts";
import type { DecideFlags } from "./commands/deciding.ts";
import type { DeskFlags } from "./commands/options.ts";
import { type Desk, openDesk } from "./desk.ts";
import { printJson, printText } from "./output.ts";
import { formatTable } from "./table.ts";
import { finishing } from "./terminal.ts";

export async function list(flags: DeskFlags): Promise<void> {
  const { ports } = await openDesk(flags);
  const proposals = await listProposals(ports);
  if (flags.json) return printJson(proposals);
  const rows = proposals.map((proposal) => [
    ...[proposal.id, proposal.status, proposal.category, String(proposal.sources), String(proposal.topScore)],
    proposal.updatedAt,
  ]);
  const head = [
    ...["id", "status", "category"],
    ...[
      { title: "sources", right: true as const },
      { title: "top score", right: true as const, drop: 1 },
    ],
    { title: "updated", drop: 2 },
  ];
  await printText(rows.length === 0 ? "Nothing was proposed." : formatTable(head, rows));
}

export async function show(id: string, flags: DeskFlags): Promise<void> {
  const desk = await openDesk(flags);
  const shown = await showProposal(desk.ports, id);
  if (!shown) throw unknown(id);
  if (flags.json) return printJson({ ...shown.proposal, ...shown.document });
  await printText(describeProposal(desk, shown.proposal, shown.document));
}

function describeProposal(desk: Desk, proposal: Proposal, { entries, missing, notes = [] }: ProposalEntries): string {
  const { id, version, status, category, run } = proposal;
  const rows = entries.map((entry) => [
    ...[entry.source, String(entry.score), `${entry.minutes} min`, String(entry.successes)],
    entry.reasons.map(({ text }) => text).join("; "),
  ]);
  const head = [
    ...["source", { title: "score", right: true as const }, { title: "for", drop: 1 }],
    ...[
      { title: "successes", right: true as const, drop: 2 },
      { title: "why", wraps: true as const },
    ],
  ];
  return [
    `${id}, version ${version}: ${status}; category ${category}, run ${run.runId}`,
    ...listed("The evidence is not complete:", missing),
    ...listed("Look at this too, no ban answers it:", notes),
    formatTable(head, rows),
    ...(proposal.decision ? [decisionText(proposal.decision), ...undoText(proposal)] : choices(desk, proposal)),
  ].join("\n");
}

function listed(title: string, sentences: readonly string[]): string[] {
  return sentences.length === 0 ? [] : [title, ...sentences.map((sentence) => `  - ${printable(sentence)}`)];
}

function choices({ deployment }: Desk, proposal: Proposal): string[] {
  const { id, version } = proposal;
  const { timeoutMinutes, onTimeout } = deployment.approval;
  const until = toIso(deadlineOf(proposal, { approvalMinutes: timeoutMinutes }));
  return [
    `Decide until ${until}. ${silenceTexts[onTimeout]}`,
    `To ban them: portcullis approvals approve ${id} --of-version ${version} (--except CIDR for who is not to be banned)`,
    `To ban nobody: portcullis approvals reject ${id} --of-version ${version}`,
  ];
}

function decisionText({ approved, rejected, by, at, comment }: NonNullable<Proposal["decision"]>): string {
  return `approved ${approved}, rejected ${rejected} by ${printable(by)} at ${at}${comment && `: ${printable(comment)}`}`;
}

function undoText({ decision, run: { runId } }: Proposal): string[] {
  return decision && decision.approved > 0 ? [`To take it back: portcullis bans undo ${runId}`] : [];
}

export async function decide(id: string, approve: boolean, flags: DecideFlags): Promise<void> {
  const { ports, scene } = await openDesk(flags);
  const nonce = randomBytes(8).toString("hex");
  const { comment, ofVersion } = flags;
  const request = { id, approve, except: flags.except ?? [], comment, nonce, ofVersion };
  const end = await finishing(() => decideProposal(ports, scene.by, request));
  if (end.end === "unknown") throw unknown(id);
  const { proposal } = end;
  const look = `\`portcullis approvals show ${id}\``;
  if (end.end === "changed" || end.end === "not-proposed")
    throw new ConflictError(`${id} is of version ${proposal.version} now; look again with ${look}.`);
  if (end.end === "decided-before")
    throw new ConflictError(`${id} was decided before: ${proposal.status}${decidedBy(proposal)}. See ${look}.`);
  if (flags.json) return printJson(proposal);
  const { approved = 0, rejected = 0 } = proposal.decision ?? {};
  const applied = approved > 0 ? ["What came of it, within a minute: portcullis bans list", ...undoText(proposal)] : [];
  await printText([`${id}: ${approved} approved, ${rejected} rejected`, ...applied].join("\n"));
}

function decidedBy({ decision }: Proposal): string {
  return decision ? ` by ${printable(decision.by)} at ${decision.at}` : "";
}

function unknown(id: string): NotFoundError {
  return new NotFoundError(`There is no proposal ${printable(id)}; \`portcullis approvals list\` shows what there is.`);
}
