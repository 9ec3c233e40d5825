/**
 * The one clock of the local world.
 *
 * Speed      that of the wall while anything is in flight (`during`, a timer's promise), `race` times that while
 *            everything waits for a timer, so forty minutes of waiting pass in seconds and a burst of requests stays a burst.
 * Race       goes to the next timer and stands there until it has fired, however late the event loop is: no timer is
 *            late by virtual minutes. Without a timer nobody waits, and the clock goes at wall speed.
 * Settling   a race begins only after a moment of quiet, else the gap between two requests would cost seconds. Who puts
 *            all traffic into `during` can do with a shorter one.
 * Threads    read the same instant through `shared` (see clock-reader.ts).
 */
import type { Instant } from "../functions/domain/instant.ts";
import { type ClockLine, clockReader, instantOn, sharedClock, wallNow, writeLine } from "./clock-reader.ts";
import type { Clock } from "./ports.ts";

const SETTLE_MS = 10;
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

export interface WorldClock extends Clock {
  readonly shared: SharedArrayBuffer;
  /** How much faster than the wall the clock goes while everything waits; 1 never races (interactive use). */
  setRace(factor: number): void;
  /** Lets a clock go that was made `held`. */
  release(): void;
  /** Jumps ahead, as a machine's clock does that was set late: what was due in between fires at once, late. */
  leap(ms: number): void;
  /** Resolves once `ms` have passed on this clock. Never settles after `stop`. */
  wait(ms: number): Promise<void>;
  /** Drops all timers and leaves no handle open; the clock stands still afterwards. */
  stop(): void;
}

export interface ClockOptions {
  readonly start: Instant;
  /** Stands still until `release`: a boot takes seconds, and nothing in the world has begun yet. */
  readonly held?: boolean;
  readonly race?: number;
  /** Wall milliseconds of quiet before a race. */
  readonly settleMs?: number;
  /** Where a timer's error goes; by default it is thrown where nothing catches it. */
  readonly onError?: (error: unknown) => void;
}

interface Timer {
  readonly at: Instant;
  readonly order: number;
  readonly callback: () => void | Promise<void>;
}

export function createClock(options: ClockOptions): WorldClock {
  const shared = sharedClock();
  const now = clockReader(shared);
  const timers: Timer[] = [];
  const onError = options.onError ?? throwLater;
  const settleMs = options.settleMs ?? SETTLE_MS;
  let line: ClockLine = { base: options.start, since: wallNow(), rate: 1, limit: Number.POSITIVE_INFINITY };
  let race = factorOf(options.race ?? 60);
  let inFlight = 0;
  let order = 0;
  let quietSince = wallNow();
  let alarm: NodeJS.Timeout | undefined;
  /** Held or stopped. */
  let still = options.held ?? false;
  if (still) line = { ...line, rate: 0 };
  writeLine(shared, line);

  /** Milliseconds of quiet that are left until a race may begin; infinite while nothing would race. */
  function untilRace(wall: number): number {
    const mayRace = inFlight === 0 && timers.length > 0 && race > 1;
    return mayRace ? Math.max(0, settleMs - (wall - quietSince)) : Number.POSITIVE_INFINITY;
  }

  /** Draws a new line from the present instant on and sets the alarm for what comes next. */
  function redraw(): void {
    if (still) return;
    clearTimeout(alarm);
    const wall = wallNow();
    const base = instantOn(line, wall);
    const next = timers[0]?.at ?? Number.POSITIVE_INFINITY;
    const unsettled = untilRace(wall);
    line =
      unsettled === 0
        ? { base, since: wall, rate: race, limit: Math.max(next, base) }
        : { base, since: wall, rate: 1, limit: Number.POSITIVE_INFINITY };
    writeLine(shared, line);
    if (timers.length === 0) return;
    const untilTimer = Math.max(0, next - base) / line.rate;
    const delay = Math.min(untilTimer, unsettled || untilTimer, LONGEST_TIMEOUT_MS);
    alarm = setTimeout(ring, Math.ceil(delay));
  }

  function ring(): void {
    const due = now();
    for (let next = timers[0]; next !== undefined && next.at <= due && !still; next = timers[0]) {
      timers.shift();
      fire(next);
    }
    redraw();
  }

  function fire(timer: Timer): void {
    try {
      const work = timer.callback();
      if (work instanceof Promise) during(() => work).catch(onError);
    } catch (error) {
      onError(error);
    }
  }

  async function during<T>(work: () => Promise<T>): Promise<T> {
    inFlight += 1;
    if (inFlight === 1) redraw();
    try {
      return await work();
    } finally {
      inFlight -= 1;
      if (inFlight === 0) {
        quietSince = wallNow();
        redraw();
      }
    }
  }

  function at(instant: Instant, callback: Timer["callback"]): () => void {
    if (Number.isNaN(instant)) throw new RangeError("A timer needs an instant");
    if (instant === Number.POSITIVE_INFINITY) return () => {};
    order += 1;
    // The clock is read in whole milliseconds: it would stand before a fraction of one for ever.
    const timer = { at: Math.ceil(instant), order, callback };
    timers.splice(placeOf(timers, timer), 0, timer);
    if (timers[0] === timer) redraw();
    return () => {
      const index = timers.indexOf(timer);
      if (index < 0) return;
      timers.splice(index, 1);
      if (index === 0) redraw();
    };
  }

  return {
    shared,
    now,
    at,
    during,
    wait: (ms) =>
      new Promise((resolve) => {
        at(now() + ms, () => {
          resolve();
          return turnOfTheWaiting();
        });
      }),
    setRace(factor) {
      race = factorOf(factor);
      redraw();
    },
    release() {
      still = false;
      quietSince = wallNow();
      redraw();
    },
    leap(ms) {
      if (!(ms >= 0)) throw new RangeError("The clock never runs backwards");
      const wall = wallNow();
      line = { ...line, base: instantOn(line, wall) + ms, since: wall, limit: Number.POSITIVE_INFINITY };
      redraw();
    },
    stop() {
      still = true;
      clearTimeout(alarm);
      timers.length = 0;
      const instant = now();
      writeLine(shared, { base: instant, since: wallNow(), rate: 0, limit: instant });
    },
  };
}

/** Timers are kept in the order in which they fire: by instant, then as they were set. */
function placeOf(timers: readonly Timer[], timer: Timer): number {
  let low = 0;
  let high = timers.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = timers[middle];
    if (other && (other.at < timer.at || (other.at === timer.at && other.order < timer.order))) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Holds the clock until whoever waited has run on: a race that is already on would take it to the next timer before. */
function turnOfTheWaiting(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

function factorOf(factor: number): number {
  if (!(factor >= 1 && Number.isFinite(factor)))
    throw new RangeError(`The clock cannot race at ${factor} times the wall`);
  return factor;
}

function throwLater(error: unknown): void {
  setImmediate(() => {
    throw error;
  });
}
