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

/** The section of docs/benchmarks.md. `records` WAF records with their CloudTrail partners, and as many of CloudFront. */
export function benchDetect(records: number): string {
  const folder = mkdtempSync(join(tmpdir(), "portcullis-bench-"));
  try {
    const bytes = writeDetectLogs(folder, records);
    const [count, evidence] = [measure(folder, "count"), measure(folder, "evidence")];
    const [lines, requests] = [measure(folder, "cloudfront-count"), measure(folder, "cloudfront")];
    const peer = measureGoAccess(folder);
    return [
      `${records.toLocaleString("en")} calls: ${megabytes(bytes.waf)} MB of WAF records, ${megabytes(bytes.trail)} MB of CloudTrail and ${megabytes(bytes.cloudfront)} MB of CloudFront's`,
      "lines before they are gzipped. A bare count reads the same columns of the same files and does nothing with them.",
      "",
      "| what | seconds | beside | its seconds | ratio | peak MB |",
      "|---|---:|---|---:|---:|---:|",
      row("WAF and CloudTrail", evidence, "a bare count", count.seconds),
      row("CloudFront", requests, "a bare count", lines.seconds),
      row("CloudFront", requests, peer === null ? "GoAccess, not installed here" : "GoAccess", peer),
    ].join("\n");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The measuring process's last line is its result. */
function measure(folder: string, what: Measured): Measurement {
  const script = join(import.meta.dirname, "detect-measure.ts");
  const end = spawnSync(process.execPath, [...process.execArgv, script, folder, what], { encoding: "utf8" });
  if (end.status !== 0) throw new Error(`The measurement ${what} failed: ${end.stderr.slice(-2_000)}`);
  return JSON.parse(end.stdout.trim().split("\n").at(-1) ?? "");
}

/** Null where it is not installed. */
function measureGoAccess(folder: string): number | null {
  const output = join(folder, "goaccess.json");
  const command = `zcat cloudfront/*.gz | goaccess --log-format=CLOUDFRONT --no-progress -o "${output}" -`;
  if (spawnSync("goaccess", ["--version"]).error) return null;
  const start = performance.now();
  const end = spawnSync("sh", ["-c", command], { cwd: folder, encoding: "utf8" });
  if (end.status !== 0) throw new Error(`GoAccess failed: ${end.stderr.slice(-2_000)}`);
  return (performance.now() - start) / 1000;
}

function row(what: string, { seconds, megabytes: peak }: Measurement, peer: string, beside: number | null): string {
  const ratio = beside === null ? "–" : (seconds / beside).toFixed(2);
  return `| ${[what, seconds.toFixed(1), peer, beside?.toFixed(1) ?? "–", ratio, peak.toFixed(0)].join(" | ")} |`;
}

const megabytes = (bytes: number) => Math.round(bytes / 1e6).toLocaleString("en");
