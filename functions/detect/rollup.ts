/**
 * Rollups: what is to be inserted into `call_cells` (hour by hour) and `user_days` (day by day), and which of it counts.
 *
 * Trigger    schedule, each hour; also safe to start by hand.
 * Run twice  writes the same rows again under a higher generation. Of each hour and day only the generation that the
 *            ledger names is ever read, and it never goes back.
 * Failure    an INSERT that fails may leave objects behind: their generation is never named. Hence each try has one of
 *            its own, and the machine must never repeat an INSERT by itself.
 * Gotcha     a parameter holds 1,024 characters: `hour=generation,…` of one day takes 672.
 */
import { DAY, HOUR, type Instant, MINUTE, toIso, type Window } from "../domain/instant.ts";

export const rollupKinds = ["hour", "day"] as const;
export type RollupKind = (typeof rollupKinds)[number];

/** An hour (`2026-11-22-10`) or a day (`2026-11-22`), as its partition is called. */
export interface Piece {
  readonly kind: RollupKind;
  readonly partition: string;
}

export type Generations = ReadonlyMap<string, number>;

/** Which generation of each piece counts. */
export interface RollupRegister {
  /** Pieces that nobody registered are missing. */
  read(kind: RollupKind, partitions: readonly string[]): Promise<Generations>;
  /** Those of the hours of which a sample was rolled up. */
  sampled(hours: readonly string[]): Promise<string[]>;
  /** False if the piece has this generation or a later one already. */
  write(piece: Piece, generation: number, isSample?: boolean): Promise<boolean>;
}

/** Logs of an hour are taken for there this long after its end; what is later still is found by the next runs. */
const DELIVERY = 15 * MINUTE;
/** So long after its end an hour is rolled up: the machine runs at twenty past and takes a few minutes. */
const ROLLED_UP = 25 * MINUTE;
/** Each hour is rolled up in so many runs. */
const REPEATS = 3;
const HOURS_BACK = 24;
/** Hours that earlier runs left out, per run. */
const MOST_GAPS = 6;

export const hourPartition = (at: Instant) => `${dayPartition(at)}-${toIso(at).slice(11, 13)}`;
export const dayPartition = (at: Instant) => toIso(at).slice(0, 10);

/** How an hour is read: in equal slices, one INSERT each, and of the WAF files all or a sample. */
export interface Reading {
  readonly slices: number;
  readonly isSample: boolean;
}

/**
 * What is tried, one after the other: an hour whose INSERT failed, as one does that would scan more than the workgroup
 * allows, is read in smaller slices, then in part. A sample is one of every sixteen WAF files of five minutes.
 */
const readings: Readonly<Record<RollupKind, readonly Reading[]>> = {
  hour: [
    { slices: 1, isSample: false },
    { slices: 4, isSample: false },
    { slices: 12, isSample: false },
    { slices: 12, isSample: true },
  ],
  day: Array.from({ length: 2 }, () => ({ slices: 1, isSample: false })),
};

/** The reading of a piece's n-th try, from 1; null if it is given up. The next execution begins anew. */
export function readingOf({ kind }: Piece, tries: number): Reading | null {
  return readings[kind][tries - 1] ?? null;
}

/** Where an hour or a day begins. */
export function startOf({ kind, partition }: Piece): Instant {
  const [year, month, day, hour] = partition.split("-").map(Number);
  return Date.UTC(year ?? 0, (month ?? 1) - 1, day, kind === "hour" ? hour : 0);
}

/** The end of the last hour whose logs should be there. */
function completeAt(now: Instant): Instant {
  return Math.floor((now - DELIVERY) / HOUR) * HOUR;
}

/** The end of the last hour whose rollup should be there at `now`. */
export function rolledUpTo(now: Instant): Instant {
  return Math.floor((now - ROLLED_UP) / HOUR) * HOUR;
}

/** The hours of a window that begins and ends on the hour, oldest first. */
export function hoursIn({ from, to }: Window): string[] {
  return Array.from({ length: Math.round((to - from) / HOUR) }, (_, index) => hourPartition(from + index * HOUR));
}

/** The hours that a run at `now` may have to do with, oldest first. */
export function hoursBefore(now: Instant): string[] {
  const end = completeAt(now);
  return hoursIn({ from: end - HOURS_BACK * HOUR, to: end });
}

/** How long ago the last hour ended that is rolled up; where the last day holds none, a day. */
export async function rollupLag(register: Pick<RollupRegister, "read">, now: Instant): Promise<number> {
  const registered = await register.read("hour", hoursBefore(now));
  const ends = [...registered.keys()].map((partition) => startOf({ kind: "hour", partition }) + HOUR);
  return now - Math.max(now - DAY, ...ends);
}

/**
 * What a run has to insert: the last hours, those before them that are missing between registered ones, and each day
 * that is over and of which an hour changes, or has changed since the day was counted. Hours come first, for a day is
 * counted from its hours.
 */
export function piecesAt(now: Instant, registered: Record<RollupKind, Generations>): Piece[] {
  const hours = hoursBefore(now);
  const first = hours.findIndex((hour) => registered.hour.has(hour));
  const earlier = first < 0 ? [] : hours.slice(first, -REPEATS).filter((hour) => !registered.hour.has(hour));
  const due = [...earlier.slice(-MOST_GAPS), ...hours.slice(-REPEATS)];
  const uncounted = [...registered.hour].flatMap(([hour, generation]) =>
    generation > (registered.day.get(dayOf(hour)) ?? 0) ? hour : [],
  );
  const days = new Set([...due, ...uncounted].map(dayOf));
  return [
    ...due.map((partition) => ({ kind: "hour", partition }) as const),
    ...[...days].filter((day) => day < dayAt(now)).map((partition) => ({ kind: "day", partition }) as const),
  ];
}

/** The days of the hours that a run at `now` may have to do with, those that are not over left out. */
export function daysBefore(now: Instant): string[] {
  return [...new Set(hoursBefore(now).map(dayOf))].filter((day) => day < dayAt(now));
}

/** The day that is not over when a run starts. */
function dayAt(now: Instant): string {
  return dayPartition(completeAt(now));
}

function dayOf(hour: string): string {
  return hour.slice(0, 10);
}

export function hoursOf(day: string): string[] {
  return Array.from({ length: 24 }, (_, hour) => `${day}-${String(hour).padStart(2, "0")}`);
}

/** The days of which a user's successes count, before the day of `now`; oldest first. */
export function historyDays(now: Instant): string[] {
  return Array.from({ length: 7 }, (_, index) => dayPartition(now - (7 - index) * DAY));
}

/** `hour=generation,…` of what is registered, in order; empty if nothing is. */
export function pairsOf(generations: Generations): string {
  return [...generations]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([partition, generation]) => `${partition}=${generation}`)
    .join(",");
}
