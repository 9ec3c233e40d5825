/** What evidence queries are told of bans: what a source did before its last one has had its answer (ADR 11). */
import type { Ban, Claim } from "../domain/ban.ts";
import { formatForQueries, parseCidr } from "../domain/cidr.ts";
import type { Instant } from "../domain/instant.ts";
import type { Plan } from "../domain/plan.ts";

/** A row of the table `ban_answers`; see queries/registered-cells.sql. */
export interface Answer {
  /** Below the folder of the day. */
  readonly key: string;
  /** `ends`: from when on a simulated ban is an answer; 0 for a real one, which is one at once. */
  readonly document: { readonly at: number; readonly ends: number; readonly sources: readonly string[] };
}

/**
 * The row for what a plan claimed, null if that was nothing. Named by the plan, so that applying it again writes the
 * same; a claim that an earlier round made has its row already.
 */
export function answerOf(plan: Plan, planKey: string, bans: readonly Ban[]): Answer | null {
  const claimed = bans.flatMap((ban) => claimAt(ban, plan.run.runId, plan.at) ?? []);
  return answer(claimed, plan.at, planKey.replaceAll("/", "-"));
}

/** The rows for what people claimed since then: by the command line, or by a line that they wrote into a set. */
export function answersByHand(bans: readonly Ban[], since: Instant): Answer[] {
  const byHand = bans.flatMap((ban) =>
    Object.values(ban.claims).flatMap((claim) => (claim.origin === "manual" ? { ban, claim } : [])),
  );
  const instants = new Set(byHand.map(({ claim }) => claim.at).filter((at) => Date.parse(at) >= since));
  return [...instants].flatMap((at) => {
    const claimed = byHand.filter(({ claim }) => claim.at === at);
    const first = claimed[0]?.ban.source.replaceAll(/[^0-9a-f]/g, "-");
    return answer(claimed, at, `manual-${Date.parse(at)}-${first}.json`) ?? [];
  });
}

interface Claimed {
  readonly ban: Ban;
  readonly claim: Claim;
}

function claimAt(ban: Ban, key: string, at: string): Claimed | null {
  const claim = ban.claims[key];
  return claim?.at === at ? { ban, claim } : null;
}

function answer(claimed: readonly Claimed[], at: string, name: string): Answer | null {
  const cidrs = claimed.flatMap(({ ban }) => parseCidr(ban.source) ?? []);
  if (cidrs.length === 0) return null;
  const ends = claimed.map(({ ban, claim }) => (ban.simulated ? Date.parse(claim.until) : 0));
  return {
    key: `bans/dt=${at.slice(0, 10)}/${name}`,
    document: { at: Date.parse(at), ends: Math.max(...ends), sources: [...new Set(cidrs.map(formatForQueries))] },
  };
}
