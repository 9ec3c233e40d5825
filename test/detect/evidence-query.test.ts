import { readFileSync } from "node:fs";
import { join } from "node:path";

import { coverageParameters } from "../../functions/detect/coverage-query.ts";
import { evidenceParameters, evidenceValues } from "../../functions/detect/evidence-query.ts";
import { codeRequests, secretOperations, signInOperations } from "../../functions/detect/operations.ts";
import { SAMPLE_FACTOR, windowOfPart } from "../../functions/detect/window-part.ts";
import { operationNames, operationOf } from "../../functions/edge/operations.ts";
import { cloudFrontColumns, cloudTrailColumns, fastTrailColumns, wafColumns } from "../../infra/log-tables.ts";
import { evidenceColumns } from "../../local/evidence-tables.ts";
import { T0 } from "./traffic.ts";

const queries = join(import.meta.dirname, "../../functions/detect/queries");
const text = (name: string) => readFileSync(join(queries, `${name}.sql`), "utf8");
/** Without comments and string literals, whose question marks are none. */
const bare = (sql: string) => sql.replaceAll(/--.*$/gm, "").replaceAll(/'(?:[^']|'')*'/g, "''");
const evidenceSql = `${text("auth_calls")}\n${text("cells")}\n${text("profiles")}`;
const window = { from: T0, to: T0 + 600_000 };

test("there is a parameter for each question mark", () => {
  const marks = bare(evidenceSql).split("?").length - 1;
  expect(evidenceParameters(window, { clientIds: ["a"], gateHashes: ["b"] })).toHaveLength(marks);
});

test("question marks stand in WHERE clauses only, where Athena allows them", () => {
  const clauses = bare(evidenceSql).split(/\b(SELECT|FROM|WHERE|GROUP BY|ORDER BY|HAVING|LIMIT|ON|UNION ALL)\b/);
  const holding = clauses.flatMap((clause, index) => (clause.includes("?") ? [clauses[index - 1]] : []));
  expect(new Set(holding)).toEqual(new Set(["WHERE"]));
});

// Athena and Trino run a step, and with it the scan below it, as often as it is named.
test("each log and each step is named once", () => {
  const named = [...bare(evidenceSql).matchAll(/\b(?:FROM|JOIN)\s+([a-z_]+)\b/g)].map(([, name]) => name);
  for (const log of ["cloudtrail", "cloudtrail_fast", "waf_edge", "waf_pool", "cloudfront"])
    expect(named).toContain(log);
  expect(named.filter((name, index) => named.indexOf(name) !== index)).toEqual([]);
});

