import { exclusionsOf } from "../../functions/block/guards.ts";
import type { Order } from "../../functions/block/ledger.ts";
import type { Ban, Claim } from "../../functions/domain/ban.ts";
import { parseCidr } from "../../functions/domain/cidr.ts";
import type { IpSets } from "../../functions/domain/environment.ts";
import { HOUR, MINUTE, toIso } from "../../functions/domain/instant.ts";
import { neverBlockRanges } from "../../functions/domain/never-block.ts";
import type { FiledBan, Plan, PlannedBan } from "../../functions/domain/plan.ts";
import { defaultPolicy, policySchema } from "../../functions/domain/policy.ts";
import type { Run } from "../../functions/domain/run.ts";
import type { Reason, SourceVerdict } from "../../functions/domain/verdict.ts";

export const NOON = Date.UTC(2026, 10, 22, 12);
export const policy = defaultPolicy;
/** No jitter: durations are exact. */
export const calm = policySchema.parse({ ban: { jitter: 0 } });

export function aReason(over: Partial<Reason> = {}): Reason {
  return {
    detection: "password-spray",
    severity: 0.9,
    text: "240 failed sign-ins on 212 users in 10 minutes",
    window: { from: toIso(NOON - 10 * MINUTE), to: toIso(NOON) },
    observed: { failures: 240, distinctUsers: 212 },
    ...over,
  };
}

export function aClaim(over: Partial<Claim> = {}): Claim {
  return {
    until: toIso(NOON + HOUR),
    origin: "auto",
    score: 90,
    by: "portcullis",
    at: toIso(NOON),
    reasons: [],
    ...over,
  };
}

export function aBan(over: Partial<Ban> = {}): Ban {
  return {
    source: "198.51.100.7/32",
    targets: ["edge", "pool"],
    status: "active",
    claims: { "run-1": aClaim(over.expiresAt === undefined ? {} : { until: over.expiresAt }) },
    strikes: 1,
    bannedAt: toIso(NOON),
    expiresAt: toIso(NOON + HOUR),
    simulated: false,
    version: 1,
    ...over,
  };
}

export function anOrder(over: Partial<Order> = {}): Order {
  return {
    source: "198.51.100.7/32",
    key: "run-1",
    at: NOON,
    origin: "auto",
    by: "portcullis",
    score: 90,
    targets: ["edge", "pool"],
    reasons: [],
    minutes: 60,
    jitter: 0,
    simulated: false,
    ...over,
  };
}

export function aRun(over: Partial<Run> = {}): Run {
  const windows = {
    shortWindow: { from: toIso(NOON - 10 * MINUTE), to: toIso(NOON) },
    slowWindow: { from: toIso(NOON - 24 * HOUR), to: toIso(NOON) },
  };
  return {
    runId: "run-1",
    trigger: "alarm",
    alarmName: "portcullis-UserAuthentication-90",
    alarmRegion: "eu-west-1",
    category: "UserAuthentication",
    round: 1,
    startedAt: toIso(NOON),
    fence: 1,
    ...windows,
    ...over,
  };
}

export function aVerdict(over: Partial<SourceVerdict> = {}): SourceVerdict {
  return {
    source: "198.51.100.7/32",
    paths: ["proxied"],
    verdict: "ban",
    handsOff: true,
    needsPerson: [],
    score: 93,
    reasons: [aReason()],
    firstSeen: toIso(NOON - 9 * MINUTE),
    lastSeen: toIso(NOON - MINUTE),
    calls: 240,
    failures: 240,
    successes: 0,
    distinctUsers: 212,
    ...over,
  };
}

export function aPlannedBan(over: Partial<PlannedBan> = {}): PlannedBan {
  const { source, paths, score, reasons, calls, failures, successes, distinctUsers } = aVerdict();
  return {
    ...{ source, paths, score, reasons, calls, failures, successes, distinctUsers },
    ...{ targets: ["edge", "pool"], minutes: 60, jitter: 0, handsOff: true },
    ...over,
  };
}

export function aFiledBan(over: Partial<FiledBan> = {}): FiledBan {
  return { ...aPlannedBan({ minutes: 240, handsOff: false }), because: ["shared-address"], ...over };
}

export function aPlan(over: Partial<Plan> = {}): Plan {
  return {
    schema: 1,
    run: aRun(),
    mode: "enforce",
    origin: "auto",
    by: "portcullis",
    at: toIso(NOON),
    simulated: false,
    apply: [aPlannedBan()],
    file: [],
    refuse: [],
    missing: [],
    relief: { sources: 1, calls: 240, totalCalls: 1000 },
    proposalId: null,
    ...over,
  };
}

export const sets: IpSets = {
  edge: {
    region: "us-east-1",
    allow: { v4: ["allow-v4"], v6: ["allow-v6"] },
    deny: { v4: ["deny-v4"], v6: ["deny-v6"] },
    auto: { v4: ["auto-v4-1", "auto-v4-2", "auto-v4-3"], v6: ["auto-v6-1"] },
  },
  pool: {
    region: "eu-west-1",
    allow: { v4: [], v6: [] },
    deny: { v4: [], v6: [] },
    auto: { v4: ["pool-auto-v4-1"], v6: ["pool-auto-v6-1"] },
  },
};

export function cidrs(...texts: string[]) {
  return texts.map((text) => {
    const cidr = parseCidr(text);
    if (!cidr) throw new Error(`${text} is no CIDR`);
    return cidr;
  });
}

export function exclusions({ allow = [], never }: { allow?: string[]; never?: string[] } = {}) {
  return exclusionsOf({ allow: cidrs(...allow), never: never ? cidrs(...never) : neverBlockRanges() });
}

/** The n-th single source of an ordinary range. */
export function v4Source(n: number): string {
  return `${20 + (n >>> 24)}.${(n >>> 16) & 255}.${(n >>> 8) & 255}.${n & 255}/32`;
}

/** Sources no two of which merge. */
export function loneSource(n: number): string {
  return v4Source(n * 2);
}
