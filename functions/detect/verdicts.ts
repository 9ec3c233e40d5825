/** Joins what several looks found about one source into one verdict. */
import { type Cidr, parseCidr } from "../domain/cidr.ts";
import { toIso } from "../domain/instant.ts";
import { meetsAny } from "../domain/never-block.ts";
import type { Policy } from "../domain/policy.ts";
import type { Source } from "../domain/source.ts";
import type { NeedsPerson, Reason, SourceVerdict } from "../domain/verdict.ts";
import type { Profile } from "./profiles.ts";

/** What one look says against one source. */
export interface Judgement {
  readonly score: number;
  readonly reasons: readonly Reason[];
  /** What makes the finding itself uncertain. */
  readonly needs: readonly NeedsPerson[];
  /** Others got in from this source in the same window. */
  readonly shared: boolean;
  /** Users who got in there on earlier days; null where no history tells. */
  readonly established: number | null;
  readonly allowListed: boolean;
}

export interface VerdictRules {
  readonly policy: Policy;
  readonly neverBlock: readonly Cidr[];
  readonly strikesOf?: (source: Source) => number;
}

/** Each strike lowers what a ban needs by this much, down to the least that is ever enough. */
const STRIKE_DISCOUNT = 5;
const LEAST_BAN_SCORE = 50;

export type JoinedVerdict = Pick<SourceVerdict, "verdict" | "handsOff" | "needsPerson" | "score" | "reasons">;

/** The verdict of a source from the looks that found something. Without any it is `ignore`. */
export function joinJudgements(source: Source, judgements: readonly Judgement[], rules: VerdictRules): JoinedVerdict {
  const worst = worstOf(judgements);
  if (!worst) return { verdict: "ignore", handsOff: false, needsPerson: [], score: 0, reasons: [] };
  const { score, reasons } = worst;
  const banAt = banScore(rules.policy, rules.strikesOf?.(source) ?? 0);
  const verdict = score >= banAt ? "ban" : score >= rules.policy.score.watch ? "watch" : "ignore";
  if (verdict !== "ban" || isSpared(source, judgements, rules))
    return {
      verdict: verdict === "ban" ? "watch" : verdict,
      handsOff: false,
      needsPerson: [],
      score,
      reasons: [...reasons],
    };
  const needsPerson = needsOf(
    worst,
    judgements.filter((judgement) => judgement.score >= banAt),
  );
  return { verdict, handsOff: needsPerson.length === 0, needsPerson, score, reasons: [...reasons] };
}

/** The highest score; of equals the one that is more certain, then the earlier. */
function worstOf(judgements: readonly Judgement[]): Judgement | undefined {
  let worst: Judgement | undefined;
  for (const judgement of judgements) {
    const better =
      !worst ||
      judgement.score > worst.score ||
      (judgement.score === worst.score && judgement.needs.length < worst.needs.length);
    if (better) worst = judgement;
  }
  return worst;
}

function banScore(policy: Policy, strikes: number): number {
  const discounted = Math.max(LEAST_BAN_SCORE, policy.score.ban - STRIKE_DISCOUNT * strikes);
  return Math.min(policy.score.ban, discounted);
}

/** Never-block ranges and callers that an AllowList rule let through are reported, not banned. */
function isSpared(source: Source, judgements: readonly Judgement[], { neverBlock }: VerdictRules): boolean {
  const cidr = parseCidr(source);
  return !cidr || meetsAny(cidr, neverBlock) || judgements.some(({ allowListed }) => allowListed);
}

/** One certain look is enough to act on, however uncertain the others are. But people behind an address stay there. */
function needsOf(worst: Judgement, banning: readonly Judgement[]): NeedsPerson[] {
  const certain = banning.some(({ needs }) => needs.length === 0);
  return [...peopleThere(banning), ...(certain ? [] : worst.needs)];
}

/**
 * Established users speak for all looks that would ban. A success within a look can be bought, so it counts only as
 * long as no history tells who is established.
 */
function peopleThere(banning: readonly Judgement[]): NeedsPerson[] {
  if (banning.some(({ established }) => (established ?? 0) > 0)) return ["shared-address"];
  return banning.some(({ shared, established }) => shared && established === null) ? ["no-baseline"] : [];
}

/** The whole verdict; counts come from the look that saw most of the source. */
export function joinVerdicts(
  seen: readonly { readonly profile: Profile; readonly judgement: Judgement | null }[],
  rules: VerdictRules,
): SourceVerdict {
  const profiles = seen.map(({ profile }) => profile);
  const widest = profiles.reduce((most, profile) => (profile.calls > most.calls ? profile : most));
  const judgements = seen.flatMap(({ judgement }) => judgement ?? []);
  return {
    source: widest.source,
    paths: [...new Set(profiles.flatMap(({ paths }) => paths))].sort().reverse(),
    ...joinJudgements(widest.source, judgements, rules),
    firstSeen: toIso(Math.min(...profiles.map(({ firstSeen }) => firstSeen))),
    lastSeen: toIso(Math.max(...profiles.map(({ lastSeen }) => lastSeen))),
    calls: widest.calls,
    failures: widest.failures,
    successes: widest.successes,
    distinctUsers: widest.distinctUsers,
  };
}
