/** The approval page: GET shows, POST decides. Pure but for its ports; see approval-handler.ts. */
import { type Instant, MINUTE, toIso } from "../domain/instant.ts";
import { planSchema } from "../domain/plan.ts";
import { type ApprovalPage, type OnTimeout, type Proposal, SHOWN_ENTRIES } from "../domain/proposal.ts";
import {
  type ApprovalForm,
  type FormFault,
  formFaultStatus,
  type PageRequest,
  readApprovalForm,
} from "./approval-form.ts";
import { readLink } from "./approval-link.ts";
import { deadlineOf } from "./ask.ts";
import { type DecidePorts, type DecisionEnd, decideProposal } from "./decide-proposal.ts";
import { readEntries } from "./file-proposal.ts";

export interface PageEnd {
  readonly status: number;
  readonly page: ApprovalPage;
}
export interface PageScene {
  readonly key: string;
  readonly now: Instant;
  readonly nonce: string;
  readonly approvalMinutes: number;
  readonly onTimeout: OnTimeout;
}

type State = ApprovalPage["state"];

function empty(status: number, state: State): PageEnd {
  const nothing = { action: "", proposal: null, entries: [], missing: [], notes: [], totalCalls: 0 };
  return { status, page: { state, ...nothing, approved: null, deadline: null } };
}

/** The answer when the ledger or the bucket cannot be reached right now. */
export const FAILED = empty(503, "failed");

/** A forged link learns nothing; a bad form of somebody who holds a link is shown what can be decided. */
export async function answerPage(ports: DecidePorts, request: PageRequest, scene: PageScene): Promise<PageEnd> {
  const link = readLink(request.query, scene.key, scene.now);
  if (!link) return empty(403, "forbidden");
  const view = { id: link.id, query: request.query, scene };
  if (request.method !== "POST") return show(ports, view, "open", 200);
  const form = readApprovalForm(request);
  if (typeof form === "string") return refuse(ports, view, form);
  if (form.decision === "approve" && form.sources.length === 0 && !form.rest)
    return show(ports, view, "nothing-ticked", 400);
  return decide(ports, view, form);
}

interface View {
  readonly id: string;
  readonly query: string;
  readonly scene: PageScene;
}

function refuse(ports: DecidePorts, view: View, fault: FormFault): Promise<PageEnd> {
  return show(ports, view, fault, formFaultStatus[fault]);
}

async function decide(ports: DecidePorts, view: View, form: ApprovalForm): Promise<PageEnd> {
  const { id, scene } = view;
  const end = await decideProposal(ports, {
    ...{ id, hash: form.hash, comment: form.comment, at: scene.now, nonce: scene.nonce },
    approved: form.decision === "approve" ? await approvedSources(ports, id, form) : [],
    by: "approval page",
    otherwise: "rejected",
  });
  return pageOf(ports, end, view);
}

/** A later version may sum up others: what was ticked is then refused by its hash, whatever is read here. */
async function approvedSources(ports: DecidePorts, id: string, { sources, rest }: ApprovalForm): Promise<string[]> {
  const proposal = rest ? (await ports.proposals.get(id))?.proposal : null;
  if (!proposal) return [...sources];
  const { entries } = await readEntries(ports.evidence, proposal);
  return [...sources, ...entries.slice(SHOWN_ENTRIES).map(({ source }) => source)];
}

async function pageOf(ports: DecidePorts, end: DecisionEnd, view: View): Promise<PageEnd> {
  if (end.end === "unknown") return empty(404, "unknown");
  if (end.end === "changed") return filled(ports, end.proposal, view, "changed", 409);
  if (end.end === "not-proposed") return filled(ports, end.proposal, view, "malformed", 400);
  return filled(ports, end.proposal, view, end.end === "decided-now" ? "decided" : "decided-before", 200);
}

async function show(ports: DecidePorts, view: View, state: State, status: number): Promise<PageEnd> {
  const ticket = await ports.proposals.get(view.id);
  if (!ticket) return empty(404, "unknown");
  if (ticket.proposal.status !== "open") return filled(ports, ticket.proposal, view, "decided-before", 200);
  return filled(ports, ticket.proposal, view, state, status);
}

async function filled(
  ports: DecidePorts,
  proposal: Proposal,
  { query, scene }: View,
  state: State,
  status: number,
): Promise<PageEnd> {
  const { entries, missing, notes = [], totalCalls } = await readEntries(ports.evidence, proposal);
  const open = proposal.status === "open";
  const shown = { proposal, entries, missing, notes, totalCalls };
  const deadline = open ? deadlineIn(proposal, scene) : null;
  const approved = await readApproved(ports, proposal);
  return { status, page: { state, action: open ? `?${query}` : "", ...shown, approved, deadline } };
}

function deadlineIn(proposal: Proposal, scene: PageScene): ApprovalPage["deadline"] {
  const at = deadlineOf(proposal, scene);
  const minutesLeft = Math.max(0, Math.floor((at - scene.now) / MINUTE));
  return { at: toIso(at), minutesLeft, onTimeout: scene.onTimeout };
}

/** Which of the entries were approved; null where nobody has chosen, and where it cannot be told any more. */
async function readApproved({ evidence }: DecidePorts, { status, decision }: Proposal): Promise<string[] | null> {
  if (!decision || (status !== "approved" && status !== "rejected")) return null;
  const plan = planSchema.safeParse(await evidence.read(decision.planKey));
  return plan.success ? plan.data.apply.map(({ source }) => source) : null;
}
