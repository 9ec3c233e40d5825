import type { Ban } from "../../functions/domain/ban.ts";
import type { Proposal } from "../../functions/domain/proposal.ts";
import type { Stage } from "./stage.ts";

/** Open proposals that still name somebody whom nothing has banned since: a later round, with more evidence, may need no person. */
export function undecidedOf(
  stage: Pick<Stage, "proposed">,
  proposals: readonly Proposal[],
  bans: readonly Ban[],
): Proposal[] {
  return proposals.filter((proposal) => {
    const since = new Set(bans.filter(({ bannedAt }) => bannedAt >= proposal.updatedAt).map(({ source }) => source));
    return proposal.status === "open" && [...stage.proposed([proposal])].some((source) => !since.has(source));
  });
}
