/** Decides a proposal once, from the page, the command line, the time-out or the sweep. */
import type { DecisionRecord } from "../domain/decision.ts";
import { type Instant, MINUTE, toIso } from "../domain/instant.ts";
import type { Proposal } from "../domain/proposal.ts";
import { type Answer, RUN_SCHEMA } from "../domain/run.ts";
import { approveInput, readEntries } from "./file-proposal.ts";
import type {
  ControlStore,
  EvidenceStore,
  Executions,
  Journal,
  ProposalStore,
  ProposalTicket,
  TaskTokens,
} from "./ports.ts";
import { approvedPlan, hashEntries } from "./proposals.ts";

export interface DecidePorts {
  readonly proposals: ProposalStore;
  readonly evidence: EvidenceStore;
  readonly control: ControlStore;
  readonly tokens: TaskTokens;
  /** Absent where the machine itself decides: it need not be told. */
  readonly executions?: Executions;
  readonly journal: Journal;
}

export interface DecisionRequest {
  readonly id: string;
  /** What the person has seen; anything newer must be looked at again. */
  readonly hash: string;
  readonly approved: readonly string[];
  readonly by: string;
  readonly comment: string;
  readonly at: Instant;
  /** Status if nothing is approved: a person rejects, a time-out expires, bans overtake. */
  readonly otherwise: "rejected" | "expired" | "overtaken";
  /** Tells the documents of two deciders apart that act in the same instant. */
  readonly nonce: string;
}

export type DecisionEnd =
  | { readonly end: "decided-now"; readonly proposal: Proposal }
  | { readonly end: "decided-before"; readonly proposal: Proposal }
  | { readonly end: "changed"; readonly proposal: Proposal }
  /** Sources that were never proposed: an approval can't widen anything. */
  | { readonly end: "not-proposed"; readonly proposal: Proposal }
  | { readonly end: "unknown" };

/** So long after a decision another click makes good what a crash left out; later it would bring back what was undone. */
const HEALED_MS = 15 * MINUTE;

export async function decideProposal(ports: DecidePorts, request: DecisionRequest): Promise<DecisionEnd> {
  const ticket = await ports.proposals.get(request.id);
  if (!ticket) return { end: "unknown" };
  const { proposal } = ticket;
  if (proposal.status !== "open") {
    // Heals a crash between the decision, its record and telling the machine.
    if (proposal.decision) await ports.control.record(recordOf(proposal));
    const isFresh = request.at - Date.parse(proposal.decision?.at ?? "") < HEALED_MS;
    await tellMachine(isFresh ? ports : { tokens: ports.tokens }, ticket);
    return { end: "decided-before", proposal };
  }
  const document = await readEntries(ports.evidence, proposal);
  if (proposal.hash !== request.hash || hashEntries(document) !== proposal.hash) return { end: "changed", proposal };
  const known = new Set(document.entries.map(({ source }) => source));
  if (!request.approved.every((source) => known.has(source))) return { end: "not-proposed", proposal };
  const approved = new Set(request.approved);
  const planKey = `runs/${proposal.run.runId}/${proposal.run.round}/decision-${proposal.id}-${request.nonce}.json`;
  await ports.evidence.write(planKey, approvedPlan(proposal, document, approved, request));
  const decided = decidedProposal(proposal, request, { planKey, approved: approved.size, all: known.size });
  if (!(await ports.proposals.put(decided, proposal.version))) return afterLostRace(ports, request.id);
  const record = recordOf(decided);
  await ports.control.record(record);
  ports.journal(record);
  const now = await ports.proposals.get(request.id);
  await tellMachine(ports, now ?? ticket);
  return { end: "decided-now", proposal: decided };
}

async function afterLostRace(ports: DecidePorts, id: string): Promise<DecisionEnd> {
  const proposal = (await ports.proposals.get(id))?.proposal;
  if (!proposal) return { end: "unknown" };
  return { end: proposal.status === "open" ? "changed" : "decided-before", proposal };
}

/**
 * Answers every execution that waits for this proposal: the latest version with the decision, older ones with a nod.
 * Where the execution that asked is gone, another one is started: it finds the decision and applies it. It may apply
 * what has been applied, which changes nothing.
 */
export async function tellMachine(
  ports: Pick<DecidePorts, "tokens" | "executions">,
  { proposal, tokens }: Pick<ProposalTicket, "proposal" | "tokens">,
): Promise<void> {
  const heard = new Set<number>();
  for (const [version, token] of Object.entries(tokens))
    if (await ports.tokens.succeed(token, answerOf(proposal, Number(version)))) heard.add(Number(version));
  const { id, version, status } = proposal;
  if (status === "approved" && !heard.has(version))
    await ports.executions?.start(`${id}-v${version}-decided`, approveInput(proposal));
}

/** The same for an execution that asks, or whose time is over: that a decision was made is on record before it is known. */
export async function recordedAnswer(
  { control }: Pick<DecidePorts, "control">,
  proposal: Proposal,
  version: number,
): Promise<Answer> {
  if (proposal.decision) await control.record(recordOf(proposal));
  return answerOf(proposal, version);
}

/** What the execution of one version is told: the decision if it is about that version. */
function answerOf(proposal: Proposal, version: number): Answer {
  const { decision, status, createdAt } = proposal;
  if (version < proposal.version || !decision)
    return { schema: RUN_SCHEMA, decision: "superseded", planKey: "", by: "portcullis", waitedSeconds: 0 };
  const waitedSeconds = Math.max(0, Math.round((Date.parse(decision.at) - Date.parse(createdAt)) / 1_000));
  const { planKey, by } = decision;
  return { schema: RUN_SCHEMA, decision: status === "approved" ? "approved" : "rejected", planKey, by, waitedSeconds };
}

function decidedProposal(
  proposal: Proposal,
  request: DecisionRequest,
  { planKey, approved, all }: { planKey: string; approved: number; all: number },
): Proposal {
  const at = toIso(request.at);
  const { by, comment } = request;
  const status = approved > 0 ? "approved" : request.otherwise;
  const rejected = status === "overtaken" ? 0 : all - approved;
  return { ...proposal, status, updatedAt: at, decision: { at, by, comment, planKey, approved, rejected } };
}

function recordOf({ id, version, decision, run, status, updatedAt }: Proposal): DecisionRecord {
  return {
    event: "proposal.decided",
    at: updatedAt,
    id: `${id}-v${version}`,
    by: decision?.by ?? "portcullis",
    runId: run.runId,
    why: decision?.comment ?? "",
    facts: { status, approved: decision?.approved ?? 0, rejected: decision?.rejected ?? 0 },
  };
}
