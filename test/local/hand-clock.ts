import type { Instant } from "../../functions/domain/instant.ts";
import type { Clock } from "../../local/ports.ts";

export interface HandClock extends Clock {
  /** Goes on by `ms`, firing the timers in between in order; each has all work in flight behind it. */
  pass(ms: number): Promise<void>;
}

/** A clock that a test moves by hand. */
export function handClock(start: Instant): HandClock {
  let now = start;
  let timers: { at: Instant; callback: () => void | Promise<void> }[] = [];
  const inFlight = new Set<Promise<unknown>>();
  const next = (end: Instant) => timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];

  async function settle(): Promise<void> {
    // What handles an end of work runs a few turns after it.
    do {
      await Promise.allSettled(inFlight);
      await new Promise((resolve) => setImmediate(resolve));
    } while (inFlight.size > 0);
  }

  return {
    now: () => now,
    at(at, callback) {
      const timer = { at, callback };
      timers.push(timer);
      return () => {
        timers = timers.filter((each) => each !== timer);
      };
    },
    during(work) {
      const running = work();
      const forget = () => void inFlight.delete(running);
      inFlight.add(running);
      running.then(forget, forget);
      return running;
    },
    async pass(ms) {
      const end = now + ms;
      await settle();
      for (let timer = next(end); timer; timer = next(end)) {
        const due = timer;
        timers = timers.filter((each) => each !== due);
        now = Math.max(now, due.at);
        await due.callback();
        await settle();
      }
      now = end;
    },
  };
}
