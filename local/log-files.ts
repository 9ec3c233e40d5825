/**
 * Reads log files record by record and tells the fate of each. Whatever is wrong with a record or a file stays
 * with it: it is counted as rejected, and the next one is read.
 */
import type { DuckDBConnection } from "@duckdb/node-api";

import type { LogScope } from "../functions/detect/log-fate.ts";
import type { LogKind } from "../functions/domain/evidence.ts";
import { readCloudFrontFile } from "./cloudfront-log-file.ts";
import type { TakeFate } from "./log-lines.ts";
import { readTrailFile } from "./trail-file.ts";
import { readWafFile } from "./waf-log-file.ts";

export interface LogFile {
  readonly kind: LogKind;
  readonly path: string;
}

/** Reads one file. Never throws for what is in the file. */
export async function readLogFile(
  file: LogFile,
  scope: LogScope | null,
  connection: DuckDBConnection,
  take: TakeFate,
): Promise<void> {
  if (file.kind === "waf") return readWafFile(file.path, scope, take);
  if (file.kind === "cloudtrail") return readTrailFile(file.path, scope, take);
  return readCloudFrontFile(file.path, scope, connection, take);
}
