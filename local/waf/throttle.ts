import { type Instant, SECOND } from "../../functions/domain/instant.ts";

/**
 * A request rate as AWS WAF enforces it per account and Region: so many calls per second of the world's clock, all
 * resources together. A refused call costs nothing.
 */
export function createThrottle(perSecond: number): { admits(key: string, now: Instant): boolean } {
  const buckets = new Map<string, { tokens: number; at: Instant }>();
  return {
    admits(key, now) {
      const bucket = buckets.get(key) ?? { tokens: perSecond, at: now };
      const tokens = Math.min(perSecond, bucket.tokens + ((now - bucket.at) * perSecond) / SECOND);
      // Sums of fractions fall a hair short of the whole token that a full second has earned.
      const admitted = tokens > 1 - 1e-6;
      buckets.set(key, { tokens: admitted ? tokens - 1 : tokens, at: now });
      return admitted;
    },
  };
}
