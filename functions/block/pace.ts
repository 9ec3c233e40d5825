import type { Instant } from "../domain/instant.ts";
import type { Timing } from "./ports.ts";

/** Waits for the next turn of `key`: `burst` at once, then one every `everyMs`. */
export function paceOf(
  { everyMs, burst }: { everyMs: number; burst: number },
  timing: Pick<Timing, "now" | "pause">,
): (key: string) => Promise<void> {
  /** When the next turn would be due if nobody had ever waited less than `everyMs`. */
  const due = new Map<string, Instant>();
  return async (key) => {
    const now = timing.now();
    const next = Math.max(due.get(key) ?? 0, now - (burst - 1) * everyMs);
    due.set(key, next + everyMs);
    if (next > now) await timing.pause(next - now);
  };
}
