/** Who goes on calling while a deny list keeps it out. That is no evidence; it only tells that a ban is still needed. */
import type { SourceKnock } from "../domain/ban.ts";
import { toIso } from "../domain/instant.ts";
import type { Policy } from "../domain/policy.ts";
import { callRate } from "./detections/call-rate/detection.ts";
import type { Profile } from "./profiles.ts";

/**
 * Sources of a short window of which so many calls were kept out as `call-rate` would ban for. Other rules than the
 * deny lists block as well, but for a banned source the deny lists come first; whether it is banned, the ledger knows.
 */
export function knocksIn(profiles: readonly Profile[], policy: Policy): SourceKnock[] {
  const least = policy.detections[callRate.id]?.["banAt"] ?? callRate.thresholds["banAt"]?.short ?? Infinity;
  return profiles.flatMap(({ source, blocked, rateBlocked, lastSeen }) => {
    const calls = blocked - rateBlocked;
    return calls >= Math.max(1, least) ? [{ source, at: toIso(lastSeen), calls }] : [];
  });
}
