import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type Call, jsonLines, logsOf, trailFile, tsvFile } from "./traffic.ts";

/** A folder of log files that is gone after the test. */
export function logFolder() {
  const folder = mkdtempSync(join(tmpdir(), "portcullis-logs-"));
  return {
    write(name: string, content: string | Buffer): string {
      const path = join(folder, name);
      writeFileSync(path, content);
      return path;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
export type LogFolder = ReturnType<typeof logFolder>;

/** Writes the calls as files of the kinds wanted and returns the options of `analyze` for them. */
export function writeLogs(
  folder: LogFolder,
  calls: readonly Call[],
  kinds: readonly ("edge" | "pool" | "trail" | "cloudfront")[] = ["edge", "pool", "trail"],
) {
  const logs = logsOf(calls);
  const waf = [
    ...(kinds.includes("edge") ? [folder.write("edge.log", jsonLines(logs.edge))] : []),
    ...(kinds.includes("pool") ? [folder.write("pool.log", jsonLines(logs.pool))] : []),
  ];
  return {
    ...(waf.length > 0 ? { waf } : {}),
    ...(kinds.includes("trail") ? { cloudtrail: [folder.write("trail.json", trailFile(logs.trail))] } : {}),
    ...(kinds.includes("cloudfront") ? { cloudfront: [folder.write("cf.tsv", tsvFile(logs.cloudFront))] } : {}),
  };
}
