import { type Instant, MINUTE } from "../domain/instant.ts";
import type { EdgeDecision } from "./decision.ts";

/** Lines of one kind that an instance of the function writes in a minute. */
export const LINES_A_MINUTE = 60;

type LoggedDecision = Omit<EdgeDecision, "requestId"> & { readonly requestId?: string | undefined };

/**
 * Writes decisions, one JSON line each, of each kind a bounded number a minute: whoever floods the proxy must not buy
 * gigabytes of logs with it. What is left out is counted on the next line of its kind. A kind is an event and its reason, both ours,
 * so a flood of one hides no other.
 */
export function decisionLog(write: (line: string) => void, now: () => Instant): (decision: LoggedDecision) => void {
  const kinds = new Map<string, { readonly minute: number; readonly written: number; readonly unlogged: number }>();
  return (decision) => {
    const kind = `${decision.event} ${decision.reason ?? ""}`;
    const minute = Math.floor(now() / MINUTE);
    const before = kinds.get(kind);
    const written = before?.minute === minute ? before.written : 0;
    const unlogged = before?.unlogged ?? 0;
    if (written >= LINES_A_MINUTE) {
      kinds.set(kind, { minute, written, unlogged: unlogged + 1 });
      return;
    }
    kinds.set(kind, { minute, written: written + 1, unlogged: 0 });
    write(JSON.stringify(unlogged > 0 ? { ...decision, unlogged } : decision));
  };
}
