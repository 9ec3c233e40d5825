/** Looks at the world and marks the story's steps. Nothing here makes anything happen. */
import { type Ban, targets } from "../../functions/domain/ban.ts";
import { fromIso, type Instant } from "../../functions/domain/instant.ts";
import type { SourceVerdict } from "../../functions/domain/verdict.ts";
import { counted } from "../../functions/domain/wording.ts";
import type { Attempt } from "./attack.ts";
import type { Cast, Offender } from "./cast.ts";
import type { Stage } from "./stage.ts";
import type { Story } from "./story.ts";

export interface Observer {
  /** Reads alarms, executions, verdicts and the ledger. */
  look(): Promise<void>;
  /** What one attempt of the attack was answered. */
  witness(attempt: Attempt, startedAt: Instant): void;
  readonly seen: Seen;
}

export interface Seen {
  readonly alarm: { readonly name: string; readonly at: Instant } | null;
  readonly firstBlockedAt: Instant | null;
  readonly passedAgainAt: Instant | null;
  /** Each ban as it was when it was last active. */
  readonly bans: readonly Ban[];
  /** When a banned source was first seen to be free: released in the ledger and gone from every IP set. */
  readonly freedAt: ReadonlyMap<string, Instant>;
  readonly verdicts: readonly SourceVerdict[];
}

export function createObserver(stage: Stage, cast: Cast, story: Story): Observer {
  const seen = {
    alarm: null as Seen["alarm"],
    firstBlockedAt: null as Instant | null,
    passedAgainAt: null as Instant | null,
    bans: [] as readonly Ban[],
    freedAt: new Map<string, Instant>(),
    verdicts: [] as readonly SourceVerdict[],
  };
  const offenders = new Map(cast.offenders.map((offender) => [offender.source, offender]));
  const refusedAtEdge = new Set<string>();
  const proxied = cast.offenders.filter(({ kind }) => kind !== "direct").length;
  const now = () => stage.clock.now();

  function lookAtAlarms(): void {
    const fired = stage.alarms().filter(({ firedAt }) => firedAt !== null);
    const first = fired.sort((a, b) => (a.firedAt ?? 0) - (b.firedAt ?? 0))[0];
    if (!first?.firedAt || seen.alarm) return;
    seen.alarm = { name: first.name, at: first.firedAt };
    story.observe("alarm-fires", first.firedAt, first.name);
  }

  function lookAtRuns(): void {
    const alarmedAt = seen.alarm?.at ?? Number.POSITIVE_INFINITY;
    // A patrol may have run before; the story is about the run that the alarm started.
    const run = stage.executions().find(({ machine, startedAt }) => machine === "mitigate" && startedAt >= alarmedAt);
    if (run) story.observe("run-starts", run.startedAt, run.id);
  }

  async function lookAtVerdicts(): Promise<void> {
    seen.verdicts = await stage.verdicts();
    const named = seen.verdicts.filter(({ verdict, source }) => verdict === "ban" && offenders.has(source));
    if (named.length === offenders.size) story.observe("offenders-found", now(), describeVerdicts(named));
  }

  async function lookAtLedger(): Promise<void> {
    seen.bans = await stage.bans();
    const ours = seen.bans.filter((ban) => offenders.has(ban.source));
    for (const ban of seen.bans) noteFreedom(ban);
    const real = ours.filter((ban) => isEnforced(ban, offenders.get(ban.source)));
    if (real.length === offenders.size) story.observe("bans-applied", now(), describeBans(real));
    const simulated = ours.filter(
      (ban) => ban.simulated && targets.every((target) => !stage.isInSets(ban.source, target)),
    );
    if (simulated.length === offenders.size) story.observe("bans-simulated", now(), describeBans(simulated));
    if (ours.length < offenders.size) return;
    if (ours.every((ban) => (fromIso(ban.expiresAt) ?? 0) <= now())) story.observe("bans-expired", now());
    if (ours.every(({ source }) => seen.freedAt.has(source)))
      story.observe("bans-released", now(), `${ours.length} bans`);
  }

  function noteFreedom({ source, status }: Ban): void {
    const free = status === "released" && targets.every((target) => !stage.isInSets(source, target));
    if (!free) seen.freedAt.delete(source);
    else if (!seen.freedAt.has(source)) seen.freedAt.set(source, now());
  }

  /** A caller that goes round the distribution is only stopped by the web ACL of the pool. */
  function isEnforced(ban: Ban, offender: Offender | undefined): boolean {
    const door = offender?.kind === "direct" ? "pool" : "edge";
    return !ban.simulated && ban.targets.includes(door) && stage.isInSets(ban.source, door);
  }

  function witnessRefusal({ offender, answer }: Attempt): void {
    seen.firstBlockedAt ??= now();
    const refusal = `${answer.status} ${answer.errorType}`;
    if (offender.kind === "direct") {
      // Told after the ban that caused it; whoever was banned first may be refused before the last ban is written.
      if (!story.has("bans-applied")) return;
      story.observe("pool-refuses", now(), `${offender.source} got ${refusal}`);
      return;
    }
    refusedAtEdge.add(offender.source);
    if (refusedAtEdge.size === proxied) story.observe("edge-refuses", now(), `all ${proxied} sources got ${refusal}`);
  }

  /** Whether this answer shows that a source which was refused at the edge gets through after its release. */
  function isBack({ offender, answer }: Attempt, startedAt: Instant): boolean {
    const freed = seen.freedAt.get(offender.source);
    if (freed === undefined || !refusedAtEdge.has(offender.source) || !story.has("bans-released")) return false;
    return startedAt >= freed && answer.status !== 403 && answer.status < 500;
  }

  function witnessReturn({ offender, answer }: Attempt): void {
    const detail = `${offender.source} got ${answer.status} ${answer.errorType ?? ""}`.trim();
    if (story.observe("passes-again", now(), detail)) seen.passedAgainAt = now();
  }

  return {
    seen,
    async look() {
      lookAtAlarms();
      lookAtRuns();
      if (!story.has("run-starts")) return;
      await lookAtVerdicts();
      await lookAtLedger();
    },
    witness(attempt, startedAt) {
      if (attempt.refused) witnessRefusal(attempt);
      else if (isBack(attempt, startedAt)) witnessReturn(attempt);
    },
  };
}

function describeVerdicts(verdicts: readonly SourceVerdict[]): string {
  const first = verdicts.toSorted((a, b) => b.score - a.score)[0];
  return `${counted(verdicts.length, "source")}; ${first?.source}: ${first?.reasons[0]?.text ?? ""}`;
}

function describeBans(bans: readonly Ban[]): string {
  const ends = bans.map(({ expiresAt }) => expiresAt).sort();
  return `${counted(bans.length, "source")} until ${ends[0]?.slice(11, 19)}`;
}
