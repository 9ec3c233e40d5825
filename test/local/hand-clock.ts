import type { Instant } from "../../functions/domain/instant.ts";
import type { Clock } from "../../local/ports.ts";

export interface HandClock extends Clock {
  /** Goes on by `ms`, firing the timers in between in order, each at its own instant and one after the other. */
  pass(ms: number): Promise<void>;
}

/** A clock that a test moves by hand. */
export function handClock(start: Instant): HandClock {
  let now = start;
  let timers: { at: Instant; callback: () => void | Promise<void> }[] = [];
  const next = (end: Instant) => timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
  return {
    now: () => now,
    at(at, callback) {
      const timer = { at, callback };
      timers.push(timer);
      return () => {
        timers = timers.filter((each) => each !== timer);
      };
    },
    during: (work) => work(),
    async pass(ms) {
      const end = now + ms;
      for (let timer = next(end); timer; timer = next(end)) {
        const due = timer;
        timers = timers.filter((each) => each !== due);
        now = Math.max(now, due.at);
        await due.callback();
      }
      now = end;
    },
  };
}
