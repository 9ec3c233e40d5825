/**
 * Fault breaker (design §6): when many sources whose users normally get in are in trouble at the same time, the trouble
 * is ours (a bad rotation, a broken trigger, a bad release). Shares found in such a window are inconclusive and go to
 * a person; counts of what callers did stand.
 */
import type { Policy } from "../domain/policy.ts";
import type { Source } from "../domain/source.ts";
import type { EstablishedOf } from "./history.ts";
import type { Profile, WholeWindow } from "./profiles.ts";

/** Sources with users who get in, among those that called in the window, and how many of them are in trouble. */
export interface SourceHealth {
  readonly established: number;
  readonly troubled: number;
}

export type IsEstablished = (source: Source) => boolean;

/**
 * Who is established: a source with users who got in on earlier days. Successes of the window itself can be bought, so
 * they count only for a source of which no history tells; then a success in any look of the run is enough, for of a
 * rotation that went wrong ten minutes ago the day still shows who got in before.
 */
export function establishedIn(
  looks: readonly { readonly profiles: readonly Profile[] }[],
  establishedOf: EstablishedOf = () => null,
): IsEstablished {
  const gotIn = new Set(
    looks.flatMap(({ profiles }) => profiles.filter(({ successes }) => successes > 0).map(({ source }) => source)),
  );
  return (source) => {
    const users = establishedOf(source);
    return users === null ? gotIn.has(source) : users > 0;
  };
}

/**
 * `whole` tells how many sources with a success the query's limit cut off: they have the least against them, so they
 * count as established and well. Without them all would seem to be in trouble.
 */
export function healthOf(
  profiles: readonly Profile[],
  isEstablished: IsEstablished,
  whole: WholeWindow | null = null,
): SourceHealth {
  const present = profiles.filter(({ source }) => isEstablished(source));
  const good = profiles.filter(({ successes }) => successes > 0).length;
  const cutOff = Math.max(0, (whole?.goodSources ?? 0) - good);
  return { established: present.length + cutOff, troubled: present.filter(isTroubled).length };
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
