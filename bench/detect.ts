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
export function benchDetect(asked: readonly number[]): Section {
  const counts = asked.some((count) => count <= MILLION) ? asked : [MILLION, ...asked];
  const benches = counts.map((records, index) => benchOf(records, index === 0));
  const growths = benches.slice(1).map((bench) => growthOf(benches[0] ?? bench, bench));
  const sections = [...benches.map(({ section }) => section), ...growths];
  return { text: sections.map(({ text }) => text).join("\n\n"), figures: sections.flatMap(({ figures }) => figures) };
}

/** What more calls cost is told beside the cost of so many, which are measured unless fewer are. */
const MILLION = 1_000_000;

const legend = [
  "lines before they are gzipped. *Bare* reads the same columns of the same files and does nothing with them; *untold* is the",
  "same where DuckDB is not told that each record is an object. *Floor* counts each request once, by source.",
];

interface Bench {
  readonly records: number;
  readonly section: Section;
  readonly timed: readonly Timed[];
}

/** Peers are measured once, with the fewest calls. */
function benchOf(records: number, withPeers: boolean): Bench {
  const folder = mkdtempSync(join(tmpdir(), "portcullis-bench-"));
  try {
    const bytes = writeDetectLogs(folder, records);
    const timed: Timed[] = [
      {
        ...{ log: "WAF and CloudTrail", ...timeAll(folder, "", records) },
        ...(withPeers ? { untold: measure(folder, "untold-count", records) } : {}),
      },
      {
        ...{ log: "CloudFront", ...timeAll(folder, "cloudfront-", records) },
        ...(withPeers ? { goAccess: measureGoAccess(folder) } : {}),
      },
    ];
    const text = [
      `${records.toLocaleString("en")} calls: ${megabytes(bytes.waf)} MB of WAF records, ${megabytes(bytes.trail)} MB of CloudTrail and ${megabytes(bytes.cloudfront)} MB of CloudFront's`,
      ...(withPeers ? legend : ["lines before they are gzipped."]),
      "",
      "| what | seconds | CPU seconds | start | peak MB |",
      "|---|---:|---:|---:|---:|",
      ...timed.flatMap(timesOf),
      "",
      "| evidence | beside | ratio | with start | of CPU |",
      "|---|---|---:|---:|---:|",
      ...timed.flatMap(ratiosOf),
    ].join("\n");
    return { records, timed, section: { text, figures: timed.flatMap((each) => figuresOf(records, each)) } };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

interface Timed extends Readonly<Record<"evidence" | "floor" | "bare", Measurement>> {
  readonly log: string;
  readonly untold?: Measurement;
  readonly goAccess?: Measurement | null;
}

const timeAll = (folder: string, log: "" | "cloudfront-", records: number) => ({
  evidence: measure(folder, `${log}evidence`, records),
  floor: measure(folder, `${log}floor`, records),
  bare: measure(folder, `${log}count`, records),
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

/** Processor time of more calls in parts of that of fewer: by the clock it would tell what else the machine did. */
function growthOf(fewer: Bench, more: Bench): Section {
  const [from, to] = [fewer.records, more.records].map((count) => count.toLocaleString("en"));
  const growths = more.timed.flatMap((timed, index) => {
    const before = fewer.timed[index];
    return before ? [{ timed, before, ...growthsOf(before, timed) }] : [];
  });
  const figuresOfLog = ({ timed: { log, evidence: ours }, evidence, bare }: (typeof growths)[number]): Figure[] => [
    { what: `growth from ${from} to ${to} calls, ${log}`, beside: "the bare count's", ratio: evidence / bare, aim: 1 },
    { what: `peak memory of ${to} calls, ${log}`, beside: "4 GB", ratio: (ours.megabytes ?? 0) / 4096, aim: 1 },
  ];
  const text = [
    `| log | CPU seconds of ${from} calls | of ${to} | times | of the floor | of the bare count |`,
    "|---|---:|---:|---:|---:|---:|",
    ...growths.map(({ timed, before, evidence, floor, bare }) =>
      row(
        timed.log,
        ...[before, timed].map((each) => each.evidence.cpuSeconds.toFixed(1)),
        ...[evidence, floor, bare].map((growth) => growth.toFixed(1)),
      ),
    ),
  ].join("\n");
  return { text, figures: growths.flatMap(figuresOfLog) };
}

function growthsOf(fewer: Timed, more: Timed): Readonly<Record<"evidence" | "floor" | "bare", number>> {
  const growth = (what: "evidence" | "floor" | "bare") => more[what].cpuSeconds / fewer[what].cpuSeconds;
  return { evidence: growth("evidence"), floor: growth("floor"), bare: growth("bare") };
}

const row = (...cells: readonly string[]) => `| ${cells.join(" | ")} |`;

/** The measuring process's last line is its result. */
function measure(folder: string, what: Measured, records: number): Measurement {
  const script = join(import.meta.dirname, "detect-measure.ts");
  const end = spawnSync(process.execPath, [...process.execArgv, script, folder, what, String(records)], {
    encoding: "utf8",
  });
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
