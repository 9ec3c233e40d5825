/** Writes a mix as the files that AWS would have delivered: one an hour and log. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import { HOUR, toIso } from "../../functions/domain/instant.ts";
import { createParquetWriter } from "../../local/log-delivery/parquet.ts";
import type { LogFile } from "../../local/log-files.ts";
import { type Call, FIELDS, jsonLines, type Logs, logsOf, trailFile } from "./log-records.ts";
import type { Mix } from "./mix.ts";

export type MixLog = "edge" | "pool" | "trail" | "cloudfront";
export const usualLogs: readonly MixLog[] = ["edge", "pool", "trail"];

/** Returns the files, as `analyze` takes them. An hour without a record has no file, as on S3. */
export async function writeMix(folder: string, mix: Mix, wanted: readonly MixLog[] = usualLogs): Promise<LogFile[]> {
  const files: LogFile[] = [];
  mkdirSync(folder, { recursive: true });
  for (const [hour, calls] of byHour(mix.calls)) {
    const records = logsOf(calls);
    for (const log of wanted) {
      const { kind, rows, ending, content } = forms[log];
      if (rows(records) === 0) continue;
      const path = join(folder, `${log}-${hour}${ending}`);
      writeFileSync(path, await content(records));
      files.push({ kind, path });
    }
  }
  return files;
}

interface LogForm {
  readonly kind: LogFile["kind"];
  readonly ending: string;
  rows(logs: Logs): number;
  content(logs: Logs): string | Buffer | Promise<Buffer>;
}

const forms: Readonly<Record<MixLog, LogForm>> = {
  edge: { kind: "waf", ending: ".log", rows: ({ edge }) => edge.length, content: ({ edge }) => jsonLines(edge) },
  pool: { kind: "waf", ending: ".log", rows: ({ pool }) => pool.length, content: ({ pool }) => jsonLines(pool) },
  trail: {
    kind: "cloudtrail",
    ending: ".json.gz",
    rows: ({ trail }) => trail.length,
    content: ({ trail }) => gzipSync(trailFile(trail), { level: 1 }),
  },
  cloudfront: {
    kind: "cloudfront",
    ending: ".parquet",
    rows: ({ cloudFront }) => cloudFront.length,
    content: ({ cloudFront }) => parquetOf(cloudFront),
  },
};

function byHour(calls: readonly Call[]): Map<string, Call[]> {
  const hours = new Map<string, Call[]>();
  for (const call of calls) {
    const hour = toIso(Math.floor(call.at / HOUR) * HOUR).slice(0, 13);
    const own = hours.get(hour) ?? [];
    hours.set(hour, own);
    own.push(call);
  }
  return hours;
}

const columns = FIELDS.split(" ").slice(1);

async function parquetOf(rows: Logs["cloudFront"]): Promise<Buffer> {
  const writer = createParquetWriter();
  try {
    const named = rows.map((row) => Object.fromEntries(columns.map((name, index) => [name, row[index] ?? "-"])));
    return await writer.write(columns, named);
  } finally {
    await writer.close();
  }
}
