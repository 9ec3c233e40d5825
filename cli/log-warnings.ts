/** What a reader of logs must know about the logs themselves: how far they reach, and what could not be read. */
import { rejectReasons } from "../functions/detect/log-fate.ts";
import type { LogKind } from "../functions/domain/evidence.ts";
import { type Instant, toIso } from "../functions/domain/instant.ts";
import { counted } from "../functions/domain/wording.ts";
import type { CallEvidence } from "./analysis.ts";
import { DELIVERY_SLACK } from "./judge-calls.ts";

/** The smallest over the kinds given; null as soon as one of them has nothing to offer. */
export function completeToOf({ latest }: CallEvidence): Instant | null {
  const ends = [...latest.values()];
  if (ends.length === 0 || ends.includes(null)) return null;
  return ends.reduce<Instant>((least, end) => Math.min(least, end ?? least), Number.POSITIVE_INFINITY);
}

/** Kinds of log that have calls, but none near the end of the window. */
export function lateKinds({ latest, window }: CallEvidence): LogKind[] {
  if (!window) return [];
  return [...latest].flatMap(([kind, end]) => (end !== null && end + DELIVERY_SLACK < window.to ? [kind] : []));
}

const logNames = { waf: "AWS WAF", cloudfront: "CloudFront", cloudtrail: "CloudTrail" } as const;

export function warningsOf(evidence: CallEvidence): string[] {
  const { inputs, latest, ipMismatches } = evidence;
  const rejected = inputs.filter((input) => input.rejected > 0);
  const late = lateKinds(evidence).map(
    (kind) => `the ${logNames[kind]} log ends at ${toIso(latest.get(kind) ?? 0)}, before the end of the window`,
  );
  const silent = [...latest]
    .filter(([, end]) => end === null)
    .map(([kind]) => `no call of ours in the ${logNames[kind]} logs given`);
  const broken = rejected.map(
    ({ file, rejected, reasons }) => `${file}: ${rejected} rejected (${listRejections(reasons)})`,
  );
  const mismatches =
    ipMismatches > 0
      ? [
          `${counted(ipMismatches, "CloudTrail record names", "CloudTrail records name")} another caller than WAF does for the same request (ip-mismatch)`,
        ]
      : [];
  return [...broken, ...silent, ...late, ...mismatches];
}

/** What could not be read; records that were well-formed but none of ours need no warning. */
function listRejections(reasons: Readonly<Record<string, number>>): string {
  return rejectReasons.flatMap((reason) => (reasons[reason] ? `${reason} ${reasons[reason]}` : [])).join(", ");
}
