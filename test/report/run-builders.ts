import type { CallSeries } from "../../functions/domain/call-series.ts";
import type { Fate, Offender, ReportedRound, RunReport } from "../../functions/domain/run-report.ts";
import { aSource } from "./analysis-builders.ts";

const shortWindow = { from: "2026-03-03T10:00:00.000Z", to: "2026-03-03T10:10:00.000Z" };
const slowWindow = { from: "2026-03-02T10:00:00.000Z", to: "2026-03-03T10:00:00.000Z" };

export function aFate(over: Partial<Fate> = {}): Fate {
  return {
    state: "banned",
    simulated: false,
    targets: ["edge", "pool"],
    bannedAt: "2026-03-03T10:12:30.000Z",
    until: "2026-03-03T11:12:30.000Z",
    origin: "auto",
    by: "portcullis",
    strikes: 0,
    why: null,
    matched: null,
    because: [],
    proposalId: null,
    ...over,
  };
}

export function anOffender(over: Partial<Offender> = {}): Offender {
  return { ...aSource(), round: 1, establishedUsers: 0, fate: aFate(), ...over };
}

export function aRound(over: Partial<ReportedRound> = {}): ReportedRound {
  return {
    round: 1,
    lookedAt: "2026-03-03T10:10:00.000Z",
    plannedAt: "2026-03-03T10:12:00.000Z",
    appliedAt: "2026-03-03T10:12:30.000Z",
    shortWindow,
    slowWindow,
    mode: "enforce",
    found: { ban: 1, watch: 0, ignore: 8, calls: 88 },
    planned: { apply: 1, file: 0, refuse: 0 },
    applied: { banned: 1, extended: 0, unchanged: 0, overflow: 0, refused: 0 },
    coverage: 0.99,
    evidenceCompleteTo: "2026-03-03T10:09:00.000Z",
    establishedUsers: 4_000,
    ...over,
  };
}

/** Few calls, then many that fail, then many that are refused. */
export function aSeries(steps = 60, stepMinutes = 1): CallSeries {
  const attack = (step: number) => (step > steps / 3 && step < (2 * steps) / 3 ? 90 + ((step * 7) % 40) : 0);
  const blocked = (step: number) => (step >= (2 * steps) / 3 ? 70 + ((step * 5) % 30) : 0);
  const people = (step: number) => 20 + ((step * 3) % 11);
  const all = Array.from({ length: steps }, (_, step) => step);
  return {
    from: "2026-03-03T09:40:00.000Z",
    stepMinutes,
    calls: all.map((step) => attack(step) + blocked(step) + people(step)),
    failures: all.map(attack),
    successes: all.map((step) => people(step) - 6),
    refused: all.map(blocked),
  };
}

/** One round, one offender, hands-off. */
export function aRun(over: Partial<RunReport> = {}): RunReport {
  return {
    schema: 1,
    runId: "mitigate-2026-03-03-1",
    deployment: "eu-west-1_Example11",
    builtAt: "2026-03-03T10:40:00.000Z",
    trigger: {
      kind: "alarm",
      category: "UserAuthentication",
      at: "2026-03-03T10:09:00.000Z",
      alarm: {
        ...{ name: "portcullis-quota-UserAuthentication-70", region: "eu-west-1", at: "2026-03-03T10:09:00.000Z" },
        ...{ metric: "CallCount", value: 78.4, threshold: 70, reason: "Threshold Crossed: 1 datapoint [78.4] > 70" },
      },
      joined: [],
    },
    mode: "enforce",
    end: { at: "2026-03-03T10:35:00.000Z", how: "over", reason: "the alarm is over", burning: [] },
    quotas: [
      {
        ...{ category: "UserAuthentication", callsPerSecond: 120, from: "2026-03-03T09:40:00.000Z", stepMinutes: 1 },
        calls: [2_000, 5_645],
        peak: { at: "2026-03-03T10:09:00.000Z", calls: 5_645, percent: 78.4 },
      },
    ],
    rounds: [aRound()],
    series: aSeries(),
    marks: [
      { at: "2026-03-03T10:09:00.000Z", kind: "alarm", text: "UserAuthentication at 78 % of its quota", sources: null },
      { at: "2026-03-03T10:12:30.000Z", kind: "ban", text: "1 source banned", sources: 1 },
    ],
    offenders: [anOffender()],
    watched: [],
    groups: [],
    accountsAtRisk: [],
    proposals: [],
    relief: null,
    notOurs: null,
    missing: [],
    faults: [],
    notes: [],
    queries: [
      {
        ...{ round: 1, name: "short", part: "whole", id: "11111111-2222-3333-4444-555555555555" },
        ...{ bytesScanned: 48_000_000, usd: 0.00024, error: null },
      },
    ],
    cost: { bytesScanned: 48_000_000, usd: 0.00024, pricesOf: "eu-west-1, 2026-03" },
    undo: "portcullis bans undo mitigate-2026-03-03-1",
    ...over,
  };
}
