/** The same mixes under others' rules and ours: whom each would block, when, and which innocent users that shuts out. */
import { type Instant, MINUTE } from "../functions/domain/instant.ts";
import type { Policy } from "../functions/domain/policy.ts";
import { sourceOf } from "../functions/domain/source.ts";
import { isBanned, isHandsOff } from "./evaluate-figures.ts";
import type { Judged } from "./evaluate-mix.ts";
import { errorThreshold, requestThreshold } from "./peers/counters.ts";
import { crowdSec, crowdSecSlow } from "./peers/leaky-bucket.ts";
import type { Mix, Truth } from "./traffic/mix.ts";

export const peers = [errorThreshold, requestThreshold, crowdSec, crowdSecSlow];

/** What one set of rules did with one mix. */
export interface Outcome {
  readonly rules: string;
  readonly blocks: readonly { readonly truth: Truth; readonly at: Instant; readonly shutOut: number }[];
}

export function outcomesOf(mix: Mix, sources: readonly Judged[], { ban }: Policy): Outcome[] {
  const shutOut = countShutOut(mix);
  const theirs = peers.map(({ name, banMinutes, findBlocks }) => {
    const blocks = new Map<Truth, Instant>();
    for (const [ip, at] of findBlocks(mix.calls)) {
      const truth = mix.truths.get(sourceOf(ip) ?? ip);
      if (truth) blocks.set(truth, Math.min(at, blocks.get(truth) ?? at));
    }
    return {
      rules: name,
      blocks: [...blocks].map(([truth, at]) => ({ truth, at, shutOut: shutOut(truth, at, banMinutes) })),
    };
  });
  const ours = (rules: string, isBlocked: (judged: Judged) => boolean, minutes: number): Outcome => ({
    rules,
    blocks: sources.flatMap(({ truth, bannedAt, ...judged }) =>
      bannedAt !== null && isBlocked({ truth, bannedAt, ...judged })
        ? [{ truth, at: bannedAt, shutOut: shutOut(truth, bannedAt, minutes) }]
        : [],
    ),
  });
  return [
    ours("Portcullis, hands-off", isHandsOff, ban.handsOffMinutes),
    ours("Portcullis, and what it asks a person, if all is approved", isBanned, ban.approvedMinutes),
    ...theirs,
  ];
}

/** How many innocent users would have got through from a source in so many minutes, had it not been blocked. */
function countShutOut({ calls, offences }: Mix): (truth: Truth, from: Instant, minutes: number) => number {
  const served = new Map<string, { readonly at: Instant; readonly user: string }[]>();
  for (const call of calls) {
    const { ip, at, user, error, blockedBy, refused } = call;
    if (user === null || error !== null || blockedBy || refused || offences.has(call)) continue;
    const source = sourceOf(ip) ?? ip;
    const known = served.get(source) ?? [];
    served.set(source, known);
    known.push({ at, user });
  }
  return ({ source }, from, minutes) => {
    const until = from + minutes * MINUTE;
    const within = served.get(source)?.filter(({ at }) => at >= from && at < until) ?? [];
    return new Set(within.map(({ user }) => user)).size;
  };
}
