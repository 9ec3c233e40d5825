import type { Clock } from "../ports.ts";

/** Keeps the clock at wall speed while an execution does something, also between two states. */
export interface InFlight {
  /** A task begins; the returned function ends it. */
  begin(): () => void;
  /** What a task does from here on is waiting for the clock or for people; the returned function ends the wait. */
  beginWait(): () => void;
  end(): void;
}

export function createInFlight(clock: Pick<Clock, "during">): InFlight {
  let working = 0;
  let waiting = 0;
  let ended = false;
  let release: (() => void) | null = null;

  function settle(): void {
    const busy = !ended && (working > waiting || waiting === 0);
    if (busy && release === null) {
      void clock.during(
        () =>
          new Promise<void>((resolve) => {
            release = resolve;
          }),
      );
    } else if (!busy && release !== null) {
      release();
      release = null;
    }
  }

  function once(change: (by: 1 | -1) => void): () => void {
    let open = true;
    change(1);
    settle();
    return () => {
      if (!open) return;
      open = false;
      change(-1);
      settle();
    };
  }

  settle();
  return {
    begin: () =>
      once((by) => {
        working += by;
      }),
    beginWait: () =>
      once((by) => {
        waiting += by;
      }),
    end() {
      ended = true;
      settle();
    },
  };
}
