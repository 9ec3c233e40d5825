/**
 * A proposal all of whose sources are banned by now: a later round knew more, or a person banned them by hand. Nothing is
 * left to decide, so it is closed and nobody is reminded of it.
 *
 * Race       a decision goes onto an open proposal of the version that was read: of a person's and this one there is one.
 * Gotcha     bans that are undone or released in that moment leave the sources free: the next look finds who goes on,
 *            and as nobody has said no to them, asks anew.
 */
import type { Mode } from "../domain/ban.ts";
import type { Instant } from "../domain/instant.ts";
import type { Proposal } from "../domain/proposal.ts";
import { counted } from "../domain/wording.ts";
import { type DecidePorts, decideProposal } from "./decide-proposal.ts";
import { readEntries } from "./file-proposal.ts";
import { isHeld } from "./plan.ts";
import type { BanStore } from "./ports.ts";
import { deciders } from "./proposals.ts";

export interface OvertakenPorts extends DecidePorts {
  readonly bans: Pick<BanStore, "getBans">;
}

/** True if it was closed just now. */
export async function closeIfOvertaken(
  ports: OvertakenPorts,
  proposal: Proposal,
  now: Instant,
  mode: Mode,
): Promise<boolean> {
  const { entries } = await readEntries(ports.evidence, proposal);
  const bans = await ports.bans.getBans(entries.map(({ source }) => source));
  if (!entries.every(({ source, targets }) => isHeld(bans.get(source), targets, { mode, at: now }))) return false;
  const { end } = await decideProposal(ports, {
    ...{ id: proposal.id, hash: proposal.hash, at: now, nonce: `overtaken-${now}` },
    approved: [],
    by: deciders.bans,
    comment: `${counted(entries.length, "source was", "sources were")} banned meanwhile; nothing is left to decide`,
    otherwise: "overtaken",
  });
  return end === "decided-now";
}
