/**
 * Proposals that need nobody any more, and those whose execution has died: it was stopped, ran into a fault for good, or
 * was never started.
 *
 * Trigger    the sweep, each minute, after the IP sets.
 * Run twice  executions have names: the same one is started once, and another only when that one is over for an hour.
 * Overtaken  all of it is banned by now: it is closed (overtaken.ts).
 * Unasked    nobody was told of it: it is filed anew as it is, with all its time, and the machine asks.
 * Overdue    its time is over: an execution is started that finds it so and does what the deployment says (ask.ts).
 * Undone     it was decided, and nobody has applied it or told: an execution is started that finds the decision.
 * Gotcha     an execution that is only slow does no harm: of two that decide one does, and a claim is written once.
 */
import type { Mode } from "../domain/ban.ts";
import { HOUR, type Instant, MINUTE, toIso } from "../domain/instant.ts";
import type { Proposal } from "../domain/proposal.ts";
import { deadlineOf } from "./ask.ts";
import { forEachFew } from "./edit-ban.ts";
import { approveInput } from "./file-proposal.ts";
import { closeIfOvertaken, type OvertakenPorts } from "./overtaken.ts";
import type { Executions, ProposalTicket } from "./ports.ts";

export interface TendPorts extends OvertakenPorts {
  /** Of the approval machine. */
  readonly executions: Executions;
}

export interface TendScene {
  readonly now: Instant;
  readonly mode: Mode;
  readonly approvalMinutes: number;
}

/** Longer than a healthy execution takes to come so far. */
const UNASKED_MS = 10 * MINUTE;
const OVERDUE_MS = 5 * MINUTE;
const UNDONE_MS = 10 * MINUTE;
/** What nobody could apply in a day is for the alarm on failed approvals. */
const FORGOTTEN_MS = 24 * HOUR;

/** How many had to be seen to. One that cannot be read holds up no other. */
export async function tendProposals(ports: TendPorts, scene: TendScene): Promise<number> {
  let tended = 0;
  await forEachFew(await ports.proposals.categories(), async (id) => {
    const ticket = await ports.proposals.get(id);
    if (ticket && (await tend(ports, ticket, scene))) tended += 1;
  });
  return tended;
}

async function tend(
  ports: TendPorts,
  { proposal, notices, doneAt }: ProposalTicket,
  { now, mode, approvalMinutes }: TendScene,
): Promise<boolean> {
  if (proposal.status === "open") {
    if (await closeIfOvertaken(ports, proposal, now, mode)) return true;
    if (notices.length === 0) return fileAnew(ports, proposal, now);
    return startAgain(ports, proposal, "late", now - (deadlineOf(proposal, { approvalMinutes }) + OVERDUE_MS));
  }
  if (proposal.decision === null || doneAt !== null) return false;
  const since = now - Date.parse(proposal.decision.at);
  return since < FORGOTTEN_MS && startAgain(ports, proposal, "undone", since - UNDONE_MS);
}

async function fileAnew({ proposals, executions }: TendPorts, proposal: Proposal, now: Instant): Promise<boolean> {
  if (now - Date.parse(proposal.updatedAt) < UNASKED_MS) return false;
  const next = { ...proposal, version: proposal.version + 1, updatedAt: toIso(now) };
  if (!(await proposals.put(next, proposal.version))) return false;
  await executions.start(`${next.id}-v${next.version}`, approveInput(next));
  return true;
}

/** Each hour by another name, in case that one dies as well. */
async function startAgain({ executions }: TendPorts, proposal: Proposal, why: string, since: number): Promise<boolean> {
  if (since < 0) return false;
  const { id, version } = proposal;
  await executions.start(`${id}-v${version}-${why}-${Math.floor(since / HOUR)}`, approveInput(proposal));
  return true;
}
