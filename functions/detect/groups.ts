/** Findings about ranges and fingerprints, beside those about their sources: what bans of single sources leave over. */
import { contains, parseCidr } from "../domain/cidr.ts";
import type { Source } from "../domain/source.ts";
import type { SourceVerdict } from "../domain/verdict.ts";
import type { Profile } from "./profiles.ts";

/**
 * Five sources are no crowd (CrowdSec bans a range for more than five). queries/profiles.sql says the same, and what is
 * quiet, in its own words: a test holds both to each other.
 */
export const LEAST_CROWD = 6;
/** From so many failures, or accepted calls that cost money, a source is loud enough for a ban of its own. */
export const loudFrom = { failures: 10, accepted: 30 } as const;

/** Whether enough of the group is left over when the sources that are banned by themselves are taken out. */
export function isCrowd({ crowd }: Profile, alreadyBanned: number): boolean {
  return crowd.quietSources - alreadyBanned >= LEAST_CROWD;
}

/**
 * Sources of the group that are quiet in this look and yet banned for what another look shows. Which sources share a
 * fingerprint no profile tells, so of a fingerprint's look all of them count.
 */
export function countBannedQuiet(
  group: Profile,
  profiles: readonly Profile[],
  isBanned: (source: Source) => boolean,
): number {
  const range = group.scope === "range" ? parseCidr(group.source) : null;
  return profiles.filter((profile) => isQuiet(profile) && isBanned(profile.source) && isIn(profile.source)).length;

  function isIn(source: Source): boolean {
    const cidr = range && parseCidr(source);
    return cidr ? contains(range, cidr) : range === null;
  }
}

/** Nobody gets in from there, something fails or costs money, and there is too little of it for a ban. */
export function isQuiet({
  successes,
  failures,
  accepted,
}: Pick<Profile, "successes" | "failures" | "accepted">): boolean {
  return successes === 0 && failures < loudFrom.failures && accepted < loudFrom.accepted && failures + accepted > 0;
}

/** A fingerprint has no address to ban, so what was found is told to people in a sentence. */
export function fingerprintNotice({ source, reasons }: SourceVerdict): string {
  return `A person should look at the TLS fingerprint ${source}: ${reasons.map(({ text }) => text).join("; ")}`;
}
