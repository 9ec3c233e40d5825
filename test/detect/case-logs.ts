/** The logs of the detections' cases, of any set of logs, as a deployment reads them: with the gate known. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import * as z from "zod";

import { queryText } from "../../cli/analysis.ts";
import { judgeCalls } from "../../cli/judge-calls.ts";
import type { LogSet } from "../../functions/detect/detection.ts";
import { detections } from "../../functions/detect/detections/index.ts";
import { evidenceValues } from "../../functions/detect/evidence-query.ts";
import type { Window } from "../../functions/domain/instant.ts";
import { neverBlockRanges } from "../../functions/domain/never-block.ts";
import { defaultPolicy } from "../../functions/domain/policy.ts";
import type { SourceVerdict } from "../../functions/domain/verdict.ts";
import { type DuckDb, openDuckDb } from "../../local/duckdb.ts";
import { EvidenceTables } from "../../local/evidence-tables.ts";
import { type LogFile, readLogFile } from "../../local/log-files.ts";
import type { LogFolder } from "./log-folder.ts";
import { aCall, cloudFrontValues, GATE, type JsonRecord, tsvFile } from "./traffic.ts";

const root = join(import.meta.dirname, "../../functions/detect/detections");

const caseSchema = z.strictObject({
  kind: z.enum(["fires", "near-miss", "benign"]),
  about: z.string().min(20),
  source: z.string(),
  expect: z.strictObject({ fires: z.boolean(), verdict: z.enum(["ban", "watch", "ignore"]), handsOff: z.boolean() }),
});

export const cases = detections.flatMap(({ id, reach }) =>
  readdirSync(join(root, id, "cases")).map((name) => ({
    ...{ id, name, reach },
    path: join(root, id, "cases", name),
    ...caseSchema.parse(JSON.parse(readFileSync(join(root, id, "cases", name, "case.json"), "utf8"))),
  })),
);

export const scope = { clientIds: [], gateHashes: [createHash("sha256").update(GATE).digest("hex")] };

function read(path: string): string | null {
  if (existsSync(path)) return readFileSync(path, "utf8");
  return existsSync(`${path}.gz`) ? gunzipSync(readFileSync(`${path}.gz`)).toString() : null;
}

/** The case's requests as CloudFront would have logged them. */
function cloudFrontLog(edge: string, trail: string): string {
  const records = JSON.parse(trail).Records as JsonRecord[];
  const idsOf = (some: readonly JsonRecord[]) =>
    new Set(some.flatMap((record) => /^[^;]*; ([^;]*);/.exec(String(record["userAgent"]))?.[1] ?? []));
  const served = idsOf(records);
  const failed = idsOf(records.filter((record) => record["errorCode"] !== ""));
  const rows = edge
    .trim()
    .split("\n")
    .map((line) => {
      const { timestamp, action, httpRequest } = JSON.parse(line) as {
        timestamp: number;
        action: string;
        httpRequest: { clientIp: string; requestId: string };
      };
      const { clientIp: ip, requestId } = httpRequest;
      const error = failed.has(requestId) ? (["NotAuthorizedException", ""] as const) : null;
      // Not blocked and yet not in CloudTrail: the edge refused it.
      const refused = action === "ALLOW" && !served.has(requestId);
      return cloudFrontValues(aCall({ at: timestamp, ip, error, refused }), requestId);
    });
  return tsvFile(rows);
}

/** The case's logs of this set, written where they can be read; CloudFront's is made of the two others. */
export function filesOf(folder: LogFolder, path: string, set: LogSet): LogFile[] {
  const [edge, pool, trail] = ["edge.log", "pool.log", "trail.log"].map((name) => read(join(path, name)));
  const file = (kind: LogFile["kind"], name: string, text: string | null | undefined): LogFile[] =>
    text ? [{ kind, path: folder.write(name, text) }] : [];
  const kinds = set.split(" + ");
  return [
    ...(kinds.includes("waf") ? [...file("waf", "edge.log", edge), ...file("waf", "pool.log", pool)] : []),
    ...(kinds.includes("cloudtrail") ? file("cloudtrail", "trail.log", trail) : []),
    ...(kinds.includes("cloudfront") && edge && trail ? file("cloudfront", "cf.tsv", cloudFrontLog(edge, trail)) : []),
  ];
}

/** A database with the records of the files, which the caller closes. */
export async function openLogs(files: readonly LogFile[]): Promise<DuckDb> {
  const db = await openDuckDb({ threads: 1 });
  const tables = new EvidenceTables();
  try {
    for (const [index, file] of files.entries()) {
      tables.beginFile();
      await readLogFile(file, null, db.connection, (fate, content) => {
        if ("row" in fate) tables.add(index, fate.row, content);
      });
    }
    await tables.load(db.connection);
    return db;
  } finally {
    tables.close();
  }
}

/** The bans of all windows of either size in the span. */
export async function bansOf(files: readonly LogFile[], span: Window): Promise<SourceVerdict[]> {
  const { connection, close } = await openLogs(files);
  try {
    await connection.run(
      `create table calls as ${queryText("auth_calls")} select * from auth_calls order by ts`,
      evidenceValues(span, scope),
    );
    await connection.run("update calls set source_ip = source_ip || '/32' where source_ip not like '%:%'");
    const rules = { policy: defaultPolicy, neverBlock: neverBlockRanges() };
    const verdicts = await judgeCalls(connection, { window: span, completeTo: span.to, rules });
    return verdicts.filter(({ verdict }) => verdict === "ban");
  } finally {
    close();
  }
}
