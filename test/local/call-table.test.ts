/** Cut into parts, the logs give the same calls: nothing that belongs to one call, or to a pair of records, falls apart. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { evidenceValues } from "../../functions/detect/evidence-query.ts";
import { MINUTE, SECOND } from "../../functions/domain/instant.ts";
import { createCallTable, partsOf } from "../../local/call-table.ts";
import { queryRows } from "../../local/duckdb.ts";
import { openLogs, scope } from "../detect/case-logs.ts";
import { logFolder } from "../detect/log-folder.ts";
import {
  type Call,
  errors,
  GATE,
  type JsonRecord,
  jsonLines,
  logsOf,
  series,
  T0,
  trailFile,
  tsvFile,
} from "../detect/traffic.ts";

const folder = logFolder();
afterAll(() => folder.remove());

const sql = readFileSync(join(import.meta.dirname, "../../functions/detect/queries/auth_calls.sql"), "utf8");
const window = { from: T0 - MINUTE, to: T0 + 20 * MINUTE };

/** Two ways of writing one network: web ACL and CloudTrail need not agree. */
const written = [
  ["192.0.2.9", "192.0.2.9"],
  ["::ffff:192.0.2.10", "192.0.2.10"],
  ["2001:DB8:0:7::1", "2001:db8:0:7:0:0:0:2"],
  ["2001:db8::1", "2001:0db8:0000:0000:1::"],
] as const;

function direct(): { pool: JsonRecord[]; trail: JsonRecord[] } {
  const logs = written.map(([inPool, inTrail], at) => {
    const calls = (ip: string) =>
      series(
        6,
        20 * SECOND,
        (index) => ({ path: "direct", ip, error: index % 2 ? errors.wrongPassword : null }),
        T0 + at,
      );
    return { pool: logsOf(calls(inPool)).pool, trail: logsOf(calls(inTrail)).trail };
  });
  return { pool: logs.flatMap(({ pool }) => pool), trail: logs.flatMap(({ trail }) => trail) };
}

/** A caller who writes a token of his own calls directly; one whose address differs in two logs is nobody. */
function proxied(): Call[] {
  return series(40, 10 * SECOND, (index) => ({ ip: `203.0.113.${index % 9}`, user: `user-${index % 5}` }));
}
const rewritten = (records: readonly JsonRecord[], from: string, to: string) =>
  JSON.parse(JSON.stringify(records).replaceAll(from, to)) as JsonRecord[];

test("calls are the same in one part and in many", async () => {
  const logs = logsOf(proxied());
  const others = direct();
  const forged = logsOf(series(5, 30 * SECOND, () => ({ path: "direct", ip: "192.0.2.77" })));
  const { connection, close } = await openLogs([
    { kind: "waf", path: folder.write("edge.log", jsonLines(logs.edge)) },
    { kind: "waf", path: folder.write("pool.log", jsonLines([...others.pool, ...forged.pool])) },
    {
      kind: "cloudtrail",
      path: folder.write(
        "trail.json",
        trailFile([
          ...rewritten(logs.trail, "; 203.0.113.3;", "; 203.0.113.250;"),
          ...others.trail,
          ...forged.trail.map((record, index) => ({
            ...record,
            userAgent: `portcullis/1 (${GATE.toLowerCase()}; forged-${index}; GetUser; 203.0.113.1; -)`,
          })),
        ]),
      ),
    },
    { kind: "cloudfront", path: folder.write("cf.tsv", tsvFile(logs.cloudFront)) },
  ]);
  try {
    const request = { sql: `${sql} select * from auth_calls`, values: evidenceValues(window, scope) };
    for (const parts of [1, 2, 16])
      await createCallTable(connection, { ...request, gateHashes: scope.gateHashes, name: `calls_${parts}`, parts });
    const callsIn = (table: string) => queryRows(connection, `select * from ${table} order by all`);
    const whole = await callsIn("calls_1");
    expect(whole).toHaveLength(40 + 4 * 6 + 5);
    expect(whole.filter(({ ip_mismatch }) => ip_mismatch)).toHaveLength(5);
    expect(await callsIn("calls_2")).toEqual(whole);
    expect(await callsIn("calls_16")).toEqual(whole);
  } finally {
    close();
  }
});

test("a few logs are one part", () => {
  expect([0, 1, 2_000_000, 2_000_001, 20_000_000].map(partsOf)).toEqual([1, 1, 1, 3, 20]);
});
