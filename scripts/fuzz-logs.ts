/**
 * `npm run fuzz:logs -- --minutes N [--seed S]`: mutated log files of all kinds, those of the corpus included, until
 * the time is up, with the mutations and rules of test/cli/hostile-logs.test.ts. A seed makes the same files again.
 * Ends with 1 if a rule broke.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import fc from "fast-check";

import { openDuckDb } from "../local/duckdb.ts";
import { type HostileFile, hostileFiles, readingCheck } from "../test/cli/hostile-logs/check-reading.ts";
import { corpusSamples, generatedSamples, hasCorpus } from "../test/cli/hostile-logs/samples.ts";

const BATCH = 500;

const { values } = parseArgs({ options: { minutes: { type: "string", default: "1" }, seed: { type: "string" } } });
const minutes = Number(values.minutes);
const seed = values.seed === undefined ? Date.now() % 2 ** 31 : Number(values.seed);
if (!(minutes > 0) || !Number.isInteger(seed)) throw new Error("Usage: npm run fuzz:logs -- --minutes N [--seed S]");

const folder = mkdtempSync(join(tmpdir(), "portcullis-fuzz-"));
const db = await openDuckDb({ threads: 1 });
const samples = [await generatedSamples(), hasCorpus ? corpusSamples() : []];
const check = readingCheck(db.connection, join(folder, "log"));
const made = new Map<string, number>();
let last: HostileFile | undefined;
const property = fc.asyncProperty(hostileFiles(samples), async (file) => {
  last = file;
  await check(file);
  made.set(file.mutation.name, (made.get(file.mutation.name) ?? 0) + 1);
});

const started = Date.now();
const seconds = () => Math.round((Date.now() - started) / 1_000);
const total = () => [...made.values()].reduce((sum, count) => sum + count, 0);

/** Batch after batch, each with the next seed. What failed, or null when the time is up. */
async function fuzz(): Promise<string | null> {
  for (let batch = 0; seconds() < minutes * 60; batch += 1) {
    const { failed, errorInstance } = await fc.check(property, {
      seed: seed + batch,
      numRuns: BATCH,
      endOnFailure: true,
    });
    if (failed)
      return `seed ${seed + batch}, ${last?.sample.name}, ${last?.mutation.name}: ${
        errorInstance instanceof Error ? errorInstance.stack : errorInstance
      }`;
  }
  return null;
}

console.log(`seed ${seed}, ${minutes} min, ${samples.flat().length} files${hasCorpus ? "" : " (no corpus here)"}`);
const failure = await fuzz();
db.close();
rmSync(folder, { recursive: true, force: true });
const peak = Math.round(process.resourceUsage().maxRSS / 1024);
console.log(`${total()} files in ${seconds()} s, peak memory ${peak} MB, ${failure ? "a" : "no"} rule was broken`);
for (const [name, count] of [...made].sort(([, one], [, other]) => other - one))
  console.log(`${String(count).padStart(9)}  ${name}`);
if (failure !== null) {
  console.error(failure);
  process.exitCode = 1;
}
