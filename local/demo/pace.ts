import type { Clock } from "../ports.ts";

/** Measures how many seconds of the demo's clock pass in one second of the wall, over the last second or two. */
export function measurePace(clock: Clock, wall: () => number): () => number {
  let [before, now] = [sample(clock, wall), sample(clock, wall)];
  return () => {
    const latest = sample(clock, wall);
    if (latest.wall - now.wall > 1000) [before, now] = [now, latest];
    const passed = latest.wall - before.wall;
    return passed > 0 ? (latest.clock - before.clock) / passed : 1;
  };
}

function sample(clock: Clock, wall: () => number): { readonly clock: number; readonly wall: number } {
  return { clock: clock.now(), wall: wall() };
}
