import { randomBytes } from "node:crypto";

import { type Command, InvalidArgumentError } from "commander";

import { ConflictError, NotFoundError } from "../functions/domain/errors.ts";
import { printable } from "../functions/domain/printable.ts";
import type { Proposal, ProposalEntries } from "../functions/domain/proposal.ts";
import { type DeskFlags, deskOptions } from "./desk-options.ts";
import { printJson, printText } from "./output.ts";
import { formatTable } from "./table.ts";
import { finishing } from "./terminal.ts";

interface DecideFlags extends DeskFlags {
  readonly except?: readonly string[];
  readonly comment: string;
  readonly ofVersion?: number;
}

const load = async () => ({ ...(await import("./desk.ts")), ...(await import("../functions/block/operator.ts")) });

export function registerApprovals(program: Command): void {
  const approvals = program.command("approvals").description("what waits for a person, and the decision on it");
  deskOptions(approvals.command("list").description("the latest proposal of each category")).action(list);
  deskOptions(approvals.command("show <id>").description("the sources of a proposal, with reasons")).action(show);
  deskOptions(approvals.command("approve <id>").description("ban what was proposed"))
    .option("--except <cidr...>", "sources that are not banned")
    .option("--comment <text>", "kept with the decision", "")
    .option("--of-version <n>", "only if it still is of this version, as `show` told", parseVersion)
    .action((id: string, flags: DecideFlags) => decide(id, true, flags));
  deskOptions(approvals.command("reject <id>").description("ban nobody of the proposal"))
    .option("--comment <text>", "kept with the decision", "")
    .option("--of-version <n>", "only if it still is of this version, as `show` told", parseVersion)
    .action((id: string, flags: DecideFlags) => decide(id, false, flags));
}

function parseVersion(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError("A version is a whole number from 1.");
  return Number(text);
}

async function list(flags: DeskFlags): Promise<void> {
  const { openDesk, listProposals } = await load();
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

async function show(id: string, flags: DeskFlags): Promise<void> {
  const { openDesk, showProposal } = await load();
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

async function decide(id: string, approve: boolean, flags: DecideFlags): Promise<void> {
  const { openDesk, decideProposal } = await load();
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
