import { randomBytes } from "node:crypto";

import { decideProposal, listProposals, showProposal } from "../functions/block/operator.ts";
import { ConflictError, NotFoundError } from "../functions/domain/errors.ts";
import { printable } from "../functions/domain/printable.ts";
import type { Proposal, ProposalEntries } from "../functions/domain/proposal.ts";
import type { DecideFlags } from "./commands/deciding.ts";
import type { DeskFlags } from "./commands/options.ts";
import { openDesk } from "./desk.ts";
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
  const { ports } = await openDesk(flags);
  const shown = await showProposal(ports, id);
  if (!shown) throw unknown(id);
  if (flags.json) return printJson({ ...shown.proposal, ...shown.document });
  await printText(describeProposal(shown.proposal, shown.document));
}

function describeProposal(proposal: Proposal, { entries, missing, notes = [] }: ProposalEntries): string {
  const rows = entries.map((entry) => [
    ...[entry.source, String(entry.score), `${entry.minutes} min`, String(entry.successes)],
    entry.reasons.map(({ text }) => text).join("; "),
  ]);
  return [
    `${proposal.id}, version ${proposal.version}: ${proposal.status}`,
    ...missing.map((sentence) => `missing: ${printable(sentence)}`),
    ...notes.map((sentence) => `look at: ${printable(sentence)}`),
    formatTable(
      [
        "source",
        { title: "score", right: true },
        { title: "for", drop: 1 },
        { title: "successes", right: true, drop: 2 },
        { title: "why", wraps: true },
      ],
      rows,
    ),
    decisionOf(proposal),
  ].join("\n");
}

function decisionOf({ id, version, decision }: Proposal): string {
  if (!decision) return `To ban them: portcullis approvals approve ${id} --of-version ${version}`;
  const { approved, rejected, by, at, comment } = decision;
  return `approved ${approved}, rejected ${rejected} by ${printable(by)} at ${at}${comment && `: ${printable(comment)}`}`;
}

export async function decide(id: string, approve: boolean, flags: DecideFlags): Promise<void> {
  const { ports, scene } = await openDesk(flags);
  const nonce = randomBytes(8).toString("hex");
  const { comment, ofVersion } = flags;
  const request = { id, approve, except: flags.except ?? [], comment, nonce, ofVersion };
  const end = await finishing(() => decideProposal(ports, scene.by, request));
  if (end.end === "unknown") throw unknown(id);
  if (end.end === "changed" || end.end === "not-proposed")
    throw new ConflictError(`${id} has changed meanwhile; look again with \`portcullis approvals show ${id}\`.`);
  if (end.end === "decided-before") throw new ConflictError(`${id} was decided before: ${end.proposal.status}.`);
  if (flags.json) return printJson(end.proposal);
  const { approved = 0, rejected = 0 } = end.proposal.decision ?? {};
  await printText(`${id}: ${approved} approved, ${rejected} rejected`);
}

function unknown(id: string): NotFoundError {
  return new NotFoundError(`There is no proposal ${id}; \`portcullis approvals list\` shows what there is.`);
}
