/** From profiles to verdicts: pure, so that the score handler, `analyze` and `backtest` judge alike. */
import type { Cidr } from "../domain/cidr.ts";
import { type Instant, toIso, type Window } from "../domain/instant.ts";
import type { Policy } from "../domain/policy.ts";
import type { Source } from "../domain/source.ts";
import type { NeedsPerson, Reason, SourceVerdict } from "../domain/verdict.ts";
import { type Circumstances, type TunedDetection, tuneDetections, type WindowSize, windowsOf } from "./detection.ts";
import { detections } from "./detections/index.ts";
import { breakerNotice, establishedIn, healthOf, isTripped } from "./fault-breaker.ts";
import { countBannedQuiet, isCrowd } from "./groups.ts";
import type { EstablishedOf } from "./history.ts";
import type { Profile, Scope, WholeWindow } from "./profiles.ts";
import { type Judgement, joinVerdicts } from "./verdicts.ts";

/** What was found in one window. A run has two looks, `short` and `slow`; `analyze` has many. */
export interface Look {
  readonly size: WindowSize;
  readonly window: Window;
  readonly profiles: readonly Profile[];
  /** False while logs of the window's end are missing: shares and absences found in it may still turn round. */
  readonly complete: boolean;
  /** Ranges and fingerprints. */
  readonly groups?: readonly Profile[];
  /** From the days before the window; without it nothing is known of them. */
  readonly establishedOf?: EstablishedOf;
  readonly whole?: WholeWindow | null;
}

/** What a judge knows of the look that a profile belongs to. */
export interface LookState extends Pick<Look, "size" | "window" | "complete" | "establishedOf"> {
  /** The fault breaker is open: see `fault-breaker.ts`. */
  readonly tripped?: boolean;
  /** See `Circumstances`. */
  readonly answersAreIn?: boolean;
}

export interface Evidence {
  readonly looks: readonly Look[];
  readonly policy: Policy;
  /** Ranges that cannot be banned, own egress included; see `neverBlockRanges`. */
  readonly neverBlock: readonly Cidr[];
  /** Earlier bans of a known offender, who needs less to be banned again. */
  readonly strikesOf?: (source: Source) => number;
  /** What the bans of a source have answered; null if it never was banned. */
  readonly answeredOf?: (source: Source) => Answered | null;
}

/** Instants up to which a source's deeds have had their answer. */
export interface Answered {
  /** When its ban began, if it is over. */
  readonly bannedAt: Instant | null;
  /** When it was last claimed. */
  readonly claimedAt: Instant;
}

export interface Scored {
  /** Of sources and ranges, `ignore` included, highest score first. */
  readonly verdicts: readonly SourceVerdict[];
  /** Watched at most; `source` is the JA4. */
  readonly fingerprints: readonly SourceVerdict[];
  /** Why shares were not trusted, one sentence a look. */
  readonly faults: readonly string[];
}

/** The verdicts of `scoreAll`. */
export function scoreEvidence(evidence: Evidence): SourceVerdict[] {
  return [...scoreAll(evidence).verdicts];
}

/**
 * One verdict for each source of the looks, `ignore` included, highest score first. Verdict and score are those of
 * the worst look; the counts are those of the look with most calls. A source that is never blocked, or that an
 * AllowList rule let through, is `watch` at most. A range or fingerprint gets one only for what its sources' own
 * bans leave over.
 */
export function scoreAll(evidence: Evidence): Scored {
  const looks = evidence.looks.map((look) => {
    const health = healthOf(look.profiles, establishedIn(evidence.looks, look.establishedOf), look.whole);
    return {
      look,
      health,
      state: { ...look, tripped: isTripped(health, evidence.policy), answersAreIn: answersAreIn(look) },
    };
  });
  const judge = createJudge(evidence.policy);
  const sources = joinLooks(
    looks.flatMap(({ look, state }) => look.profiles.map((profile) => ({ profile, state }))),
    judge,
    evidence,
  );
  const banned = new Set(sources.filter(({ verdict }) => verdict === "ban").map(({ source }) => source));
  const crowds = looks.flatMap(({ look, state }) =>
    (look.groups ?? [])
      .filter((group) =>
        isCrowd(
          group,
          countBannedQuiet(group, look.profiles, (source) => banned.has(source)),
        ),
      )
      .map((profile) => ({ profile, state })),
  );
  const found = (scope: Scope) =>
    joinLooks(
      crowds.filter(({ profile }) => profile.scope === scope),
      judge,
      evidence,
    ).filter(({ score }) => score > 0);
  return {
    verdicts: [...sources, ...found("range")].sort(byScore),
    fingerprints: found("fingerprint").map(asAdvice).sort(byScore),
    faults: looks.filter(({ state }) => state.tripped).map(({ health }) => breakerNotice(health)),
  };
}

interface Seen {
  readonly profile: Profile;
  readonly state: LookState;
}

function joinLooks(seen: readonly Seen[], judge: ReturnType<typeof createJudge>, evidence: Evidence): SourceVerdict[] {
  const bySource = new Map<Source, { profile: Profile; judgement: Judgement | null }[]>();
  for (const { profile, state } of seen) {
    const judged = bySource.get(profile.source) ?? [];
    bySource.set(profile.source, judged);
    judged.push({ profile, judgement: isAnswered(profile, state, evidence) ? null : judge(profile, state) });
  }
  return [...bySource.values()].map((judged) => joinVerdicts(judged, evidence));
}

/** A fingerprint proposes a rate rule, never a ban. */
export function asAdvice(verdict: SourceVerdict): SourceVerdict {
  return { ...verdict, verdict: "watch", handsOff: false, needsPerson: ["fingerprint"] };
}

