/** What each detection makes of its clear cases where some of the logs are missing. */
import { queryText } from "../../cli/analysis.ts";
import { logSets, type Reach } from "../../functions/detect/detection.ts";
import { detections } from "../../functions/detect/detections/index.ts";
import { evidenceValues } from "../../functions/detect/evidence-query.ts";
import { readProfiles } from "../../functions/detect/profiles.ts";
import { type Look, scoreAll } from "../../functions/detect/score.ts";
import { DAY, HOUR, MINUTE } from "../../functions/domain/instant.ts";
import { neverBlockRanges } from "../../functions/domain/never-block.ts";
import { defaultPolicy } from "../../functions/domain/policy.ts";
import type { SourceVerdict } from "../../functions/domain/verdict.ts";
import { queryRows } from "../../local/duckdb.ts";
import type { LogFile } from "../../local/log-files.ts";
import { cases, filesOf, openLogs, scope } from "./case-logs.ts";
import { logFolder } from "./log-folder.ts";
import { T0 } from "./traffic.ts";

const folder = logFolder();
afterAll(() => folder.remove());

/** The deployed query over both windows. */
async function looksOf(files: readonly LogFile[]): Promise<Look[]> {
  const db = await openLogs(files);
  try {
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
    for (const { id, path } of cases.filter(({ kind }) => kind === "fires")) {
      const looks = await looksOf(filesOf(folder, path, set));
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
