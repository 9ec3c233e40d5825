/** Time that passes only while everything waits for it: a handler's pauses and an SDK's back-off cost no wall time. */
import type { Clock } from "../../../local/ports.ts";

/** Turns of the event loop without a call on the wire, after which whatever still runs must be waiting for a timer. */
const QUIET_TURNS = 6;

export const fakeClock: Clock = {
  now: () => Date.now(),
  during: (work) => work(),
  at(at, callback) {
    const timer = setTimeout(() => void callback(), Math.max(0, at - Date.now()));
    return () => clearTimeout(timer);
  },
};

export function fakeTime(start: number): void {
  jest.useFakeTimers({
    now: start,
    doNotFake: ["nextTick", "setImmediate", "clearImmediate", "queueMicrotask", "performance", "hrtime"],
  });
}

/** Runs `work` to its end; goes to the next timer whenever nothing is on the wire. */
export async function drive<T>(isBusy: () => boolean, work: () => Promise<T>): Promise<T> {
  let over = false;
  const end = work().finally(() => {
    over = true;
  });
  end.catch(() => {});
  for (let quiet = 0; !over; quiet = isBusy() ? 0 : quiet + 1) {
    await new Promise((resolve) => setImmediate(resolve));
    if (quiet < QUIET_TURNS) continue;
    jest.advanceTimersToNextTimer();
    quiet = 0;
  }
  return end;
}

/** Lets the timers that are set now go off, and what they begin come to rest. */
export async function rest(): Promise<void> {
  jest.runOnlyPendingTimers();
  for (let turn = 0; turn < QUIET_TURNS; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
