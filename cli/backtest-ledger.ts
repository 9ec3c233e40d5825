/** A ledger in memory, ruled by the functions that rule the deployed one: release, judge, plan, claim. */
import { exclusionsOf } from "../functions/block/guards.ts";
import {
  answeredBy,
  applyClaim,
  isInForce,
  type Order,
  releaseExpired,
  standingStrikes,
} from "../functions/block/ledger.ts";
import { planBans } from "../functions/block/plan.ts";
import { type Look, scoreEvidence } from "../functions/detect/score.ts";
import type { Ban } from "../functions/domain/ban.ts";
import type { Cidr } from "../functions/domain/cidr.ts";
import { HOUR, type Instant, toIso, type Window } from "../functions/domain/instant.ts";
import type { FiledBan, PlannedBan } from "../functions/domain/plan.ts";
import type { Policy } from "../functions/domain/policy.ts";
import type { Run } from "../functions/domain/run.ts";
import type { Source } from "../functions/domain/source.ts";
import type { SourceVerdict } from "../functions/domain/verdict.ts";

/** A ban as the ledger had it when it began. */
export interface ReplayedBan {
  readonly source: Source;
  readonly at: Instant;
  readonly expiresAt: Instant;
  readonly score: number;
  readonly detections: readonly string[];
}

export type ReplayedFiling = FiledBan & { readonly at: Instant };

export interface ReplayLedger {
  /** One look at the evidence; returns who is watched. */
  step(now: Instant, looks: readonly Look[]): Source[];
  readonly bans: readonly ReplayedBan[];
  /** The first time that each source was filed for a person. */
  filed(): ReplayedFiling[];
}

const RUN_ID = "backtest";

interface LedgerRules {
  readonly policy: Policy;
  readonly neverBlock: readonly Cidr[];
}

export function createLedger(rules: LedgerRules): ReplayLedger {
  const ledger = new Map<Source, Ban>();
  const bans: ReplayedBan[] = [];
  const filed = new Map<Source, ReplayedFiling>();
  const exclusions = exclusionsOf({ allow: [], never: rules.neverBlock });
  return {
    bans,
    filed: () => [...filed.values()],
    step(now, looks) {
      release(ledger, now);
      const verdicts = judge(ledger, rules, now, looks);
      const run = runAt(now, looks);
      const plan = planBans({
        ...{ run, verdicts, policy: rules.policy, exclusions, bans: ledger, at: now },
        ...{ missing: [], totalCalls: 0, mode: "enforce", targets: ["edge", "pool"], undone: false },
        bansInHour: bans.filter(({ at }) => at > now - HOUR).length,
        declined: new Set<Source>(),
        // Nobody approves anything here, so nobody established is locked out.
        ...{ establishedUsers: null, usersInHour: 0 },
        random: () => 0.5,
      });
      bans.push(...plan.apply.flatMap((planned) => claim(ledger, orderOf(planned, run, now), now, rules.policy) ?? []));
      for (const filing of plan.file) if (!filed.has(filing.source)) filed.set(filing.source, { ...filing, at: now });
      return verdicts.filter(({ verdict }) => verdict === "watch").map(({ source }) => source);
    },
  };
}

/** As the sweep does. */
function release(ledger: Map<Source, Ban>, now: Instant): void {
  for (const ban of ledger.values()) {
    const released = releaseExpired(ban, now);
    if (released !== "unchanged") ledger.set(ban.source, released);
  }
}

function judge(
  ledger: ReadonlyMap<Source, Ban>,
  { policy, neverBlock }: LedgerRules,
  now: Instant,
  looks: readonly Look[],
): SourceVerdict[] {
  return scoreEvidence({
    ...{ looks, policy, neverBlock },
    strikesOf: (source) => standingStrikes(ledger.get(source) ?? null, now, policy),
    answeredOf: (source) => {
      const ban = ledger.get(source);
      return ban ? answeredBy(ban, now, "enforce") : null;
    },
  });
}

/** The ban that begins with this claim; null where the source is held already. */
function claim(ledger: Map<Source, Ban>, order: Order, now: Instant, policy: Policy): ReplayedBan | null {
  const before = ledger.get(order.source) ?? null;
  const next = applyClaim(before, order, now, policy);
  if (next === "unchanged") return null;
  ledger.set(order.source, next);
  if (before !== null && isInForce(before, now)) return null;
  const { source, score, reasons } = order;
  const detections = reasons.map(({ detection }) => detection);
  return { source, at: now, expiresAt: Date.parse(next.expiresAt), score, detections };
}

function runAt(now: Instant, looks: readonly Look[]): Run {
  const windowOf = (size: Look["size"]) => {
    const { from, to } = looks.find((look) => look.size === size)?.window ?? { from: now, to: now };
    return { from: toIso(from), to: toIso(to) } satisfies Record<keyof Window, string>;
  };
  return {
    ...{ runId: RUN_ID, trigger: "manual", alarmName: null, alarmRegion: null, category: "*", round: 1, fence: 0 },
    startedAt: toIso(now),
    shortWindow: windowOf("short"),
    slowWindow: windowOf("slow"),
  };
}

function orderOf(planned: PlannedBan, run: Run, now: Instant): Order {
  const { source, score, targets, reasons, paths, minutes, jitter } = planned;
  return {
    ...{ source, score, targets, reasons, paths, minutes, jitter },
    ...{ key: run.runId, at: now, origin: "auto", by: "portcullis", simulated: false },
  };
}
