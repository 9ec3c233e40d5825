/**
 * `npm run fuzz -- --minutes N [--seed S]`: hostile requests to the edge handler until the time is up, with the
 * generators and rules of test/edge/hostile.test.ts. A seed makes the same requests again. Ends with 1 if a rule broke.
 */
import { parseArgs } from "node:util";
import fc from "fast-check";

import { hostileCase } from "../test/edge/hostile/calls.ts";
import { startHostileRun } from "../test/edge/hostile/run.ts";

/** About a second's worth: a batch that has begun is finished. */
const BATCH = 1_000;
const REPORT_SECONDS = 30;

const { values } = parseArgs({ options: { minutes: { type: "string", default: "1" }, seed: { type: "string" } } });
const minutes = Number(values.minutes);
const seed = values.seed === undefined ? Date.now() % 2 ** 31 : Number(values.seed);
if (!(minutes > 0) || !Number.isInteger(seed)) throw new Error("Usage: npm run fuzz -- --minutes N [--seed S]");

const ends = new Map<string, number>();
const total = () => [...ends.values()].reduce((sum, count) => sum + count, 0);
const started = Date.now();
const elapsed = () => Date.now() - started;

const hostile = await startHostileRun();
const property = fc.asyncProperty(hostileCase, async (each) => {
  const end = await hostile.run(each);
  ends.set(end, (ends.get(end) ?? 0) + 1);
});

/** Batch after batch, each with the next seed. The report of the batch that failed, or null when the time is up. */
async function fuzz(): Promise<string | null> {
  let reported = 0;
  for (let batch = 0; elapsed() < minutes * 60_000; batch++) {
    const details = await fc.check(property, { seed: seed + batch, numRuns: BATCH });
    if (details.failed) return fc.defaultReportMessage(details) ?? "failed";
    if (elapsed() - reported < REPORT_SECONDS * 1000) continue;
    reported = elapsed();
    console.log(`${Math.round(reported / 1000)} s: ${total()} requests`);
  }
  return null;
}

console.log(`seed ${seed}, ${minutes} min`);
const failure = await fuzz();
await hostile.stop();
console.log(`${total()} requests in ${Math.round(elapsed() / 1000)} s, ${failure ? "a" : "no"} rule was broken`);
for (const [end, count] of [...ends].sort(([, one], [, other]) => other - one))
  console.log(`${String(count).padStart(9)}  ${end}`);
if (failure !== null) {
  console.error(failure);
  process.exitCode = 1;
}
