/**
 * Fault breaker (design §6): when many sources whose users normally get in are in trouble at the same time, the trouble
 * is ours (a bad rotation, a broken trigger, a bad release). Shares found in such a window are inconclusive and go to
 * a person; counts of what callers did stand.
 */
import type { Policy } from "../domain/policy.ts";
import type { Source } from "../domain/source.ts";
import type { Profile, WholeWindow } from "./profiles.ts";

/** Sources with users who get in, among those that called in the window, and how many of them are in trouble. */
export interface SourceHealth {
  readonly established: number;
  readonly troubled: number;
}

/**
 * Who is established. Until rollups tell earlier days, a source is that has a success in any look of the run: of a
 * rotation that went wrong ten minutes ago, the day still shows who got in before. Successes can be bought, but who
 * buys them for a third of all sources gains only that a person is asked about shares.
 */
export type IsEstablished = (source: Source) => boolean;

export function establishedBySuccess(looks: readonly { readonly profiles: readonly Profile[] }[]): IsEstablished {
  const known = new Set(
    looks.flatMap(({ profiles }) => profiles.filter(({ successes }) => successes > 0).map(({ source }) => source)),
  );
  return (source) => known.has(source);
}

/** `whole` counts the good sources that the query's limit cut off: without them all would seem to be in trouble. */
export function healthOf(
  profiles: readonly Profile[],
  isEstablished: IsEstablished,
  whole: WholeWindow | null = null,
): SourceHealth {
  const present = profiles.filter(({ source }) => isEstablished(source));
  const troubled = present.filter(isTroubled).length;
  return { established: Math.max(present.length, whole?.goodSources ?? 0), troubled };
}

function isTroubled({ failures, faults, unknownClients, successes }: Profile): boolean {
  return failures + faults + unknownClients > successes;
}

export function isTripped({ established, troubled }: SourceHealth, { guards }: Policy): boolean {
  const { leastSources, share } = guards.faultBreaker;
  return established >= leastSources && troubled >= share * established;
}

export function breakerNotice({ established, troubled }: SourceHealth): string {
  return `${troubled} of ${established} sources with users who get in were in trouble at once: this looks like a fault of ours, so shares of failures go to a person.`;
}
