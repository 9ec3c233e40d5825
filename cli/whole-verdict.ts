import type { Profile } from "../functions/detect/profiles.ts";
import type { JoinedVerdict } from "../functions/detect/verdicts.ts";
import { toIso } from "../functions/domain/instant.ts";
import type { Source } from "../functions/domain/source.ts";
import type { SourceVerdict } from "../functions/domain/verdict.ts";

/** Verdict and score of the worst window, counts of all of them. */
export function wholeVerdict(
  found: { source: Source } & JoinedVerdict,
  profile: Profile | undefined,
): SourceVerdict | null {
  if (!profile) return null;
  const { source, ...verdict } = found;
  return {
    source,
    paths: [...profile.paths],
    ...verdict,
    firstSeen: toIso(profile.firstSeen),
    lastSeen: toIso(profile.lastSeen),
    calls: profile.calls,
    failures: profile.failures,
    successes: profile.successes,
    distinctUsers: profile.distinctUsers,
  };
}
