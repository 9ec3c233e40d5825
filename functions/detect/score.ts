/** From profiles to verdicts: pure, so that the score handler, `analyze` and `backtest` judge alike. */
import type { Cidr } from "../domain/cidr.ts";
import { type Instant, toIso, type Window } from "../domain/instant.ts";
import type { Policy } from "../domain/policy.ts";
import type { Source } from "../domain/source.ts";
import type { NeedsPerson, Reason, SourceVerdict } from "../domain/verdict.ts";
import { type TunedDetection, tuneDetections, type WindowSize } from "./detection.ts";
import { detections } from "./detections/index.ts";
import type { Profile } from "./profiles.ts";
import { type Judgement, joinVerdicts } from "./verdicts.ts";

/** What was found in one window. A run has two looks, `short` and `slow`; `analyze` has many. */
export interface Look {
  readonly size: WindowSize;
  readonly window: Window;
  readonly profiles: readonly Profile[];
  /** False while logs of the window's end are missing: shares and absences found in it may still turn round. */
  readonly complete: boolean;
}

export interface Evidence {
  readonly looks: readonly Look[];
  readonly policy: Policy;
  /** Ranges that cannot be banned, own egress included; see `neverBlockRanges`. */
  readonly neverBlock: readonly Cidr[];
  /** Earlier bans of a known offender, who needs less to be banned again. */
  readonly strikesOf?: (source: Source) => number;
  /** When the last ban of a source began, if it is over: what led to it has been answered. */
  readonly answeredUntil?: (source: Source) => Instant | null;
}

/**
 * One verdict for each source of the looks, `ignore` included, highest score first. Verdict and score are those of
 * the worst look; the counts are those of the look with most calls. A source that is never blocked, or that an
 * AllowList rule let through, is `watch` at most.
 */
export function scoreEvidence(evidence: Evidence): SourceVerdict[] {
  const judge = createJudge(evidence.policy);
  const judgements = new Map<Source, { profile: Profile; judgement: Judgement | null }[]>();
  for (const look of evidence.looks) {
    for (const profile of look.profiles) {
      const seen = judgements.get(profile.source) ?? [];
      judgements.set(profile.source, seen);
      seen.push({ profile, judgement: isAnswered(profile.source, look, evidence) ? null : judge(profile, look) });
    }
  }
  return [...judgements.values()].map((seen) => joinVerdicts(seen, evidence)).sort(byScore);
}

/**
 * A look that begins before a ban which is over holds the very calls that led to it. To judge them again would ban
 * the source for the same deed until the slow window has forgotten it; a look that begins later judges what came since.
 */
function isAnswered(source: Source, { window }: Look, { answeredUntil }: Evidence): boolean {
  const answered = answeredUntil?.(source) ?? null;
  return answered !== null && window.from < answered;
}

export function byScore(a: SourceVerdict, b: SourceVerdict): number {
  return b.score - a.score || b.calls - a.calls || (a.source < b.source ? -1 : 1);
}

/** The fewest calls of a source in a window of this size that any detection could find something in. */
export function leastCalls(policy: Policy, size: WindowSize): number {
  const tuned = tuneDetections(detections, policy);
  return Math.max(1, Math.min(...tuned.map(({ detection, limits }) => detection.leastCalls(limits[size]))));
}

/** Judges one profile in one look; null where no detection fires, which is what most profiles come to. */
export function createJudge(policy: Policy): (profile: Profile, look: Omit<Look, "profiles">) => Judgement | null {
  const tuned = tuneDetections(detections, policy);
  return (profile, look) => {
    const findings = tuned.flatMap((detection) => findingOf(detection, profile, look) ?? []);
    if (findings.length === 0) return null;
    return {
      score: scoreOf(findings, () => true),
      reasons: findings.map(({ reason }) => reason).sort((a, b) => b.severity - a.severity),
      needs: needsOf(findings, look.complete, scoreOf(findings, isCertain(look.complete)), policy),
      shared: profile.untroubledUsers > 0 || profile.namelessSuccesses > 0,
      allowListed: profile.allowListed > 0,
    };
  };
}

interface Fired {
  readonly weight: number;
  readonly reason: Reason;
  readonly basis: "absolute" | "ratio";
  readonly doubtful: boolean;
}

function findingOf(
  { detection, weight, limits }: TunedDetection,
  profile: Profile,
  look: Omit<Look, "profiles">,
): Fired | null {
  const finding = detection.judge(profile, limits[look.size]);
  if (!finding || finding.severity <= 0) return null;
  const { severity, text, observed, doubtful = false } = finding;
  const window = { from: toIso(look.window.from), to: toIso(look.window.to) };
  const reason = { detection: detection.id, severity, text, window, observed };
  return { weight, reason, basis: detection.basis, doubtful };
}

function isCertain(complete: boolean): (fired: Fired) => boolean {
  return ({ basis, doubtful }) => !doubtful && (complete || basis === "absolute");
}

/** 100·(1 − Π(1 − wᵢ·sᵢ)) over the findings that count. */
function scoreOf(findings: readonly Fired[], counts: (fired: Fired) => boolean): number {
  const innocent = findings
    .filter(counts)
    .reduce((product, { weight, reason }) => product * (1 - weight * reason.severity), 1);
  return Math.round(100 * (1 - innocent));
}

/** A ban that stands without its uncertain findings needs nobody on their account. */
function needsOf(findings: readonly Fired[], complete: boolean, certain: number, policy: Policy): NeedsPerson[] {
  if (certain >= policy.score.ban) return [];
  const needs: NeedsPerson[] = [];
  if (!complete && findings.some(({ basis }) => basis === "ratio")) needs.push("incomplete-evidence");
  if (findings.some(({ doubtful }) => doubtful)) needs.push("low-confidence");
  return needs;
}
