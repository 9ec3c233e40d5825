/** The approval page: GET shows, POST decides. Pure but for its ports; see approval-handler.ts. */
import type { Instant } from "../domain/instant.ts";
import { type ApprovalPage, approvalFields, type Proposal } from "../domain/proposal.ts";
import { readLink } from "./approval-link.ts";
import { type DecidePorts, type DecisionEnd, decideProposal } from "./decide-proposal.ts";
import { readEntries } from "./file-proposal.ts";

export interface PageRequest {
  readonly method: string;
  readonly query: string;
  /** Form fields of a POST. */
  readonly form: URLSearchParams;
}
export interface PageEnd {
  readonly status: number;
  readonly page: ApprovalPage;
}
export interface PageScene {
  readonly key: string;
  readonly now: Instant;
  readonly nonce: string;
}

const NOTHING = { action: "", proposal: null, entries: [], missing: [], notes: [], totalCalls: 0 };
/** The answer when the ledger or the bucket cannot be reached right now. */
export const FAILED: PageEnd = { status: 503, page: { state: "failed", ...NOTHING } };

const COMMENT_LIMIT = 1_000;

export async function answerPage(ports: DecidePorts, request: PageRequest, scene: PageScene): Promise<PageEnd> {
  const link = readLink(request.query, scene.key, scene.now);
  if (!link) return { status: 403, page: { state: "forbidden", ...NOTHING } };
  if (request.method !== "POST") return show(ports, link.id, request.query);
  const { form } = request;
  const decision = form.get(approvalFields.decision);
  const approved = decision === "approve" ? form.getAll(approvalFields.source) : [];
  // A form without a decision is no form of ours; nothing is decided by accident.
  if (approved.length === 0 && decision !== "reject") return show(ports, link.id, request.query, "nothing-ticked");
  const end = await decideProposal(ports, {
    id: link.id,
    hash: form.get(approvalFields.hash) ?? "",
    approved,
    by: "approval page",
    comment: (form.get(approvalFields.comment) ?? "").slice(0, COMMENT_LIMIT),
    at: scene.now,
    otherwise: "rejected",
    nonce: scene.nonce,
  });
  return pageOf(ports, end, request.query);
}

async function pageOf(ports: DecidePorts, end: DecisionEnd, query: string): Promise<PageEnd> {
  if (end.end === "unknown") return { status: 404, page: { state: "unknown", ...NOTHING } };
  if (end.end === "changed") return filled(ports, end.proposal, query, "changed", 409);
  return filled(ports, end.proposal, "", "decided", 200);
}

async function show(
  ports: DecidePorts,
  id: string,
  query: string,
  state: "open" | "nothing-ticked" = "open",
): Promise<PageEnd> {
  const ticket = await ports.proposals.get(id);
  if (!ticket) return { status: 404, page: { state: "unknown", ...NOTHING } };
  if (ticket.proposal.status !== "open") return filled(ports, ticket.proposal, "", "decided", 200);
  return filled(ports, ticket.proposal, query, state, state === "open" ? 200 : 400);
}

async function filled(
  ports: DecidePorts,
  proposal: Proposal,
  query: string,
  state: ApprovalPage["state"],
  status: number,
): Promise<PageEnd> {
  const { entries, missing, notes = [], totalCalls } = await readEntries(ports.evidence, proposal);
  const action = query && `?${query}`;
  return { status, page: { state, action, proposal, entries, missing, notes, totalCalls } };
}
