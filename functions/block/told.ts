/**
 * What people have been told already: what rounds and patrols find again is no news for two days.
 *
 * Run twice  what was noted is told no more. Two that note at once are both noted.
 * Gotcha     a notice goes out before it is noted: after a crash in between it is told twice, never not at all.
 */
import * as z from "zod";

import { DAY, HOUR, type Instant, toIso } from "../domain/instant.ts";
import type { EvidenceStore, SharedDocuments } from "./ports.ts";

/** Longer than the day for which the slow window shows something. */
const KEPT = 2 * DAY;
/** A document that grows with an attack would not be readable any more; what falls out may be told once more. */
const MOST = 10_000;

/** What was told → when. */
export type Told = Readonly<Record<string, string>>;
const toldSchema = z.record(z.string(), z.string());

/** A register that cannot be read hides nothing. */
export async function readTold(evidence: EvidenceStore, register: string, now: Instant): Promise<Told> {
  return toldIn(await evidence.read(register), now);
}

function toldIn(document: unknown, now: Instant): Told {
  const told = toldSchema.catch({}).parse(document);
  return Object.fromEntries(Object.entries(told).filter(([, at]) => Date.parse(at) > now - KEPT));
}

export async function noteTold(
  evidence: SharedDocuments,
  register: string,
  keys: readonly string[],
  now: Instant,
): Promise<void> {
  const noted = Object.fromEntries(keys.map((key) => [key, toIso(now)]));
  await evidence.amend(register, (document) => {
    const all = { ...toldIn(document, now), ...noted };
    const newest = Object.entries(all).sort((a, b) => (a[1] < b[1] ? 1 : -1));
    return Object.fromEntries(newest.slice(0, MOST));
  });
}

/** Notices of the last hour: what one notice told was noted with one instant. */
export function noticesInHour(told: Told, now: Instant): number {
  return new Set(Object.values(told).filter((at) => Date.parse(at) > now - HOUR)).size;
}
