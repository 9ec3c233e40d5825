import { Worker } from "node:worker_threads";

import fc from "fast-check";

import { MINUTE, SECOND } from "../../functions/domain/instant.ts";
import { type ClockOptions, createClock, type WorldClock } from "../../local/clock.ts";
import { clockReader } from "../../local/clock-reader.ts";

const start = Date.UTC(2026, 10, 22, 10);
const clocks: WorldClock[] = [];
function aClock(options: Partial<ClockOptions> = {}): WorldClock {
  const clock = createClock({ start, race: 1000, ...options });
  clocks.push(clock);
  return clock;
}
afterEach(() => {
  for (const clock of clocks.splice(0)) clock.stop();
});
const wall = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test("minutes of waiting pass in a moment, and the timer sees its own instant", async () => {
  const clock = aClock({ race: 10_000 });
  const before = performance.now();
  await clock.wait(10 * MINUTE);
  expect(performance.now() - before).toBeLessThan(1000);
  expect(clock.now()).toBeGreaterThanOrEqual(start + 10 * MINUTE);
  expect(clock.now()).toBeLessThan(start + 10 * MINUTE + SECOND);
});

test("while anything is in flight the clock goes as fast as the wall", async () => {
  const clock = aClock();
  clock.at(start + 60 * MINUTE, () => {});
  await clock.during(async () => {
    const before = clock.now();
    await wall(100);
    expect(clock.now() - before).toBeGreaterThanOrEqual(90);
    expect(clock.now() - before).toBeLessThan(400);
  });
});

test("a timer's own promise counts as in flight", async () => {
  const clock = aClock();
  const seen = await new Promise<number>((resolve) => {
    clock.at(start + MINUTE, async () => {
      const before = clock.now();
      await wall(100);
      resolve(clock.now() - before);
    });
    clock.at(start + 60 * MINUTE, () => {});
  });
  expect(seen).toBeLessThan(400);
});

test("who has waited runs at the instant it waited for, however fast the clock races to the next timer", async () => {
  const clock = aClock({ race: 1e7, settleMs: 5 });
  clock.at(start + 30 * MINUTE, () => {});
  const late: number[] = [];
  for (let minute = 1; minute <= 5; minute += 1) {
    await clock.wait(start + minute * MINUTE - clock.now());
    late.push(clock.now() - start - minute * MINUTE);
  }
  expect(Math.max(...late)).toBeLessThan(SECOND);
});

test("a leap goes ahead at once: what was due in between fires late, and never twice", async () => {
  const clock = aClock({ race: 1 });
  const fired: number[] = [];
  clock.at(start + MINUTE, () => void fired.push(clock.now() - start));
  clock.leap(3 * MINUTE);
  clock.leap(0);
  await wall(50);
  expect(fired).toHaveLength(1);
  expect(fired[0]).toBeGreaterThanOrEqual(3 * MINUTE);
  expect(() => clock.leap(-1)).toThrow("never runs backwards");
});

test("timers fire in the order of their instants, equal ones as they were set", async () => {
  const clock = aClock();
  const fired: string[] = [];
  const note = (name: string) => () => void fired.push(`${name} ${Math.floor((clock.now() - start) / MINUTE)}`);
  clock.at(start + 3 * MINUTE, note("c"));
  clock.at(start + MINUTE, note("a"));
  clock.at(start + MINUTE, note("b"));
  await new Promise<void>((resolve) => clock.at(start + 4 * MINUTE, resolve));
  expect(fired).toEqual(["a 1", "b 1", "c 3"]);
});

test("a blocked event loop makes no timer late", async () => {
  const clock = aClock();
  const late = new Promise<number>((resolve) =>
    clock.at(start + 5 * MINUTE, () => resolve(clock.now() - (start + 5 * MINUTE))),
  );
  await wall(30);
  const until = performance.now() + 500;
  while (performance.now() < until);
  expect(clock.now()).toBeLessThanOrEqual(start + 5 * MINUTE);
  expect(await late).toBeLessThan(20);
});

