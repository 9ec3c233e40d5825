/**
 * The evidence query over log files as AWS delivers them, beside DuckDB counting the same columns, and beside GoAccess
 * on the same requests. Each measurement has a process of its own, so that its peak memory is its own.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { writeDetectLogs } from "./detect-logs.ts";
import type { Measured, Measurement } from "./detect-measure.ts";
import type { Figure, Section } from "./section.ts";

/** The section of docs/benchmarks.md: for each number, that many WAF records with their CloudTrail partners, and as many of CloudFront. */
export function benchDetect(counts: readonly number[]): Section {
  const sections = counts.map(benchOf);
  return { text: sections.map(({ text }) => text).join("\n\n"), figures: sections.flatMap(({ figures }) => figures) };
}

function benchOf(records: number): Section {
  const folder = mkdtempSync(join(tmpdir(), "portcullis-bench-"));
  try {
    const bytes = writeDetectLogs(folder, records);
    const timed = [
      { log: "WAF and CloudTrail", ...timeAll(folder, ""), untold: measure(folder, "untold-count") },
      { log: "CloudFront", ...timeAll(folder, "cloudfront-"), goAccess: measureGoAccess(folder) },
    ];
    const text = [
      `${records.toLocaleString("en")} calls: ${megabytes(bytes.waf)} MB of WAF records, ${megabytes(bytes.trail)} MB of CloudTrail and ${megabytes(bytes.cloudfront)} MB of CloudFront's`,
      "lines before they are gzipped. *Bare* reads the same columns of the same files and does nothing with them; *untold* is the",
      "same where DuckDB is not told that each record is an object. *Floor* counts each request once, by source.",
      "",
      "| what | seconds | CPU seconds | start | peak MB |",
      "|---|---:|---:|---:|---:|",
      ...timed.flatMap(timesOf),
      "",
      "| evidence | beside | ratio | with start | of CPU |",
      "|---|---|---:|---:|---:|",
      ...timed.flatMap(ratiosOf),
    ].join("\n");
    return { text, figures: timed.flatMap((each) => figuresOf(records, each)) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

interface Timed extends Readonly<Record<"evidence" | "floor" | "bare", Measurement>> {
  readonly log: string;
  readonly untold?: Measurement;
  readonly goAccess?: Measurement | null;
}

const timeAll = (folder: string, log: "" | "cloudfront-") => ({
  evidence: measure(folder, `${log}evidence`),
  floor: measure(folder, `${log}floor`),
  bare: measure(folder, `${log}count`),
});

/** What is measured, by the name it has on the page. */
function namesOf({ evidence, floor, bare, untold, goAccess }: Timed): Readonly<Record<string, Measurement>> {
  return { evidence, floor, bare, ...(untold ? { untold } : {}), ...(goAccess ? { GoAccess: goAccess } : {}) };
}

function timesOf(timed: Timed): string[] {
  return Object.entries(namesOf(timed)).map(([name, { seconds, cpuSeconds, startSeconds, megabytes: peak }]) =>
    row(
      `${timed.log}: ${name}`,
      ...[seconds, cpuSeconds, startSeconds].map((time) => time.toFixed(1)),
      peak?.toFixed(0) ?? "–",
    ),
  );
}

function ratiosOf(timed: Timed): string[] {
  const { evidence: ours, ...others } = namesOf(timed);
  return Object.entries(others).map(([name, theirs]) => {
    const ratio = (of: (measurement: Measurement) => number) => (ours ? of(ours) / of(theirs) : 0).toFixed(2);
    const whole = ({ seconds, startSeconds }: Measurement) => seconds + startSeconds;
    return row(
      timed.log,
      name,
      ratio(({ seconds }) => seconds),
      ratio(whole),
      ratio(({ cpuSeconds }) => cpuSeconds),
    );
  });
}

const aims: Readonly<Record<string, number>> = { bare: 2, GoAccess: 1 / 20 };

function figuresOf(records: number, timed: Timed): Figure[] {
  const { evidence: ours, ...others } = namesOf(timed);
  return Object.entries(others).flatMap(([beside, theirs]) => {
    const aim = aims[beside];
    const what = `evidence of ${records.toLocaleString("en")} calls, ${timed.log}`;
    return ours && aim !== undefined ? [{ what, beside, ratio: ours.seconds / theirs.seconds, aim }] : [];
  });
}

const row = (...cells: readonly string[]) => `| ${cells.join(" | ")} |`;

/** The measuring process's last line is its result. */
function measure(folder: string, what: Measured): Measurement {
  const script = join(import.meta.dirname, "detect-measure.ts");
  const end = spawnSync(process.execPath, [...process.execArgv, script, folder, what], { encoding: "utf8" });
  if (end.status !== 0) throw new Error(`The measurement ${what} failed: ${end.stderr.slice(-2_000)}`);
  return JSON.parse(end.stdout.trim().split("\n").at(-1) ?? "");
}

/** Null where it is not installed. The shell tells what its children used; what it starts with is in its seconds. */
function measureGoAccess(folder: string): Measurement | null {
  const output = join(folder, "goaccess.json");
  const command = `zcat cloudfront/*.gz | goaccess --log-format=CLOUDFRONT --no-progress -o "${output}" - && times`;
  if (spawnSync("goaccess", ["--version"]).error) return null;
  const start = performance.now();
  const end = spawnSync("sh", ["-c", command], { cwd: folder, encoding: "utf8" });
  if (end.status !== 0) throw new Error(`GoAccess failed: ${end.stderr.slice(-2_000)}`);
  const seconds = (performance.now() - start) / 1000;
  const used = [...(end.stdout.trim().split("\n").at(-1) ?? "").matchAll(/(\d+)m([\d.]+)s/g)];
  const cpuSeconds = used.reduce((sum, [, minutes, rest]) => sum + Number(minutes) * 60 + Number(rest), 0);
  return { seconds, cpuSeconds, startSeconds: 0, megabytes: null, rows: 0 };
}

const megabytes = (bytes: number) => Math.round(bytes / 1e6).toLocaleString("en");
