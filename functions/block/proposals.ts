/** A proposal over its life: filed, changed by later rounds, decided once. Pure. */
import { createHash } from "node:crypto";

import { HOUR, type Instant, MINUTE, toIso } from "../domain/instant.ts";
import type { FiledBan, Plan } from "../domain/plan.ts";
import { type Proposal, type ProposalEntries, proposalEntriesSchema } from "../domain/proposal.ts";
import { RUN_SCHEMA, type Run } from "../domain/run.ts";
import { reliefOf } from "./plan.ts";
import type { ProposalTicket } from "./ports.ts";

/** Who decides where no person does: the time-out, and bans that have overtaken a proposal. */
export const deciders = { silence: "time-out", bans: "portcullis" } as const;

export function isByPerson({ by }: { readonly by: string }): boolean {
  return by !== deciders.silence && by !== deciders.bans;
}

/** A score must rise by this much before people are asked to look again. */
const NOTABLE_RISE = 10;

/**
 * The entries with a later round's added, or null if that is nothing a person must look at again. Sources that have
 * been banned meanwhile are left out of a version that is made anyway.
 */
export function mergeEntries(
  open: readonly FiledBan[],
  filed: readonly FiledBan[],
  banned: ReadonlySet<string>,
): FiledBan[] | null {
  const entries = new Map(open.map((entry) => [entry.source, entry]));
  let notable = false;
  for (const entry of filed) {
    const known = entries.get(entry.source);
    if (known && entry.score < known.score + NOTABLE_RISE) continue;
    notable = true;
    entries.set(entry.source, entry);
  }
  if (!notable) return null;
  return [...entries.values()]
    .filter(({ source }) => !banned.has(source))
    .sort((a, b) => b.score - a.score || (a.source < b.source ? -1 : 1));
}

/**
 * Names exactly these entries: whoever decides sends it back, so nobody approves what they have not seen. The schema
 * puts the keys into one order first, whoever made the document.
 */
export function hashEntries(document: ProposalEntries): string {
  const text = JSON.stringify(proposalEntriesSchema.parse(document));
  return createHash("sha256").update(text).digest("base64url");
}

function entriesKeyOf(run: Run, id: string, version: number): string {
  return `runs/${run.runId}/${run.round}/proposal-${id}-v${version}.json`;
}

export interface ProposalContent {
  readonly id: string;
  readonly version: number;
  readonly run: Run;
  readonly document: ProposalEntries;
  readonly createdAt: string;
  readonly at: Instant;
}

export function proposalOf({ id, version, run, document, createdAt, at }: ProposalContent): Proposal {
  return {
    schema: RUN_SCHEMA,
    ...{ id, version, run, createdAt },
    category: run.category,
    hash: hashEntries(document),
    entriesKey: entriesKeyOf(run, id, version),
    sources: document.entries.length,
    topScore: document.entries.reduce((best, entry) => Math.max(best, entry.score), 0),
    status: "open",
    updatedAt: toIso(at),
    decision: null,
  };
}

/** The part of a proposal that a person ticked, as Apply takes it. An approval can't widen what was proposed. */
export function approvedPlan(
  proposal: Proposal,
  document: ProposalEntries,
  approved: ReadonlySet<string>,
  decided: { at: Instant; by: string },
): Plan {
  const apply = document.entries
    .filter(({ source }) => approved.has(source))
    .map(({ because: _, ...planned }) => planned);
  return {
    schema: RUN_SCHEMA,
    run: proposal.run,
    mode: "approve",
    origin: "approved",
    by: decided.by,
    at: toIso(decided.at),
    simulated: false,
    ...{ apply, file: [], refuse: [] },
    missing: document.missing,
    relief: reliefOf(apply, document),
    proposalId: proposal.id,
    establishedUsers: document.establishedUsers ?? null,
  };
}

const NOTICES_AN_HOUR = 4;

type Told = Pick<ProposalTicket, "proposal" | "notices">;

/**
 * Whether people hear of this version: of the first, when sources or score have doubled, and when the last link lapses
 * before this version's deadline; at most four times an hour.
 */
export function wantsNotice({ proposal, notices }: Told, now: Instant, deadline: Instant): boolean {
  const last = notices.at(-1);
  if (!last) return true;
  if (notices.filter(({ at }) => now - Date.parse(at) < HOUR).length >= NOTICES_AN_HOUR) return false;
  const grown = proposal.sources >= 2 * last.sources || proposal.topScore >= 2 * last.topScore;
  return grown || Date.parse(last.linkExpiresAt) < deadline;
}

/** Once a version, and not on the heels of a mail about it. */
export function wantsReminder({ proposal, notices }: Told, now: Instant): boolean {
  if (notices.some(({ reminderOf }) => reminderOf === proposal.version)) return false;
  const last = notices.at(-1);
  return !last || now - Date.parse(last.at) >= MINUTE;
}
