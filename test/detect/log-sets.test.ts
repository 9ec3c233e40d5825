/** What each detection makes of its clear cases where some of the logs are missing. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

import { queryText } from "../../cli/analysis.ts";
import { type LogSet, logSets, type Reach } from "../../functions/detect/detection.ts";
import { detections } from "../../functions/detect/detections/index.ts";
import { evidenceValues } from "../../functions/detect/evidence-query.ts";
import { readProfiles } from "../../functions/detect/profiles.ts";
import { type Look, scoreAll } from "../../functions/detect/score.ts";
import { DAY, HOUR, MINUTE } from "../../functions/domain/instant.ts";
import { neverBlockRanges } from "../../functions/domain/never-block.ts";
import { defaultPolicy } from "../../functions/domain/policy.ts";
import type { SourceVerdict } from "../../functions/domain/verdict.ts";
import { openDuckDb, queryRows } from "../../local/duckdb.ts";
import { EvidenceTables } from "../../local/evidence-tables.ts";
import { type LogFile, readLogFile } from "../../local/log-files.ts";
import { logFolder } from "./log-folder.ts";
import { aCall, cloudFrontValues, GATE, type JsonRecord, T0, tsvFile } from "./traffic.ts";

const folder = logFolder();
afterAll(() => folder.remove());

const root = join(import.meta.dirname, "../../functions/detect/detections");
const firing = detections.flatMap(({ id, reach }) =>
  readdirSync(join(root, id, "cases"))
    .map((name) => join(root, id, "cases", name))
    .filter((path) => JSON.parse(readFileSync(join(path, "case.json"), "utf8")).kind === "fires")
    .map((path) => ({ id, reach, path })),
);

function read(path: string): string | null {
  if (existsSync(path)) return readFileSync(path, "utf8");
  return existsSync(`${path}.gz`) ? gunzipSync(readFileSync(`${path}.gz`)).toString() : null;
}

/** The case's requests as CloudFront would have logged them. */
function cloudFrontLog(edge: string, trail: string): string {
  const failed = new Set(
    (JSON.parse(trail).Records as JsonRecord[])
      .filter((record) => record["errorCode"] !== "")
      .flatMap((record) => /^[^;]*; ([^;]*);/.exec(String(record["userAgent"]))?.[1] ?? []),
  );
  const rows = edge
    .trim()
    .split("\n")
    .map((line) => {
      const { timestamp, httpRequest } = JSON.parse(line) as {
        timestamp: number;
        httpRequest: { clientIp: string; requestId: string };
      };
      const error = failed.has(httpRequest.requestId) ? (["NotAuthorizedException", ""] as const) : null;
      return cloudFrontValues(aCall({ at: timestamp, ip: httpRequest.clientIp, error }), httpRequest.requestId);
    });
  return tsvFile(rows);
}

function filesOf(path: string, set: LogSet): LogFile[] {
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

/** The deployed query over both windows, with the gate known as it is in a deployment. */
async function looksOf(files: readonly LogFile[]): Promise<Look[]> {
  const db = await openDuckDb();
  const tables = new EvidenceTables();
  try {
    for (const [index, file] of files.entries()) {
      tables.beginFile();
      await readLogFile(file, null, db.connection, (fate, content) => {
        if ("row" in fate) tables.add(index, fate.row, content);
      });
    }
    await tables.load(db.connection);
    const scope = { clientIds: [], gateHashes: [createHash("sha256").update(GATE).digest("hex")] };
    const windows = [
      { size: "short" as const, window: { from: T0, to: T0 + 10 * MINUTE } },
      { size: "slow" as const, window: { from: T0 - 10 * HOUR, to: T0 - 10 * HOUR + DAY } },
    ];
    const looks: Look[] = [];
    for (const { size, window } of windows) {
      const sql = queryText("auth_calls", "cells", "profiles");
      const rows = await queryRows(db.connection, sql, evidenceValues(window, scope));
      looks.push({ size, window, complete: true, ...readProfiles(rows) });
    }
    return looks;
  } finally {
    tables.close();
    db.close();
  }
}

function reachOf(id: string, verdict: SourceVerdict): Reach {
  if (!verdict.reasons.some(({ detection }) => detection === id) || verdict.verdict === "ignore") return "none";
  if (verdict.needsPerson.length > 0) return "person";
  return verdict.verdict;
}

const order: readonly Reach[] = ["none", "watch", "person", "ban"];

test.each(logSets)(
  "with %s each detection gets as far as it says",
  async (set) => {
    const best: Record<string, Reach> = Object.fromEntries(detections.map(({ id }) => [id, "none"]));
    for (const { id, path } of firing) {
      const looks = await looksOf(filesOf(path, set));
      const { verdicts, fingerprints } = scoreAll({ policy: defaultPolicy, neverBlock: neverBlockRanges(), looks });
      for (const verdict of [...verdicts, ...fingerprints]) {
        const reach = reachOf(id, verdict);
        if (order.indexOf(reach) > order.indexOf(best[id] ?? "none")) best[id] = reach;
      }
    }
    expect(best).toEqual(Object.fromEntries(detections.map(({ id, reach }) => [id, reach[set]])));
  },
  60_000,
);