/**
 * A look that counted the very calls that led to a ban would ban for the same deed again, or make a ban longer each half
 * hour. The slow look leaves out what bans have answered (registered-cells.sql) and says from when on it counted: where
 * that is before the last claim, it knew nothing of it. The short look is about what a source does now. While the ban
 * is in force several runs may claim it for that; one that is over has answered what came before it.
 */
function isAnswered(profile: Profile, { size, window }: LookState, { answeredOf }: Evidence): boolean {
  const answered = answeredOf?.(profile.source) ?? null;
  if (answered === null) return false;
  if (size === "slow") return (profile.countedFrom ?? window.from) < answered.claimedAt;
  return answered.bannedAt !== null && window.from < answered.bannedAt;
}

export function byScore(a: SourceVerdict, b: SourceVerdict): number {
  return b.score - a.score || b.calls - a.calls || (a.source < b.source ? -1 : 1);
}

/** The fewest calls in a window of this size that any detection of this scope could find something in. */
export function leastCalls(policy: Policy, size: WindowSize, scope: Scope = "source"): number {
  const tuned = tuneDetections(detections, policy).filter(({ detection }) => judges(detection, scope, size));
  return Math.max(1, Math.min(...tuned.map(({ detection, limits }) => detection.leastCalls(limits[size]))));
}

/** The same for the share of failing and costly calls among them and successes. */
export function leastShare(policy: Policy, size: WindowSize, scope: Scope): number {
  const tuned = tuneDetections(detections, policy).filter(({ detection }) => judges(detection, scope, size));
  return Math.min(1, ...tuned.map(({ detection, limits }) => detection.leastShare?.(limits[size]) ?? 0));
}

function judges(detection: TunedDetection["detection"], scope: Scope, size: WindowSize): boolean {
  return (detection.scope ?? "source") === scope && windowsOf(detection).includes(size);
}

/** Judges one profile in one look; null where no detection fires, which is what most profiles come to. */
export function createJudge(policy: Policy): (profile: Profile, look: LookState) => Judgement | null {
  const tuned = tuneDetections(detections, policy);
  return (profile, look) => {
    const findings = tuned.flatMap((detection) => findingOf(detection, profile, look) ?? []);
    if (findings.length === 0) return null;
    return {
      score: scoreOf(findings, () => true),
      reasons: findings.map(({ reason }) => reason).sort((a, b) => b.severity - a.severity),
      needs: [...scopeNeeds(profile), ...needsOf(findings, look, scoreOf(findings, isCertain(look)), policy)],
      shared: profile.untroubledUsers > 0 || profile.namelessSuccesses > 0,
      established: establishedAt(profile, look),
      allowListed: profile.allowListed > 0,
    };
  };
}

/** A fingerprint is no address. */
function establishedAt({ scope, source }: Profile, { establishedOf }: LookState): number | null {
  return scope === "fingerprint" ? null : (establishedOf?.(source) ?? null);
}

/** What hits a whole neighbourhood is never decided without a person. */
function scopeNeeds({ scope }: Profile): NeedsPerson[] {
  return scope === "source" ? [] : [scope];
}

interface Fired {
  readonly weight: number;
  readonly reason: Reason;
  readonly basis: "absolute" | "ratio";
  readonly doubtful: boolean;
}

function findingOf({ detection, weight, limits }: TunedDetection, profile: Profile, look: LookState): Fired | null {
  if (!judges(detection, profile.scope, look.size)) return null;
  const finding = detection.judge(profile, limits[look.size], circumstancesOf(look));
  if (!finding || finding.severity <= 0) return null;
  const { severity, text, observed, doubtful = false } = finding;
  const window = { from: toIso(look.window.from), to: toIso(look.window.to) };
  const people = establishedAt(profile, look) ?? 0;
  const numbers = people > 0 ? { ...observed, establishedUsers: people } : observed;
  const reason = { detection: detection.id, severity, text, window, observed: numbers };
  return { weight, reason, basis: detection.basis, doubtful };
}

function circumstancesOf({ tripped = false, answersAreIn = false }: LookState): Circumstances {
  return { faultsAreOurs: tripped, answersAreIn };
}

/** Where not a single call has an answer, there is no log that tells them. */
export function answersAreIn({ complete, profiles }: Pick<Look, "complete" | "profiles">): boolean {
  return complete && profiles.some(({ calls, blocked, unserved }) => calls > blocked + unserved);
}

function isCertain({ complete, tripped }: LookState): (fired: Fired) => boolean {
  return ({ basis, doubtful }) => !doubtful && ((complete && !tripped) || basis === "absolute");
}

/** 100·(1 − Π(1 − wᵢ·sᵢ)) over the findings that count. */
function scoreOf(findings: readonly Fired[], counts: (fired: Fired) => boolean): number {
  const innocent = findings
    .filter(counts)
    .reduce((product, { weight, reason }) => product * (1 - weight * reason.severity), 1);
  return Math.round(100 * (1 - innocent));
}

/** A ban that stands without its uncertain findings needs nobody on their account. */
function needsOf(findings: readonly Fired[], look: LookState, certain: number, policy: Policy): NeedsPerson[] {
  if (certain >= policy.score.ban) return [];
  const anyShare = findings.some(({ basis }) => basis === "ratio");
  const needs: NeedsPerson[] = [];
  if (!look.complete && anyShare) needs.push("incomplete-evidence");
  if ((look.tripped && anyShare) || findings.some(({ doubtful }) => doubtful)) needs.push("low-confidence");
  return needs;
}
