/** The one JSON document of `demo --once --json`; times are those of the demo's clock. */
import type { Ban } from "../../functions/domain/ban.ts";
import { type Instant, SECOND, toIso } from "../../functions/domain/instant.ts";
import type { Reason } from "../../functions/domain/verdict.ts";
import type { Offender } from "./cast.ts";
import type { ObservedStep, Step } from "./story.ts";

export interface DemoDocument {
  readonly seed: number;
  readonly alarm: { readonly name: string; readonly at: string } | null;
  readonly runs: readonly { readonly id: string; readonly status: string }[];
  readonly attackers: readonly string[];
  readonly banned: readonly {
    readonly source: string;
    readonly targets: readonly string[];
    readonly at: string;
    readonly expiresAt: string;
    readonly reasons: readonly Reason[];
  }[];
  readonly firstBlockedAt: string | null;
  readonly alarmToFirstBlockSeconds: number | null;
  readonly released: readonly { readonly source: string; readonly at: string }[];
  readonly passedAgainAt: string | null;
  readonly benign: { readonly calls: number; readonly blocked: number };
  readonly steps: readonly { readonly step: Step; readonly observed: boolean }[];
}

/** Everything that was observed by the end, in the demo's own terms. */
export interface Observations {
  readonly seed: number;
  readonly alarm: { readonly name: string; readonly at: Instant } | null;
  readonly runs: readonly { readonly id: string; readonly status: string }[];
  readonly offenders: readonly Offender[];
  readonly bans: readonly Ban[];
  readonly freedAt: ReadonlyMap<string, Instant>;
  readonly firstBlockedAt: Instant | null;
  readonly passedAgainAt: Instant | null;
  readonly benign: { readonly calls: number; readonly blocked: number };
  readonly steps: readonly ObservedStep[];
}

export function demoDocument(seen: Observations): DemoDocument {
  return {
    seed: seen.seed,
    alarm: seen.alarm && { name: seen.alarm.name, at: toIso(seen.alarm.at) },
    runs: seen.runs.map(({ id, status }) => ({ id, status })),
    attackers: seen.offenders.map(({ source }) => source),
    banned: seen.bans.map(bannedEntry),
    firstBlockedAt: isoOrNull(seen.firstBlockedAt),
    alarmToFirstBlockSeconds: secondsBetween(seen.alarm?.at ?? null, seen.firstBlockedAt),
    released: [...seen.freedAt].map(([source, at]) => ({ source, at: toIso(at) })),
    passedAgainAt: isoOrNull(seen.passedAgainAt),
    benign: { calls: seen.benign.calls, blocked: seen.benign.blocked },
    steps: seen.steps.map(({ step, observed }) => ({ step, observed })),
  };
}

function bannedEntry(ban: Ban): DemoDocument["banned"][number] {
  const reasons = Object.values(ban.claims).flatMap((claim) => claim.reasons);
  return { source: ban.source, targets: ban.targets, at: ban.bannedAt, expiresAt: ban.expiresAt, reasons };
}

function isoOrNull(at: Instant | null): string | null {
  return at === null ? null : toIso(at);
}

function secondsBetween(from: Instant | null, to: Instant | null): number | null {
  return from === null || to === null ? null : Math.round((to - from) / SECOND);
}
