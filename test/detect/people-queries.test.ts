/** The queries for people on DuckDB, over known traffic and the rollup that the deployed query makes of it. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { queryText } from "../../cli/analysis.ts";
import { cellParameters } from "../../functions/detect/rollup-query.ts";
import { withParameters } from "../../local/athena/sql-text.ts";
import { type DuckDb, queryRows } from "../../local/duckdb.ts";
import { openLogs, scope } from "./case-logs.ts";
import { logFolder } from "./log-folder.ts";
import { aCall, errors, jsonLines, logsOf, series, T0, tagOf, trailFile } from "./traffic.ts";

const folder = join(import.meta.dirname, "../../functions/detect/queries/people");
const files = readdirSync(folder);
const textOf = (name: string) => readFileSync(join(folder, `${name}.sql`), "utf8");
const HOUR = ["'2026-11-22-10'", "'2026-11-22-10'"];

const logs = logFolder();
let db: DuckDb;

/** A spray of twelve users, of whom the last gets in; a user who signs in from home at the same time. */
const spray = series(12, 10_000, (index) => ({
  ip: "203.0.113.7",
  user: `victim-${index}`,
  error: index === 11 ? null : errors.wrongPassword,
}));
const home = [aCall({ at: T0 + 60_000, ip: "198.51.100.9", user: "victim-3" })];

beforeAll(async () => {
  const { edge, trail } = logsOf([...spray, ...home]);
  db = await openLogs([
    { kind: "waf", path: logs.write("edge.log", jsonLines(edge)) },
    { kind: "cloudtrail", path: logs.write("trail.json", trailFile(trail)) },
  ]);
  const insert = (generation: number) =>
    withParameters(
      queryText("auth_calls", "cells", "generation", "rollup-cells"),
      cellParameters({ kind: "hour", partition: "2026-11-22-10" }, generation, scope),
    );
  // An earlier copy of the hour, made before half of it had arrived, counts for nothing.
  await db.connection.run(`create table call_cells as select * from (${insert(1)}) limit 6`);
  await db.connection.run(`insert into call_cells ${insert(2)}`);
  // Nor does what an INSERT left behind that failed.
  await db.connection.run(`insert into call_cells select * from (${insert(3)}) limit 4`);
  await db.connection.run("create table registered_hours as select 2::bigint as generation, '2026-11-22-10' as dt");
});
afterAll(() => {
  db?.close();
  logs.remove();
});

const rows = (name: string, parameters: readonly string[]) =>
  queryRows(db.connection, withParameters(textOf(name), parameters));

test("top callers of an operation", async () => {
  expect(await rows("top-callers", [...HOUR, "'InitiateAuth'"])).toEqual([
    expect.objectContaining({
      source_ip: "203.0.113.7",
      path: "proxied",
      calls: "12",
      successes: "1",
      failures: "11",
      users: "12",
    }),
    expect.objectContaining({
      source_ip: "198.51.100.9",
      path: "proxied",
      calls: "1",
      successes: "1",
      failures: "0",
      users: "1",
    }),
  ]);
  expect(await rows("top-callers", [...HOUR, "'SignUp'"])).toEqual([]);
});

test("top error sources, without those that never fail", async () => {
  expect(await rows("top-error-sources", HOUR)).toEqual([
    expect.objectContaining({
      source_ip: "203.0.113.7",
      failures: "11",
      guesses: "11",
      failed_users: "11",
      successes: "1",
      calls: "12",
    }),
  ]);
});

test("one source's story, minute by minute", async () => {
  const story = await rows("one-source", [...HOUR, "'203.0.113.7'"]);
  expect(story).toHaveLength(12);
  expect(story[0]).toMatchObject({ operation: "InitiateAuth", calls: "1" });
  expect(new Set(story.map(({ minute }) => String(minute)))).toEqual(
    new Set(["2026-11-22 10:00:00", "2026-11-22 10:01:00"]),
  );
  expect(story.filter(({ user_tag }) => user_tag === tagOf("victim-11"))).toMatchObject([{ successes: "1" }]);
});

test("one user's story, wherever it happened", async () => {
  const tag = `'${tagOf("victim-3")}'`;
  expect(await rows("one-user", [...HOUR, tag])).toEqual([
    expect.objectContaining({ source_ip: "203.0.113.7", failures: "1", successes: "0" }),
    expect.objectContaining({ source_ip: "198.51.100.9", failures: "0", successes: "1" }),
  ]);
});

test("callers of the last minutes, from the web ACL's log alone", async () => {
  const slots = ["'2026/11/22/10/00'", "'2026/11/22/10/05'"];
  expect(await rows("callers-now", [...slots, "'InitiateAuth'"])).toEqual([
    expect.objectContaining({ client_ip: "203.0.113.7", calls: "12", blocked: "0" }),
    expect.objectContaining({ client_ip: "198.51.100.9", calls: "1", blocked: "0" }),
  ]);
});

test.each(files)(
  "%s is within a range of its partitions, limited, and told of in the docs with what to fill in",
  (file) => {
    const text = readFileSync(join(folder, file), "utf8");
    expect(text).toMatch(/WHERE dt >= \? AND dt <= \?$/m);
    expect(text).toMatch(/^LIMIT \d+$/m);
    expect(text.split("\nSELECT")[0]).toMatch(/Fill in: /);
    const docs = readFileSync(join(import.meta.dirname, "../../docs/queries.md"), "utf8");
    expect(docs).toContain(`\`${file.replace(".sql", "")}\``);
  },
);