test.each(["auth_calls", "cells", "profiles", "accounts-at-risk", "coverage"])(
  "%s survives a state machine's substitutions and the wire",
  (name) => {
    expect(text(name)).not.toContain("${");
    expect(text(name)).not.toContain(";\n");
    expect(bare(text(name))).not.toMatch(/\btransform\(|\bany_match\(|\bgreatest\(|\bstring_agg\(|\bqualify\b/i);
  },
);

test("parameters are quoted SQL literals, a quote in a value doubled", () => {
  const parameters = evidenceParameters(window, { clientIds: ["a'b"], gateHashes: [] });
  expect(parameters.every((parameter) => /^'(?:[^']|'')*'$/.test(parameter))).toBe(true);
  expect(parameters.at(-1)).toBe("'a''b'");
});

test("partitions reach a little beyond the window, across midnight too", () => {
  const midnight = Date.UTC(2026, 10, 23);
  const values = evidenceValues({ from: midnight, to: midnight + 600_000 }, { clientIds: [], gateHashes: [] });
  expect(values.slice(0, 2)).toEqual(["2026/11/22", "2026/11/23"]);
  expect(values.slice(11, 13)).toEqual(["2026/11/22/23/55", "2026/11/23/00/10"]);
  expect(values.at(-2)).toBe("*");
});

describe("files that a query leaves unread by their names", () => {
  const folders = {
    edge: "s3://edge/AWSLogs/111122223333/WAFLogs/cloudfront/acl/",
    pool: "s3://pool/AWSLogs/111122223333/WAFLogs/eu-west-1/pool-acl/",
    trail: "s3://trail/AWSLogs/111122223333/CloudTrail/eu-west-1/",
  };
  const scope = { clientIds: [], gateHashes: [], folders };
  const at = Date.UTC(2026, 10, 23, 0, 13);
  const short = { from: at - 600_000, to: at };
  /** What stands in place of the bounds of a table's column. */
  const bounds = (values: readonly string[], table: string, column: string) => {
    const before = bare(evidenceSql).split("?").slice(0, -1);
    const tableAt = (index: number) =>
      before
        .slice(0, index + 1)
        .join("")
        .match(/FROM \w+/g)
        ?.at(-1);
    const ends = [`${column} >= `, `${column} <= `];
    const isBound = (text: string, index: number) =>
      ends.some((end) => text.endsWith(end)) && tableAt(index) === `FROM ${table}`;
    return before.flatMap((text, index) => (isBound(text, index) ? [values[index]] : []));
  };
  const paths = (...parameters: Parameters<typeof evidenceValues>) => {
    const values = evidenceValues(...parameters);
    const path = (table: string) => bounds(values, table, '"$path"');
    const [trail, edge, pool] = [path("cloudtrail"), path("waf_edge"), path("waf_pool")];
    return { trail, edge, pool, cloudFront: bounds(values, "cloudfront", "dt") };
  };

  test("CloudTrail's that were delivered before the window, with a quarter of an hour's doubt", () => {
    const first = `${folders.trail}2026/11/22/111122223333_CloudTrail_eu-west-1_20261122T2346Z`;
    expect(paths(short, scope).trail).toEqual([first, "~"]);
    expect(`${first}_Mu0KsOhtH1ar15ZZ.json.gz` >= first).toBe(true);
  });

  test("none of the web ACLs', unless it is a sample", () => {
    for (const part of ["whole", "half"] as const)
      expect(paths(short, scope, part)).toMatchObject({ edge: ["", "~"], pool: ["", "~"] });
  });

  test("in a sample all but one in sixteen of five minutes", () => {
    const edge = `${folders.edge}2026/11/23/00/05/111122223333_waflogs_cloudfront_acl_20261123T0005Z_0`;
    const pool = `${folders.pool}2026/11/23/00/05/111122223333_waflogs_eu-west-1_pool-acl_20261123T0005Z_0`;
    const sample = paths(short, scope, "sample");
    expect(sample).toMatchObject({ edge: [edge, `${edge}~`], pool: [pool, `${pool}~`], cloudFront: ["~", ""] });
    const files = Array.from(
      { length: 256 },
      (_, index) => `${edge.slice(0, -1)}${index.toString(16).padStart(2, "0")}ab12cd.log.gz`,
    );
    const read = files.filter((file) => file >= edge && file <= `${edge}~`);
    expect(files.length / read.length).toBe(SAMPLE_FACTOR);
  });

  test("of fast logs none; a call may lie minutes after its own, and a sample is one minute's folder", () => {
    const fast = { ...scope, folders: { ...folders, waf: "fast" } } as const;
    const partitions = (part: "whole" | "sample") => bounds(evidenceValues(short, fast, part), "waf_edge", "dt");
    expect(partitions("whole")).toEqual(["2026/11/23/00/00", "2026/11/23/00/20"]);
    expect(partitions("sample")).toEqual(["2026/11/23/00/07", "2026/11/23/00/07"]);
    expect(paths(short, fast, "sample")).toMatchObject({ edge: ["", "~"], pool: ["", "~"] });
    expect(coverageParameters(short, fast.folders).slice(0, 2)).toEqual(["'2026/11/22/23/55'", "'2026/11/23/00/20'"]);
    expect(coverageParameters(short, folders).slice(0, 2)).toEqual(["'2026/11/22/23/55'", "'2026/11/23/00/15'"]);
  });

  test("of the fast trail none, and without one it has no partition to read", () => {
    const fast = { ...scope, folders: { ...folders, fastTrail: "s3://fast/fast-trail/" } } as const;
    const partitions = (of: typeof scope) => bounds(evidenceValues(short, of), "cloudtrail_fast", "dt");
    expect(partitions(fast)).toEqual(["2026/11/23/00/00", "2026/11/23/00/20"]);
    expect(partitions(scope)).toEqual(["~", ""]);
    expect(bounds(evidenceValues(short, fast, "sample"), "cloudtrail_fast", "dt")).toEqual([
      "2026/11/23/00/00",
      "2026/11/23/00/17",
    ]);
    const counted = (of: typeof folders) => coverageParameters(short, of).slice(14, 16);
    expect(counted(fast.folders)).toEqual(["'2026/11/22/23/55'", "'2026/11/23/00/20'"]);
    expect(counted(folders)).toEqual(["'~'", "''"]);
  });

  test("none of rows that lie in no folder", () => {
    expect(paths(short, { clientIds: [], gateHashes: [] })).toMatchObject({ trail: ["", "~"], edge: ["", "~"] });
  });
});

test.each([
  { part: "whole", from: "00:03", to: "00:13" },
  { part: "half", from: "00:08", to: "00:13" },
  { part: "sample", from: "00:05", to: "00:10" },
] as const)("of a window until 00:13 the $part is from $from to $to", ({ part, from, to }) => {
  const at = Date.UTC(2026, 10, 23, 0, 13);
  const read = windowOfPart({ from: at - 600_000, to: at }, part);
  expect([read.from, read.to].map((instant) => new Date(instant).toISOString().slice(11, 16))).toEqual([from, to]);
});

test("the operations that profiles tell apart are those that the edge relays", () => {
  const list = /operation IN \(([^)]*)\) THEN operation/.exec(text("cells"))?.[1] ?? "";
  const named = [...list.matchAll(/'(\w+)'/g)].map(([, name]) => name);
  expect(new Set(named)).toEqual(new Set(operationNames));
});

test("groups of operations agree with the edge's table", () => {
  const wantSecret = operationNames.filter((name) => operationOf(name)?.place !== "untouched");
  expect(new Set(wantSecret)).toEqual(secretOperations);
  for (const name of [...signInOperations, ...codeRequests]) expect(operationNames).toContain(name);
});

test("the tables of analyze have columns of the Glue tables", () => {
  const glue = {
    waf_edge: wafColumns,
    waf_pool: wafColumns,
    cloudtrail: cloudTrailColumns,
    cloudtrail_fast: fastTrailColumns,
    cloudfront: cloudFrontColumns,
  };
  for (const table of Object.keys(glue) as (keyof typeof glue)[])
    for (const column of Object.keys(evidenceColumns[table]))
      if (!["dt", "day"].includes(column)) expect(Object.keys(glue[table])).toContain(column);
});
