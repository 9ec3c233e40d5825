import type { Instant } from "../functions/domain/instant.ts";

/**
 * The clock as it lies in shared memory, so that every thread reads the same instant without asking.
 * Slots: a sequence number (odd while the clock's owner writes), then the line `instant = base + (wall - since) × rate`
 * and `limit`, an instant which it must not pass.
 */
const SEQUENCE = 0;
const BASE = 1;
const SINCE = 2;
const RATE = 3;
const LIMIT = 4;
const BYTES = 5 * Float64Array.BYTES_PER_ELEMENT;

export interface ClockLine {
  readonly base: Instant;
  readonly since: number;
  readonly rate: number;
  readonly limit: Instant;
}

export function sharedClock(): SharedArrayBuffer {
  return new SharedArrayBuffer(BYTES);
}

/** Milliseconds on the machine's monotonic clock; unlike `performance.now()` the same in every thread. */
export function wallNow(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

export function writeLine(shared: SharedArrayBuffer, line: ClockLine): void {
  const sequence = new Int32Array(shared, SEQUENCE, 1);
  const slots = new Float64Array(shared);
  Atomics.add(sequence, 0, 1);
  slots[BASE] = line.base;
  slots[SINCE] = line.since;
  slots[RATE] = line.rate;
  slots[LIMIT] = line.limit;
  Atomics.add(sequence, 0, 1);
}

export function instantOn(line: ClockLine, wall: number): Instant {
  return Math.min(line.limit, line.base + Math.max(0, wall - line.since) * line.rate);
}

/** Reads the shared clock in whole milliseconds; each reader's instants never run backwards. */
export function clockReader(shared: SharedArrayBuffer): () => Instant {
  let latest = Number.NEGATIVE_INFINITY;
  return () => {
    latest = Math.max(latest, Math.floor(instantOn(readLine(shared), wallNow())));
    return latest;
  };
}

function readLine(shared: SharedArrayBuffer): ClockLine {
  const sequence = new Int32Array(shared, SEQUENCE, 1);
  const slots = new Float64Array(shared);
  for (;;) {
    const before = Atomics.load(sequence, 0);
    const [, base = 0, since = 0, rate = 0, limit = 0] = slots;
    if (before % 2 === 0 && Atomics.load(sequence, 0) === before) return { base, since, rate, limit };
  }
}
