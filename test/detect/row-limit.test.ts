/** The evidence query hands on 20,000 rows at most. An attack ten times over that gets no less protection. */
import { queryText } from "../../cli/analysis.ts";
import { judgeRun, ROW_LIMIT } from "../../functions/detect/judge-run.ts";
import { openDuckDb, queryRows } from "../../local/duckdb.ts";
import { calm } from "../block/builders.ts";
import { aRun } from "./run-builders.ts";

jest.setTimeout(180_000);

/** Two rows tell of a source that only signs in; some more tell of all sources together. */
const FITTING = ROW_LIMIT / 2;
const ROWS_OF_ALL = 200;

/**
 * So many sources, each in a range of its own and with users of its own; the first, which the limit has room for, fail
 * more often than the others.
 */
async function bannedOf(sources: number) {
  const attack = `SELECT
      timestamp '2026-11-22 11:55:00' + INTERVAL (c * 15) SECOND AS ts,
      concat_ws('.', 20 + i // 65536, (i // 256) % 256, i % 256, 7) AS source_ip,
      concat_ws('.', 20 + i // 65536, (i // 256) % 256, i % 256, '0/24') AS source_range,
      'proxied' AS path, 'InitiateAuth' AS operation, 'failure' AS outcome, 'wrong_credential' AS error_kind,
      i || '-' || c AS user_tag, 'ja4-' || i AS ja4, NULL::varchar AS sub,
      false AS rate_blocked, false AS allow_listed, false AS ip_mismatch
    FROM range(${sources}) AS callers(i), range(12) AS calls(c)
    WHERE c < CASE WHEN i < ${FITTING} THEN 12 ELSE 10 END`;
  const db = await openDuckDb({ threads: 1 });
  try {
    const text = `with auth_calls as (${attack}) ${queryText("cells", "profiles")}`;
    const rows = await queryRows(db.connection, text);
    const judged = judgeRun(aRun(), [{ size: "short", rows, error: "" }], { policy: calm, strikesOf: () => 0 });
    const bans = judged.verdicts.filter(({ verdict }) => verdict === "ban").map(({ source }) => source);
    return { rows: rows.length, bans, missing: judged.missing, calls: judged.counts.calls };
  } finally {
    db.close();
  }
}

const busiest = new Set(Array.from({ length: FITTING }, (_, i) => `20.${Math.floor(i / 256) % 256}.${i % 256}.7/32`));

test("of ten times as many offenders as fit the busiest are banned, all that fit, and what was cut off is stated", async () => {
  const { rows, bans, calls, missing } = await bannedOf(10 * FITTING);
  expect(rows).toBe(ROW_LIMIT);
  expect(bans.filter((source) => !busiest.has(source))).toEqual([]);
  expect(bans.length).toBeGreaterThan(FITTING - ROWS_OF_ALL / 2);
  expect(calls).toBe(FITTING * (12 + 9 * 10));
  const said = /(\d+) more sources/.exec(missing.join());
  expect(Math.abs(Number(said?.[1]) - (10 * FITTING - bans.length))).toBeLessThanOrEqual(1);
});
