/**
 * `npm run bench [NAME…] [-- --records 1m,10m]`: the benchmarks, each beside a peer or a limit taken in the same run, and their sections of
 * docs/benchmarks.md written anew. Nothing here gates a test.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { records: { type: "string", default: "1m" } },
});

/** Each is loaded when its turn comes: a heap that others have filled slows what allocates. */
const sections = new Map<string, () => Promise<string>>([
  ["edge", async () => (await import("./edge.ts")).benchEdge()],
  ["cold-start", async () => (await import("./cold-start.ts")).benchColdStart()],
  ["merge", async () => (await import("./merge.ts")).benchMerge()],
  ["detect", async () => (await import("./detect.ts")).benchDetect(values.records.split(",").map(countOf))],
]);

const page = join(import.meta.dirname, "../docs/benchmarks.md");

/** Between the two marks of a section stands what its benchmark printed last. */
function replaceSection(text: string, name: string, section: string): string {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`${page} has no section ${name}: it needs ${begin} and ${end}`);
  return `${text.slice(0, from + begin.length)}\n${section}\n${text.slice(to)}`;
}

/** `250000`, `250k`, `10m`. */
function countOf(text: string): number {
  const [, digits, unit = ""] = /^([1-9]\d*)([km]?)$/.exec(text) ?? [];
  if (digits === undefined) throw new Error(`--records ${text}: give a number such as 250000, 250k or 10m`);
  return Number(digits) * ({ k: 1_000, m: 1_000_000 }[unit] ?? 1);
}

async function main(wanted: readonly string[]): Promise<void> {
  const unknown = wanted.find((name) => !sections.has(name));
  if (unknown) throw new Error(`There is no benchmark ${unknown}; there are ${[...sections.keys()].join(", ")}`);
  for (const [name, run] of sections) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    const where = `Node ${process.versions.node}, ${cpus().length} cores.`;
    const section = `${await run()}\n\n${where}`;
    console.log(`# ${name}\n\n${section}\n`);
    writeFileSync(page, replaceSection(readFileSync(page, "utf8"), name, section));
  }
}

await main(positionals);
