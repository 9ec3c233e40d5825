/** What evidence queries are told of bans: what a source did before its last one has had its answer (ADR 11). */
import type { Ban } from "../domain/ban.ts";
import { formatForQueries, parseCidr } from "../domain/cidr.ts";
import type { Plan } from "../domain/plan.ts";

/** A row of the table `ban_answers`; see queries/registered-cells.sql. */
export interface Answer {
  /** Below the folder of the day. */
  readonly key: string;
  readonly document: { readonly at: number; readonly sources: readonly string[] };
}

/**
 * The row for what a plan claimed, null if that was nothing. Named by the plan, so that applying it again writes the
 * same; a claim that an earlier round made has its row already.
 */
export function answerOf(plan: Plan, planKey: string, bans: readonly Ban[]): Answer | null {
  const claimed = bans.filter(({ claims }) => claims[plan.run.runId]?.at === plan.at);
  const cidrs = claimed.flatMap(({ source }) => parseCidr(source) ?? []);
  if (cidrs.length === 0) return null;
  return {
    key: `bans/dt=${plan.at.slice(0, 10)}/${planKey.replaceAll("/", "-")}`,
    document: { at: Date.parse(plan.at), sources: cidrs.map(formatForQueries) },
  };
}
