/**
 * Lossless merging of CIDR lists beside the Debian tools `iprange` and `aggregate`, which know IPv4 only, and PyPI's
 * `aggregate6`, on the same list in the same run. Parsing and printing count, as they do for the tools. A tool that is
 * not installed is said so.
 */
import { spawnSync } from "node:child_process";

import { mergeLines } from "../functions/domain/cidr.ts";
import type { Section } from "./section.ts";

export interface MergeTiming {
  readonly list: string;
  readonly prefixes: number;
  readonly merged: number;
  readonly milliseconds: number;
  /** Tool → its time, and whether it came to the same lines; null where it is not installed. */
  readonly tools: Readonly<Record<string, PeerTiming | null>>;
}
interface PeerTiming {
  readonly milliseconds: number;
  /** Of them, what the process takes for a list of one. */
  readonly start: number;
  readonly equal: boolean;
}

export function measureMerge(): MergeTiming[] {
  const v4 = aList(
    120_000,
    (n) => `${20 + (n % 40)}.${hash(n) & 255}.${(hash(n) >>> 8) & 255}.${hash(n + 7) & 255}/32`,
  );
  const blocks = aList(120_000, (n) => `${20 + (n >>> 16)}.${(n >>> 8) & 255}.${n & 255}.0/24`);
  const v6 = aList(
    70_000,
    (n) => `2001:${(n % 500).toString(16)}:${(hash(n) & 0xffff).toString(16)}:${(n & 0xff).toString(16)}::/64`,
  );
  const iprange = { iprange: ["iprange", "-"] };
  // Its time grows with the square of the list: one set's worth is what it can be asked.
  const both = { ...iprange, aggregate: ["aggregate", "-q"] };
  return [
    timed("IPv4, one full set of scattered addresses", v4.slice(0, 10_000), both),
    timed("IPv4, scattered addresses", v4, iprange),
    timed("IPv4, adjacent /24", blocks, iprange),
    timed("IPv6, /64", v6, { aggregate6: ["aggregate6"] }),
  ];
}

function timed(list: string, lines: readonly string[], tools: Record<string, readonly string[]>): MergeTiming {
  const text = lines.join("\n");
  let ours = "";
  const milliseconds = fastest(() => {
    ours = mergeLines(text).trimEnd();
  });
  const beside = Object.entries(tools).map(([name, command]) => [name, timeTool(command, text, ours)] as const);
  return {
    ...{ list, prefixes: lines.length, merged: ours.split("\n").length, milliseconds },
    tools: Object.fromEntries(beside),
  };
}

function timeTool(command: readonly string[], input: string, ours: string): PeerTiming | null {
  const run = runTool(command, input);
  if (run.missing) return null;
  const lines = run.output
    .trim()
    .split("\n")
    .map((line) => (line.includes("/") ? line.trim() : `${line.trim()}/32`));
  const { milliseconds: start } = runTool(command, input.slice(0, input.indexOf("\n") + 1));
  return { milliseconds: run.milliseconds, start, equal: lines.join("\n") === ours };
}

function runTool([command = "", ...options]: readonly string[], input: string) {
  let output = "";
  let missing = false;
  const milliseconds = fastest(() => {
    const end = spawnSync(command, options, { input, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
    missing = end.error !== undefined;
    output = end.stdout ?? "";
  });
  return { output, missing, milliseconds };
}

/** The best of three rounds, or of all that fit into a second: what else the machine does only ever adds. */
function fastest(work: () => void): number {
  let best = Number.POSITIVE_INFINITY;
  let total = 0;
  for (let round = 0; round < 3 || total < 1_000; round += 1) {
    const start = performance.now();
    work();
    const milliseconds = performance.now() - start;
    best = Math.min(best, milliseconds);
    total += milliseconds;
  }
  return best;
}

function aList(count: number, line: (n: number) => string): string[] {
  return Array.from({ length: count }, (_, n) => line(n));
}

/** Scatters, the same each time. */
function hash(n: number): number {
  let value = Math.imul(n ^ 0x9e3779b9, 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}

/** The section of docs/benchmarks.md. */
export function benchMerge(): Section {
  const pairs = measureMerge().flatMap((timing) =>
    Object.entries(timing.tools).map(([tool, peer]) => ({ timing, tool, peer })),
  );
  const text = [
    "Milliseconds to merge a list of prefixes losslessly, parsing and printing included, beside other tools on the same list in the same run; the best",
    "of a second's rounds. The start of a process is part of the tools' times and not of ours. What is not installed has no figures.",
    "",
    "| list | prefixes | merged | ours | peer | its time | of it its start | ratio | same lines |",
    "|---|---:|---:|---:|---|---:|---:|---:|---|",
    ...pairs.map(({ timing, tool, peer }) => row(timing, tool, peer)),
  ].join("\n");
  const figures = pairs.flatMap(({ timing: { list, milliseconds }, tool, peer }) =>
    peer ? [{ what: list, beside: tool, ratio: milliseconds / peer.milliseconds, aim: 1 }] : [],
  );
  return { text, figures };
}

function row({ list, prefixes, merged, milliseconds }: MergeTiming, tool: string, peer: PeerTiming | null): string {
  const ratio = peer ? (milliseconds / peer.milliseconds).toPrecision(2) : "–";
  const times = [peer?.milliseconds, peer?.start].map((time) => time?.toFixed(0) ?? "–");
  const beside = [...times, ratio, peer ? (peer.equal ? "yes" : "no") : "–"];
  return `| ${[list, prefixes, merged, milliseconds.toFixed(0), tool, ...beside].join(" | ")} |`;
}
