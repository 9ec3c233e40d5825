/** CloudTrail's records come in its own files and by EventBridge: each counts once, whichever way it came. */
import { createHash } from "node:crypto";

import { queryText } from "../../cli/analysis.ts";
import { coverageParameters, readCoverage } from "../../functions/detect/coverage-query.ts";
import { evidenceParameters } from "../../functions/detect/evidence-query.ts";
import { judgeTrailRecord } from "../../functions/detect/trail-record.ts";
import { MINUTE, SECOND, toIso } from "../../functions/domain/instant.ts";
import { withParameters } from "../../local/athena/sql-text.ts";
import { openDuckDb, queryRows } from "../../local/duckdb.ts";
import { EvidenceTables } from "../../local/evidence-tables.ts";
import { aCall, errors, GATE, type JsonRecord, logsOf, T0 } from "./traffic.ts";

const window = { from: T0, to: T0 + 10 * MINUTE };
const folders = {
  edge: "s3://edge/AWSLogs/111122223333/WAFLogs/cloudfront/acl/",
  pool: "s3://pool/AWSLogs/111122223333/WAFLogs/eu-west-1/acl/",
  trail: "s3://trail/AWSLogs/111122223333/CloudTrail/eu-west-1/",
};
const fastFolders = { ...folders, waf: "fast", fastTrail: "s3://fast/fast-trail/" } as const;
const gateHashes = [createHash("sha256").update(GATE).digest("hex")];

const calls = [
  aCall({ at: T0 + SECOND, path: "proxied", ip: "203.0.113.7", user: "a", error: errors.wrongPassword }),
  aCall({ at: T0 + 2 * SECOND, path: "direct", ip: "198.51.100.8", user: "b", error: errors.wrongPassword }),
  aCall({ at: T0 + 3 * SECOND, path: "direct", ip: "198.51.100.8", user: "c" }),
];
const records = logsOf(calls).trail;
const [proxied, failed, succeeded] = records as readonly [JsonRecord, JsonRecord, JsonRecord];

interface Delivered {
  readonly files?: readonly JsonRecord[];
  readonly events?: readonly JsonRecord[];
  readonly known?: typeof fastFolders | typeof folders;
}

/** The calls and the counts that the logs give, the events in files of the minute after. */
async function found({ files = [], events = [], known = fastFolders }: Delivered) {
  const tables = new EvidenceTables();
  const db = await openDuckDb();
  const add = (record: JsonRecord, place: JsonRecord) => {
    const fate = judgeTrailRecord(record, null);
    if (!("row" in fate)) throw new Error("no row");
    const table = "dt" in place ? "cloudtrail_fast" : "cloudtrail";
    tables.add(0, { ...fate.row, table, columns: { ...fate.row.columns, ...place } } as never, "");
  };
  try {
    tables.beginFile();
    for (const record of files) add(record, { day: minuteOf(T0).slice(0, 10) });
    for (const record of events) add(record, { dt: minuteOf(T0 + MINUTE) });
    await tables.load(db.connection);
    await db.connection.run(`update cloudtrail set "$path" = '${folders.trail}~'`);
    const scope = { clientIds: [], gateHashes, folders: known };
    const select = "select path, source_ip, outcome from auth_calls order by ts";
    const evidence = withParameters(`${queryText("auth_calls")}\n${select}`, evidenceParameters(window, scope));
    const coverage = withParameters(queryText("coverage"), coverageParameters(window, known));
    const { held } = readCoverage(await queryRows(db.connection, coverage));
    const rows = await queryRows(db.connection, evidence);
    return { rows: rows.map((row) => Object.values(row).join(" ")), counted: held.map((minute) => minute.calls) };
  } finally {
    tables.close();
    db.close();
  }
}
const minuteOf = (at: number) => toIso(at).slice(0, 16).replaceAll(/[-T:]/g, "/");

const all = {
  rows: ["proxied 203.0.113.7 failure", "direct 198.51.100.8 failure", "direct 198.51.100.8 success"],
  counted: [3],
};

test.each([
  { case: "by both", delivered: { files: records, events: records } },
  { case: "by EventBridge alone", delivered: { events: records } },
  { case: "in files alone", delivered: { files: records } },
  { case: "by EventBridge twice", delivered: { files: records, events: [...records, ...records] } },
  { case: "some by one way, some by the other", delivered: { files: [proxied, failed], events: [failed, succeeded] } },
])("what comes $case is there once", async ({ delivered }) => {
  expect(await found(delivered)).toEqual(all);
});

test("without fast logs nothing is read of the fast trail", async () => {
  expect(await found({ files: [proxied], events: records, known: folders })).toEqual({
    rows: all.rows.slice(0, 1),
    counted: [1],
  });
});

test("the id is told once: two calls that differ in nothing else are two", async () => {
  const again = { ...failed, eventID: "another", requestID: "another" };
  expect(await found({ files: [failed], events: [failed, again] })).toEqual({
    rows: [all.rows[1], all.rows[1]],
    counted: [2],
  });
});
