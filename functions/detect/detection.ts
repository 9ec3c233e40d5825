/** What a detection is: metadata that a person reads, thresholds that a policy overrides, a predicate over profiles. */
import { InvalidInputError } from "../domain/errors.ts";
import type { LogKind } from "../domain/evidence.ts";
import type { Policy } from "../domain/policy.ts";
import type { Profile, Scope } from "./profiles.ts";

/** `short`: ten minutes of raw logs. `slow`: a day. */
export type WindowSize = "short" | "slow";

export const windowSizes: readonly WindowSize[] = ["short", "slow"];

export interface Threshold {
  readonly short: number;
  readonly slow: number;
  readonly meaning: string;
}

export interface Finding {
  /** How far beyond the thresholds, 0 to 1. */
  readonly severity: number;
  /** A sentence that a person can check against the logs. */
  readonly text: string;
  readonly observed: Readonly<Record<string, number>>;
  /** The logs at hand leave an innocent explanation open, so a person decides. */
  readonly doubtful?: boolean;
}

/** Logs that a deployment may have. The gate is known there, so outcomes find their caller without WAF's log. */
export const logSets = ["waf + cloudtrail", "cloudfront + cloudtrail", "cloudtrail", "waf"] as const;
export type LogSet = (typeof logSets)[number];
/** What comes of a clear case: a ban without anybody, one that a person decides, a watch at most, nothing. */
export type Reach = "ban" | "person" | "watch" | "none";

/** What is known about the whole window besides the profile. */
export interface Circumstances {
  /** Many sources with users who get in are in trouble at once: faults are ours, not the caller's. */
  readonly faultsAreOurs: boolean;
  /** CloudTrail is at hand and complete: a call that it does not hold never reached Cognito. */
  readonly answersAreIn: boolean;
}

export interface Detection<Name extends string = string> {
  readonly id: string;
  readonly title: string;
  readonly meaning: string;
  readonly operations: string;
  readonly mitre: { readonly id: string; readonly name: string };
  readonly confidence: "high" | "medium" | "low";
  /** Share of the score that a severity of 1 is worth. */
  readonly weight: number;
  readonly needs: readonly LogKind[];
  /** How far it gets with which logs. A test holds it against the cases. */
  readonly reach: Readonly<Record<LogSet, Reach>>;
  /** What it judges; single sources unless it says otherwise. */
  readonly scope?: Scope;
  /** The windows that it judges; both unless it says otherwise. */
  readonly windows?: readonly WindowSize[];
  /** `absolute` findings stand on incomplete evidence; a `ratio` may turn round when the rest arrives. */
  readonly basis: "absolute" | "ratio";
  readonly gaps: readonly string[];
  readonly thresholds: Readonly<Record<Name, Threshold>>;
  judge(profile: Profile, limits: Readonly<Record<Name, number>>, circumstances: Circumstances): Finding | null;
  /** With fewer calls in the window `judge` finds nothing, so a quiet source need not be looked at. */
  leastCalls(limits: Readonly<Record<Name, number>>): number;
  /** With a smaller share of failing and costly calls among them and successes `judge` finds nothing. */
  leastShare?(limits: Readonly<Record<Name, number>>): number;
}

/** Keeps the names of the thresholds in the type of `judge`, and forgets them for the list of all detections. */
export function defineDetection<Name extends string>(detection: Detection<Name>): Detection {
  const { leastShare } = detection;
  return {
    ...detection,
    ...(leastShare ? { leastShare: (limits) => leastShare(limits as Readonly<Record<Name, number>>) } : {}),
    judge: (profile, limits, circumstances) =>
      detection.judge(profile, limits as Readonly<Record<Name, number>>, circumstances),
    leastCalls: (limits) => detection.leastCalls(limits as Readonly<Record<Name, number>>),
  };
}

/**
 * A policy overrides a threshold by its name (`banAt`), that of the slow window with `slow` before it (`slowBanAt`),
 * and the weight as `weight`.
 */
export interface TunedDetection {
  readonly detection: Detection;
  readonly weight: number;
  readonly limits: Readonly<Record<WindowSize, Readonly<Record<string, number>>>>;
}

/** Applies a policy. Throws `InvalidInputError` naming every override that no detection knows: a typo tunes nothing. */
export function tuneDetections(detections: readonly Detection[], policy: Policy): TunedDetection[] {
  const problems = overrideProblems(detections, policy.detections);
  if (problems.length > 0) throw new InvalidInputError("the policy cannot be used", problems);
  return detections.map((detection) => {
    const overrides = policy.detections[detection.id] ?? {};
    const names = Object.entries(detection.thresholds);
    return {
      detection,
      weight: overrides["weight"] ?? detection.weight,
      limits: {
        short: Object.fromEntries(names.map(([name, { short }]) => [name, overrides[name] ?? short])),
        slow: Object.fromEntries(names.map(([name, { slow }]) => [name, overrides[slowName(name)] ?? slow])),
      },
    };
  });
}

export function windowsOf({ windows }: Detection): readonly WindowSize[] {
  return windows ?? windowSizes;
}

/** The names by which a policy overrides a threshold: one for each window that the detection judges. */
export function overrideNames(detection: Detection, name: string): string[] {
  return windowsOf(detection).map((size) => (size === "short" ? name : slowName(name)));
}

export function slowName(name: string): string {
  return `slow${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}

/** What a policy says about detections that none of them knows, or that no threshold can be. */
export function overrideProblems(detections: readonly Detection[], overridden: Policy["detections"]): string[] {
  return Object.entries(overridden).flatMap(([id, overrides]) => {
    const detection = detections.find((candidate) => candidate.id === id);
    if (!detection) return [`detections.${id}: no such detection (${detections.map(({ id }) => id).join(", ")})`];
    return Object.entries(overrides).flatMap(([name, value]) => {
      const problem = overrideProblem(detection, name, value);
      return problem === null ? [] : [`detections.${id}.${name}: ${problem}`];
    });
  });
}

function overrideProblem(detection: Detection, name: string, value: number): string | null {
  if (name === "weight") return value >= 0 && value <= 1 ? null : "must be from 0 to 1";
  const known = Object.keys(detection.thresholds).flatMap((threshold) => overrideNames(detection, threshold));
  if (!known.includes(name)) return `no such threshold (${known.join(", ")}, weight)`;
  // Nobody is below nothing: each caller would be watched, or banned.
  if (/(watch|ban)at$/i.test(name) && value <= 0) return "must be more than 0";
  return value < 0 ? "must not be negative" : null;
}

/** At the default weights and score limits: a watch begins, a watch is not yet a ban, a ban begins. */
const WATCH_SEVERITY = 0.5;
export const LAST_WATCH_SEVERITY = 0.73;
const BAN_SEVERITY = 0.85;

/** 0 below `watchAt`, rising until a step to a ban at `banAt`, and on towards 1 without ever falling. */
export function severityOf(value: number, watchAt: number, banAt: number): number {
  if (value < Math.min(watchAt, banAt)) return 0;
  if (value >= banAt) return round(1 - (1 - BAN_SEVERITY) * (banAt / Math.max(value, 1)));
  return round(WATCH_SEVERITY + ((LAST_WATCH_SEVERITY - WATCH_SEVERITY) * (value - watchAt)) / (banAt - watchAt));
}

function round(severity: number): number {
  return Math.round(severity * 1000) / 1000;
}
