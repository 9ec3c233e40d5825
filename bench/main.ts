/**
 * `npm run bench [NAME…] [-- --records 1m,10m]`: the benchmarks, each beside a peer or a limit taken in the same run, and their sections of
 * docs/benchmarks.md written anew. Nothing here gates a test.
 */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { glanceRows, glanceTable } from "./glance.ts";
import type { Section } from "./section.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { records: { type: "string", default: "1m" } },
});

/** Each is loaded when its turn comes: a heap that others have filled slows what allocates. */
const sections = new Map<string, () => Promise<Section>>([
  ["edge", async () => (await import("./edge.ts")).benchEdge()],
  ["cold-start", async () => (await import("./cold-start.ts")).benchColdStart()],
  ["merge", async () => (await import("./merge.ts")).benchMerge()],
  ["reconcile", async () => (await import("./reconcile.ts")).benchReconcile()],
  ["start-up", async () => (await import("./start-up.ts")).benchStartUp()],
  ["latency", async () => (await import("./latency.ts")).benchLatency()],
  ["report", async () => (await import("./report.ts")).benchReport()],
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

/** The page as it was committed last: what today's figures are held against. */
function committedPage(): string {
  const { status, stdout } = spawnSync("git", ["show", "HEAD:docs/benchmarks.md"], { encoding: "utf8" });
  return status === 0 ? stdout : "";
}

async function main(wanted: readonly string[]): Promise<void> {
  const committed = glanceRows(committedPage());
  const unknown = wanted.find((name) => !sections.has(name));
  if (unknown) throw new Error(`There is no benchmark ${unknown}; there are ${[...sections.keys()].join(", ")}`);
  for (const [name, run] of sections) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    const where = `Node ${process.versions.node}, ${cpus().length} cores.`;
    const { text, figures } = await run();
    console.log(`# ${name}\n\n${text}\n`);
    const now = replaceSection(readFileSync(page, "utf8"), name, `${text}\n\n${where}`);
    const glance = glanceTable(
      [...glanceRows(now).filter((row) => row.name !== name), ...figures.map((figure) => ({ name, ...figure }))],
      committed,
    );
    writeFileSync(page, replaceSection(now, "glance", glance));
  }
  console.log(`# At a glance\n\n${glanceTable(glanceRows(readFileSync(page, "utf8")), committed)}`);
}

await main(positionals);
