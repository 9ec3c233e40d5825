/** From judged sources to the figures and bars of docs/evaluation.md. */

import type { WindowSize } from "../functions/detect/detection.ts";
import { detections } from "../functions/detect/detections/index.ts";
import { MINUTE } from "../functions/domain/instant.ts";
import type { Judged, MixResult } from "./evaluate-mix.ts";
import type { OffenceKind } from "./traffic/actor.ts";
import { firstBurst } from "./traffic/mix.ts";

export interface Bar {
  readonly name: string;
  readonly found: string;
  readonly met: boolean;
}

/** Kinds of offender that a detection is there for. */
export const aims: Readonly<Record<string, readonly OffenceKind[]>> = {
  "call-rate": ["flood"],
  "failure-ratio": ["spray", "stuffing"],
  "password-spray": ["spray", "stuffing", "office-bot"],
  "brute-force": ["brute-force", "code-guessing"],
  "slow-brute-force": ["brute-force", "code-guessing"],
  "sign-up-burst": ["sign-up-farm"],
  "code-pumping": ["code-pumping"],
  "user-enumeration": ["enumeration"],
  "direct-bypass": ["direct-bypass"],
  "distributed-range": ["distributed-range"],
  "distributed-fingerprint": ["distributed-fingerprint"],
};

const LEAST_OFFENCES = 10;
const BURST = { failures: 10, slot: 5 * MINUTE, window: 10 * MINUTE };

export const isBanned = ({ verdict }: Judged) => verdict?.verdict === "ban";
export const isHandsOff = (judged: Judged) => isBanned(judged) && judged.verdict?.handsOff === true;
/** Watched or banned, by itself or as part of a range or fingerprint that was found. */
export const isSeen = ({ verdict, groupSeenAt }: Judged) => verdict !== null || groupSeenAt !== null;

export function barsOf(sources: readonly Judged[]): Bar[] {
  const offenders = sources.filter(({ truth }) => !truth.benign);
  const harmed = sources.filter((judged) => judged.truth.benign && isHandsOff(judged));
  const ten = offenders.filter(({ truth }) => truth.failures.length >= 10);
  const five = offenders.filter(({ truth }) => truth.failures.length >= 5);
  const loud = offenders.filter(({ truth }) => firstBurst(truth.failures, BURST.failures) !== null);
  return [
    {
      name: "benign sources banned hands-off: none",
      found: `${harmed.length} of ${sources.length - offenders.length}`,
      met: harmed.length === 0,
    },
    shareBar("of sources with ≥ 10 failing calls, banned", ten, isBanned, 0.9),
    shareBar("of sources with ≥ 10 failing calls, banned or watched", ten, ({ verdict }) => verdict !== null, 0.98),
    shareBar("of sources with ≥ 5 failing calls, seen", five, isSeen, 0.9),
    shareBar(
      "of sources with ≥ 10 failing calls in five minutes, detected in the first window",
      loud,
      inFirstWindow,
      1,
    ),
  ];
}

function shareBar(name: string, of: readonly Judged[], holds: (judged: Judged) => boolean, least: number): Bar {
  const count = of.filter(holds).length;
  const goal = least === 1 ? "all" : `at least ${Math.round(least * 100)} %`;
  return { name: `${name}: ${goal}`, found: ratio(count, of.length), met: count >= least * of.length };
}

/** Whether the first short window that holds a whole burst watches or bans. */
export function inFirstWindow({ truth, seenAt }: Judged): boolean {
  const start = firstBurst(truth.failures, BURST.failures);
  if (start === null || seenAt === null) return false;
  return seenAt <= Math.floor(start / BURST.slot) * BURST.slot + BURST.window;
}

/** What of a mix these figures are made from. */
type Findings = Pick<MixResult, "sources" | "groups">;

export interface DetectionFigures {
  readonly detection: string;
  readonly size: WindowSize;
  readonly offenders: number;
  readonly benign: number;
  readonly precision: string;
  readonly recall: string;
}

/** Of ranges and fingerprints one counts as an offender's if an offender is in it. */
export function detectionFigures(results: readonly Findings[]): DetectionFigures[] {
  return detections.flatMap(({ id, scope, windows }) =>
    (windows ?? (["short", "slow"] as const)).map((size) => {
      const found =
        scope === undefined || scope === "source" ? ofSources(results, id, size) : ofGroups(results, id, size);
      const { hits, wanted, offenders, benign } = found;
      const precision = ratio(offenders, offenders + benign);
      return { detection: id, size, offenders, benign, precision, recall: ratio(hits, wanted) };
    }),
  );
}

interface Found {
  readonly offenders: number;
  readonly benign: number;
  /** Of the offenders that the detection is there for. */
  readonly hits: number;
  readonly wanted: number;
}

function ofSources(results: readonly Findings[], id: string, size: WindowSize): Found {
  const sources = results.flatMap((result) => result.sources);
  const fired = sources.filter((judged) => judged.fired[size].has(id));
  const wanted = sources.filter(
    ({ truth }) => aims[id]?.some((kind) => kind === truth.kind) && truth.offences >= LEAST_OFFENCES,
  );
  const benign = fired.filter(({ truth }) => truth.benign).length;
  const hits = wanted.filter((judged) => judged.fired[size].has(id)).length;
  return { offenders: fired.length - benign, benign, hits, wanted: wanted.length };
}

/** Here a party is what is wanted, not each of its sources. */
function ofGroups(results: readonly Findings[], id: string, size: WindowSize): Found {
  const counts = results.map(({ sources, groups }) => {
    const fired = groups.filter((group) => group.detection === id && group.size === size);
    const of = sources.filter(({ truth }) => aims[id]?.some((kind) => kind === truth.kind));
    const parties = new Set(of.map(({ truth }) => truth.party));
    const seen = new Set(
      of.filter((judged) => fired.some(({ members }) => members.has(judged.truth))).map(({ truth }) => truth.party),
    );
    return {
      fired: fired.length,
      right: fired.filter(({ offenders }) => offenders > 0).length,
      parties: parties.size,
      seen: seen.size,
    };
  });
  const total = (key: "fired" | "right" | "parties" | "seen") => counts.reduce((sum, count) => sum + count[key], 0);
  return {
    offenders: total("right"),
    benign: total("fired") - total("right"),
    hits: total("seen"),
    wanted: total("parties"),
  };
}

/** Minutes from the first offending call to the end of the window that saw, or banned, it. */
export function delays(sources: readonly Judged[], key: "seenAt" | "bannedAt"): number[] {
  return sources
    .flatMap((judged) => {
      const [first, at] = [judged.truth.firstOffence, judged[key]];
      return first === null || at === null ? [] : [(at - first) / MINUTE];
    })
    .sort((a, b) => a - b);
}

export function quantile(sorted: readonly number[], share: number): number | null {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? null;
}

export function ratio(count: number, of: number): string {
  return of === 0 ? "–" : `${count} of ${of} (${((100 * count) / of).toFixed(1)} %)`;
}

/** Groups what was judged, in order of first appearance. */
export function groupBy<K>(sources: readonly Judged[], keyOf: (judged: Judged) => K): Map<K, Judged[]> {
  const groups = new Map<K, Judged[]>();
  for (const judged of sources) {
    const own = groups.get(keyOf(judged)) ?? [];
    groups.set(keyOf(judged), own);
    own.push(judged);
  }
  return groups;
}
