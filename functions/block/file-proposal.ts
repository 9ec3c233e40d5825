/** Files what needs a person: one open proposal per category, which later rounds raise to a new version. */
import { InvalidInputError, RetryableError } from "../domain/errors.ts";
import { HOUR, type Instant, toIso } from "../domain/instant.ts";
import type { FiledBan, Plan } from "../domain/plan.ts";
import { planSchema } from "../domain/plan.ts";
import { type Proposal, type ProposalEntries, proposalEntriesSchema } from "../domain/proposal.ts";
import { type ApproveInput, RUN_SCHEMA } from "../domain/run.ts";
import type { EvidenceStore, Executions, ProposalStore, ProposalTicket } from "./ports.ts";
import { isByPerson, mergeEntries, proposalOf } from "./proposals.ts";

export interface FilePorts {
  readonly proposals: ProposalStore;
  readonly evidence: EvidenceStore;
  readonly executions: Executions;
}

const TRIES = 5;

/**
 * Returns the open proposal's id. A plan filed twice makes no second version; the execution that asks is named after
 * the version, so starting it again is fine and heals a crash in between.
 */
export async function fileProposal(
  ports: FilePorts,
  plan: Plan,
  newId: string,
  now: Instant,
): Promise<Proposal | null> {
  if (plan.file.length === 0) return null;
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const latestId = await ports.proposals.latest(plan.run.category);
    const latest = latestId ? await ports.proposals.get(latestId) : null;
    const filed = await fileOnce(ports, plan, latest, newId, now);
    if (!filed) continue;
    await ports.executions.start(`${filed.id}-v${filed.version}`, approveInput(filed));
    return filed;
  }
  throw new RetryableError(`The proposal of ${plan.run.category} changed under ${TRIES} attempts to file; try again`);
}

/** Null if somebody else was faster. */
async function fileOnce(
  ports: FilePorts,
  plan: Plan,
  latest: ProposalTicket | null,
  newId: string,
  now: Instant,
): Promise<Proposal | null> {
  const open = latest?.proposal.status === "open" ? latest.proposal : null;
  const banned = new Set(plan.apply.map(({ source }) => source));
  const before = open ? (await readEntries(ports.evidence, open)).entries : [];
  const entries = mergeEntries(before, plan.file, banned);
  if (!entries) return open;
  const document = documentOf(entries, plan);
  const identity = open
    ? { id: open.id, version: open.version + 1, createdAt: open.createdAt }
    : { id: newId, version: 1, createdAt: toIso(now) };
  const proposal = proposalOf({ ...identity, run: plan.run, document, at: now });
  await ports.evidence.write(proposal.entriesKey, document);
  const written = open
    ? await ports.proposals.put(proposal, open.version)
    : await ports.proposals.open(proposal, latest?.proposal.id ?? null);
  return written ? proposal : null;
}

export async function readEntries(evidence: EvidenceStore, proposal: Proposal): Promise<ProposalEntries> {
  const parsed = proposalEntriesSchema.safeParse(await evidence.read(proposal.entriesKey));
  if (parsed.success) return parsed.data;
  throw new InvalidInputError(`The entries of proposal ${proposal.id} at ${proposal.entriesKey} cannot be read`, [
    parsed.error.message,
  ]);
}

/** For so long after a rejection the same source is not filed again. */
const DECLINED_FOR_MS = 4 * HOUR;

/** Sources of the category's latest proposal that a person has just said no to; asking again would be nagging. */
export async function declinedSources(
  ports: Pick<FilePorts, "proposals" | "evidence">,
  category: string,
  now: Instant,
): Promise<Set<string>> {
  const id = await ports.proposals.latest(category);
  const proposal = id ? (await ports.proposals.get(id))?.proposal : null;
  const decision = proposal?.decision;
  if (!proposal || !decision || !isByPerson(decision)) return new Set();
  if (now - Date.parse(decision.at) > DECLINED_FOR_MS) return new Set();
  const approved = planSchema.safeParse(await ports.evidence.read(decision.planKey));
  if (!approved.success) return new Set();
  const yes = new Set(approved.data.apply.map(({ source }) => source));
  const { entries } = await readEntries(ports.evidence, proposal);
  return new Set(entries.flatMap(({ source }: FiledBan) => (yes.has(source) ? [] : [source])));
}

function documentOf(entries: FiledBan[], plan: Plan): ProposalEntries {
  const { missing, notes, relief, establishedUsers } = plan;
  return {
    ...{ schema: RUN_SCHEMA, entries, missing, totalCalls: relief.totalCalls },
    ...(notes && { notes }),
    ...(establishedUsers != null && { establishedUsers }),
    ...(relief.quota && { quotaCalls: relief.quota.of }),
  };
}

/** What an execution of `approve` begins with. */
export function approveInput(proposal: Proposal): ApproveInput {
  return { schema: RUN_SCHEMA, run: proposal.run, proposalId: proposal.id, version: proposal.version };
}
