/** One attack spread over many sources, each of which stays too quiet to be banned by itself. */
import { type Finding, severityOf } from "../detection.ts";
import type { Profile } from "../profiles.ts";

export const crowdThresholds = {
  watchAt: { short: 6, slow: 10, meaning: "quiet sources without any success from which it is watched" },
  banAt: { short: 12, slow: 20, meaning: "quiet sources without any success from which a person is asked to act" },
  minCalls: { short: 20, slow: 40, meaning: "least failing and costly calls of these sources" },
  minShare: { short: 0.9, slow: 0.9, meaning: "least share of failing and costly calls among them and successes" },
  maxGood: { short: 0.1, slow: 0.1, meaning: "largest share of sources from which somebody got in" },
} as const;
type CrowdLimits = Readonly<Record<keyof typeof crowdThresholds, number>>;

/** `propose` says what a person could do about it, as text: nothing here is ever done by itself. */
export function judgeCrowd(
  profile: Profile,
  limits: CrowdLimits,
  propose: (profile: Profile) => string,
): Finding | null {
  const { sources, goodSources, quietSources, quietCalls } = profile.crowd;
  const bad = profile.failures + profile.accepted;
  if (quietCalls < limits.minCalls || goodSources > limits.maxGood * sources) return null;
  if (bad < limits.minShare * (bad + profile.successes)) return null;
  const severity = severityOf(quietSources, limits.watchAt, limits.banAt);
  if (severity === 0) return null;
  return {
    severity,
    text: `${quietSources} of ${sources} sources, each too quiet for a ban of its own, made ${quietCalls} failing or costly calls; ${goodSources === 0 ? "nobody got in from any of them" : `somebody got in from ${goodSources} of them`}. Proposed: ${propose(profile)}`,
    observed: { quietSources, sources, goodSources, quietCalls, successes: profile.successes },
  };
}
