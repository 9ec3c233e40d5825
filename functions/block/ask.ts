/**
 * Ask: keeps the task token, tells people where to decide, and decides when nobody does.
 *
 * Trigger     `approve`: as a task that waits for its token, again as one when most of the time is over (the reminder),
 *             and once more when the wait runs out.
 * Run twice   the token of a retry replaces the first; people are told of a version once and reminded of it once.
 * Primary     the answer comes from the page or the command line by SendTaskSuccess.
 * Fallback    on time-out, what the deployment says: nothing, or what was certain by itself.
 * Gotcha      the decision may be there before the token: whoever comes second answers the machine.
 */
import { NotFoundError } from "../domain/errors.ts";
import { type Instant, MINUTE, toIso } from "../domain/instant.ts";
import type { OnTimeout, Proposal } from "../domain/proposal.ts";
import type { Answer, AskRequest } from "../domain/run.ts";
import { linkQuery } from "./approval-link.ts";
import { type DecidePorts, decideProposal, recordedAnswer, tellMachine } from "./decide-proposal.ts";
import { readEntries } from "./file-proposal.ts";
import { proposalNotice } from "./notices.ts";
import type { ProposalTicket, Topic } from "./ports.ts";
import { deciders, wantsNotice, wantsReminder } from "./proposals.ts";

export interface AskPorts extends DecidePorts {
  readonly topic: Topic;
}

export interface AskScene {
  readonly now: Instant;
  /** Null where people decide by command. */
  readonly approvalUrl: string | null;
  readonly approvalMinutes: number;
  readonly key: string;
  readonly onTimeout: OnTimeout;
  readonly nonce: string;
}

export async function ask(
  ports: AskPorts,
  request: Extract<AskRequest, { taskToken: string }>,
  scene: AskScene,
): Promise<{ asked: boolean }> {
  await ports.proposals.putToken(request.proposalId, request.version, request.taskToken);
  const ticket = await ticketOf(ports, request.proposalId);
  const { proposal } = ticket;
  if (proposal.status !== "open" || proposal.version > request.version) {
    await ports.tokens.succeed(request.taskToken, await recordedAnswer(ports, proposal, request.version));
    return { asked: false };
  }
  if (isOverdue(ticket, scene)) {
    await decideAlone(ports, proposal, scene);
    const { proposal: decided } = await ticketOf(ports, proposal.id);
    await ports.tokens.succeed(request.taskToken, await recordedAnswer(ports, decided, request.version));
    return { asked: false };
  }
  await answerOlder(ports, ticket);
  const reminder = request.step === "remind";
  if (reminder ? wantsReminder(ticket, scene.now) : wantsNotice(ticket, scene.now, deadlineOf(proposal, scene)))
    await tellPeople(ports, ticket, scene, reminder);
  return { asked: true };
}

/** When the time of this version is over, to the few seconds that its execution takes to start. */
export function deadlineOf({ updatedAt }: Proposal, { approvalMinutes }: Pick<AskScene, "approvalMinutes">): Instant {
  return Date.parse(updatedAt) + approvalMinutes * MINUTE;
}

/** People were told and their time is over: the execution that waited for them has died, and this one comes in its place. */
function isOverdue({ proposal, notices }: ProposalTicket, scene: AskScene): boolean {
  return notices.length > 0 && scene.now >= deadlineOf(proposal, scene);
}

/** The machine's wait ran out: the answer is what was decided in the last moment, else what the deployment says. */
export async function timeOut(
  ports: AskPorts,
  request: { readonly proposalId: string; readonly version: number },
  scene: AskScene,
): Promise<Answer> {
  const { proposal } = await ticketOf(ports, request.proposalId);
  if (proposal.status === "open" && proposal.version === request.version) await decideAlone(ports, proposal, scene);
  const { proposal: after } = await ticketOf(ports, request.proposalId);
  return recordedAnswer(ports, after, request.version);
}

async function decideAlone(ports: AskPorts, proposal: Proposal, { now, onTimeout, nonce }: AskScene): Promise<void> {
  const { entries } = await readEntries(ports.evidence, proposal);
  // Certain by itself means that the verdict asked for no person: a limit or the mode did.
  const certain = onTimeout === "banHighConfidence" ? entries.filter((entry) => entry.handsOff) : [];
  await decideProposal(ports, {
    ...{ id: proposal.id, hash: proposal.hash, nonce, at: now },
    approved: certain.map(({ source }) => source),
    by: deciders.silence,
    comment: `Nobody answered in time; the deployment says ${onTimeout}`,
    otherwise: "expired",
  });
}

async function ticketOf({ proposals }: AskPorts, id: string): Promise<ProposalTicket> {
  const ticket = await proposals.get(id);
  if (!ticket) throw new NotFoundError(`The ledger knows no proposal ${id}`);
  return ticket;
}

async function answerOlder(ports: AskPorts, { proposal, tokens }: ProposalTicket): Promise<void> {
  const { [String(proposal.version)]: _, ...older } = tokens;
  await tellMachine(ports, { proposal, tokens: older });
}

async function tellPeople(
  ports: AskPorts,
  { proposal, notices }: ProposalTicket,
  scene: AskScene,
  reminder: boolean,
): Promise<void> {
  const { id, version, sources, topScore } = proposal;
  const until = deadlineOf(proposal, scene);
  // A later version has a later deadline and often no mail of its own: the link outlives this one.
  const linkExpiresAt = Math.max(until, scene.now) + scene.approvalMinutes * MINUTE;
  const document = await readEntries(ports.evidence, proposal);
  const link = linkOf(scene, linkQuery({ id, expiresAt: linkExpiresAt }, scene.key));
  const { onTimeout } = scene;
  await ports.topic.publish(proposalNotice(proposal, document, { link, until, onTimeout, reminder }));
  const told = { at: toIso(scene.now), sources, topScore, linkExpiresAt: toIso(linkExpiresAt) };
  const notice = reminder ? { ...told, reminderOf: version } : told;
  await ports.proposals.putNotices(id, [...notices, notice].slice(-20));
}

function linkOf({ approvalUrl }: AskScene, query: string): string | null {
  return approvalUrl && `${approvalUrl}${approvalUrl.includes("?") ? "&" : "?"}${query}`;
}
