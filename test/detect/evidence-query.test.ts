import { readFileSync } from "node:fs";
import { join } from "node:path";

import { evidenceParameters, evidenceValues } from "../../functions/detect/evidence-query.ts";
import { codeRequests, secretOperations, signInOperations } from "../../functions/detect/operations.ts";
import { operationNames, operationOf } from "../../functions/edge/operations.ts";
import { cloudFrontColumns, cloudTrailColumns, wafColumns } from "../../infra/log-tables.ts";
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
  for (const log of ["cloudtrail", "waf_edge", "waf_pool", "cloudfront"]) expect(named).toContain(log);
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
  expect(values.slice(5, 7)).toEqual(["2026/11/22/23/55", "2026/11/23/00/10"]);
  expect(values.at(-2)).toBe("*");
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
    cloudfront: cloudFrontColumns,
  };
  for (const table of Object.keys(glue) as (keyof typeof glue)[])
    for (const column of Object.keys(evidenceColumns[table]))
      if (!["dt", "day"].includes(column)) expect(Object.keys(glue[table])).toContain(column);
});