test("a timer that was cancelled never fires", async () => {
  const clock = aClock();
  const fired = jest.fn();
  const cancel = clock.at(start + MINUTE, fired);
  cancel();
  cancel();
  await clock.wait(2 * MINUTE);
  expect(fired).not.toHaveBeenCalled();
});

test("a timer at no instant is refused, one at the end of time is nothing to race to", async () => {
  const clock = aClock();
  expect(() => clock.at(Number.NaN, () => {})).toThrow(RangeError);
  clock.at(Number.POSITIVE_INFINITY, () => {});
  await wall(50);
  expect(clock.now() - start).toBeLessThan(1000);
});

test("with factor 1 nothing races, and the factor changes while the clock runs", async () => {
  const clock = aClock({ race: 1 });
  const waited = clock.wait(MINUTE);
  await wall(60);
  expect(clock.now() - start).toBeLessThan(1000);
  clock.setRace(5000);
  await waited;
  expect(clock.now() - start).toBeGreaterThanOrEqual(MINUTE);
});

test("the clock never runs backwards, whatever starts and ends", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom("timer", "work", "race", "read"), { maxLength: 20 }), async (steps) => {
      const clock = createClock({ start, race: 500 });
      let latest = clock.now();
      const check = () => {
        expect(clock.now()).toBeGreaterThanOrEqual(latest);
        latest = clock.now();
      };
      for (const step of steps) {
        if (step === "timer") clock.at(clock.now() + SECOND, check);
        if (step === "work") await clock.during(async () => check());
        if (step === "race") clock.setRace(1 + (latest % 100));
        check();
        await new Promise(setImmediate);
      }
      clock.stop();
      check();
    }),
    { numRuns: 30 },
  );
});

test("another thread reads the same instant", async () => {
  const clock = aClock();
  clock.at(start + 1000 * MINUTE, () => {});
  await wall(50);
  const source = `
    const { parentPort, workerData } = require("node:worker_threads");
    parentPort.on("message", () => {
      const [, base, since, rate, limit] = new Float64Array(workerData);
      parentPort.postMessage(Math.min(limit, base + (Number(process.hrtime.bigint()) / 1e6 - since) * rate));
    });`;
  const worker = new Worker(source, { eval: true, workerData: clock.shared });
  const read = () => new Promise<number>((resolve) => worker.once("message", resolve).postMessage("read"));
  await clock.during(async () => {
    await read();
    const before = clock.now();
    const there = await read();
    expect(there).toBeGreaterThanOrEqual(before - 1);
    expect(there).toBeLessThanOrEqual(clock.now() + 1);
  });
  await worker.terminate();
});

test("a held clock stands still until it is released", async () => {
  const clock = aClock({ held: true });
  const waited = clock.wait(MINUTE);
  await clock.during(() => wall(60));
  expect(clock.now()).toBe(start);
  clock.release();
  await waited;
  expect(clock.now()).toBeGreaterThanOrEqual(start + MINUTE);
});

test("a stopped clock stands still and fires nothing", async () => {
  const clock = aClock();
  const fired = jest.fn();
  clock.at(start + MINUTE, fired);
  clock.stop();
  const stopped = clock.now();
  await wall(120);
  expect(clock.now()).toBe(stopped);
  expect(clockReader(clock.shared)()).toBe(stopped);
  expect(fired).not.toHaveBeenCalled();
});

test("an error in a timer is handed on and the next timer still fires", async () => {
  const errors: unknown[] = [];
  const clock = aClock({ onError: (error) => errors.push(error) });
  clock.at(start + SECOND, () => {
    throw new Error("sync");
  });
  clock.at(start + SECOND, async () => {
    throw new Error("async");
  });
  await clock.wait(MINUTE);
  expect(errors.map(String)).toEqual(["Error: sync", "Error: async"]);
});

test("a timer at a fraction of a millisecond fires too", async () => {
  const clock = aClock();
  await clock.wait(0.4 * SECOND + 0.3);
  expect(clock.now()).toBeGreaterThan(start + 0.4 * SECOND);
});
