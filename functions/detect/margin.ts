/** How near a source is to each detection, for people who ask why it was banned, or why not. */
import type { Policy } from "../domain/policy.ts";
import { type Circumstances, type TunedDetection, tuneDetections, type WindowSize, windowsOf } from "./detection.ts";
import { detections } from "./detections/index.ts";
import type { Profile } from "./profiles.ts";

export interface Margin {
  readonly detection: string;
  readonly title: string;
  readonly size: WindowSize;
  /** 0 where it does not fire. */
  readonly severity: number;
  /** What fired, in a sentence; null where nothing did. */
  readonly text: string | null;
  /**
   * The part of its counting thresholds that the source reaches, 1 where it fires; null where it would not fire however
   * low they were: it counts nothing of the source, or another condition does not hold.
   */
  readonly reached: number | null;
}

const STEPS = 100;

/** Every detection of single sources in the windows that it judges, those that fire first, then the nearest. */
export function marginsOf(profile: Profile, size: WindowSize, policy: Policy, circumstances: Circumstances): Margin[] {
  return tuneDetections(detections, policy)
    .filter(({ detection }) => (detection.scope ?? "source") === "source" && windowsOf(detection).includes(size))
    .map((tuned) => marginOf(tuned, profile, size, circumstances))
    .sort((a, b) => b.severity - a.severity || (b.reached ?? -1) - (a.reached ?? -1));
}

function marginOf(
  { detection, limits }: TunedDetection,
  profile: Profile,
  size: WindowSize,
  circumstances: Circumstances,
): Margin {
  const { id, title } = detection;
  const judge = (part: number) => detection.judge(profile, scaled(limits[size], part), circumstances);
  const found = judge(1);
  if (found) return { detection: id, title, size, severity: found.severity, text: found.text, reached: 1 };
  return { detection: id, title, size, severity: 0, text: null, reached: greatest((part) => judge(part) !== null) };
}

/** Only what is counted up to is made smaller (`watchAt`, `codesBanAt`); shares and other conditions stay. */
function scaled(limits: Readonly<Record<string, number>>, part: number): Record<string, number> {
  return Object.fromEntries(
    Object.entries(limits).map(([name, limit]) => [name, /At$/.test(name) ? Math.max(1, limit * part) : limit]),
  );
}

/** The greatest hundredth at which it fires; null if it does at none. */
function greatest(fires: (part: number) => boolean): number | null {
  for (let step = STEPS - 1; step > 0; step -= 1) if (fires(step / STEPS)) return step / STEPS;
  return null;
}
