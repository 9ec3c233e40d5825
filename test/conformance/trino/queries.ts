/**
 * The SQL files under comparison: all there are. A file is taken for a query over `auth_calls`, with no parameters
 * but those of auth_calls.sql; one that is something else stands in `others`.
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { callsParameters } from "../../../cli/doctor/probe.ts";
import { coverageParameters, coverageRange } from "../../../functions/detect/coverage-query.ts";
import { evidenceParameters } from "../../../functions/detect/evidence-query.ts";
import {
  cellParameters,
  establishedParameters,
  slowParameters,
  userDayParameters,
} from "../../../functions/detect/rollup-query.ts";
import { DAY, HOUR, type Window } from "../../../functions/domain/instant.ts";
import type { LogFolders } from "../../../functions/domain/names.ts";
import type { WindowPart } from "../../../functions/domain/run.ts";
import { CLIENT, GATE, tagOf } from "../../detect/traffic.ts";
import { MIDNIGHT } from "./mixed-night.ts";
import { OWN_PAGE } from "./oddities.ts";
import { days, generationsOf, hourGenerations, hours, lastHour, scope, slowWindow } from "./rollups.ts";

export interface Statement {
  readonly sql: string;
  /** SQL literals, one for each `?`. */
  readonly parameters: readonly string[];
  /** What the query may read; the window itself unless said. */
  readonly reads?: Window;
  /** False: rows come in any order until `inOrderOfAll` gives them one. */
  readonly isOrdered?: false;
}
type StatementOf = (window: Window) => Statement;

const folder = join(import.meta.dirname, "../../../functions/detect/queries");
const textOf = (file: string) => readFileSync(join(folder, file), "utf8").trimEnd();

/** The queries for people, each with its range and its question. */
const forPeople = (file: string, range: readonly [string, string], ...asked: readonly string[]) => ({
  [`people/${file}`]: () => ({
    sql: textOf(`people/${file}`),
    parameters: [...range, ...asked].map((value) => `'${value}'`),
    reads: { from: MIDNIGHT - 2 * HOUR, to: MIDNIGHT + HOUR },
  }),
});
const threeHours = ["2026-02-28-22", "2026-03-01-00"] as const;

const joined = (...names: readonly string[]) => names.map((name) => textOf(`${name}.sql`)).join("\n");
const dayParameters = userDayParameters({ kind: "day", partition: days[0] }, 3, hourGenerations(days[0]));

/** By file name. For parameters of its own: `({ sql: …, parameters: [...ofCalls(window), "'7'"] })`. */
const others: Readonly<Record<string, StatementOf>> = {
  "auth_calls.sql": (window) => ({ ...after("SELECT * FROM auth_calls", window), isOrdered: false }),
  "cells.sql": (window) => ({ ...after(`${textOf("cells.sql")}\nSELECT * FROM cells`, window), isOrdered: false }),
  "profiles.sql": (window) => after(`${textOf("cells.sql")}\n${textOf("profiles.sql")}`, window),
  "accounts-at-risk.sql": (window) => after(`${textOf("cells.sql")}\n${textOf("accounts-at-risk.sql")}`, window),
  "registered-cells.sql": () => ({
    sql: `${textOf("registered-cells.sql")}\n${textOf("profiles.sql")}`,
    parameters: slowParameters(generationsOf(hours), slowWindow, MIDNIGHT + DAY),
    reads: { from: MIDNIGHT - DAY, to: MIDNIGHT + DAY },
  }),
  "rollup-cells.sql": () => ({
    sql: joined("auth_calls", "cells", "generation", "rollup-cells"),
    parameters: cellParameters(lastHour, 3, scope),
    reads: { from: MIDNIGHT - HOUR, to: MIDNIGHT },
    isOrdered: false,
  }),
  "day-cells.sql": () => ({
    ...{ sql: `${textOf("day-cells.sql")}\nSELECT * FROM day_cells`, isOrdered: false },
    parameters: dayParameters.slice(0, -1),
    reads: { from: MIDNIGHT - DAY, to: MIDNIGHT },
  }),
  "generation.sql": () => ({
    sql: `${joined("day-cells", "generation")}\nSELECT generation, count(*) AS cells FROM day_cells CROSS JOIN marked GROUP BY generation`,
    isOrdered: false,
    parameters: dayParameters,
    reads: { from: MIDNIGHT - DAY, to: MIDNIGHT },
  }),
  "rollup-user-days.sql": () => ({
    sql: joined("day-cells", "generation", "rollup-user-days"),
    parameters: dayParameters,
    reads: { from: MIDNIGHT - DAY, to: MIDNIGHT },
    isOrdered: false,
  }),
  "coverage.sql": (window) => ({
    sql: textOf("coverage.sql"),
    parameters: coverageParameters(window),
    reads: coverageRange(window),
  }),
  "established.sql": () => ({
    sql: textOf("established.sql"),
    parameters: establishedParameters(MIDNIGHT + DAY, generationsOf(days)),
    reads: { from: MIDNIGHT - 6 * DAY, to: MIDNIGHT + DAY },
  }),
  "doctor-calls.sql": (window) => ({
    sql: textOf("doctor-calls.sql"),
    parameters: callsParameters(window, ["portcullis/1 (", "no such id"]),
  }),
  ...forPeople("top-callers.sql", threeHours, "InitiateAuth"),
  ...forPeople("top-error-sources.sql", threeHours),
  ...forPeople("one-source.sql", threeHours, "192.0.2.5"),
  ...forPeople("one-user.sql", threeHours, tagOf("victim-3")),
  ...forPeople("callers-now.sql", ["2026/02/28/23/50", "2026/03/01/00/00"], "InitiateAuth"),
};

export const sqlFiles = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) =>
  file.endsWith(".sql"),
);

export function statementOf(file: string, window: Window): Statement & { readonly reads: Window } {
  const statement = others[file]?.(window) ?? after(textOf(file), window);
  const marks = statement.sql.replaceAll(/--.*$|'(?:[^']|'')*'/gm, "").split("?").length - 1;
  if (marks !== statement.parameters.length)
    throw new Error(
      `${file}: ${marks} parameters (?), of which ${statement.parameters.length} are known; name the others in test/conformance/trino/queries.ts`,
    );
  return { reads: window, ...statement };
}

/** Ordered by every column, so that only equal rows can change places. */
export function inOrderOfAll({ sql, parameters }: Statement, columns: number): Statement {
  return { sql: `${sql}\nORDER BY ${Array.from({ length: columns }, (_, index) => index + 1).join(", ")}`, parameters };
}

const after = (query: string, window: Window): Statement => ({
  sql: `${textOf("auth_calls.sql")}\n${query}`,
  parameters: ofCalls(window),
});

/** The calls of a window or part of one; without `folders` no file is left out by its name. */
export function partOf(window: Window, part: WindowPart, folders?: LogFolders): Statement {
  return {
    sql: `${textOf("auth_calls.sql")}\nSELECT * FROM auth_calls`,
    parameters: ofCalls(window, part, folders),
    isOrdered: false,
  };
}

function ofCalls(window: Window, part: WindowPart = "whole", folders?: LogFolders): string[] {
  const gate = createHash("sha256").update(GATE).digest("hex");
  const gateHashes = ["0".repeat(64), gate];
  const known = { clientIds: [CLIENT], gateHashes, allowedOrigins: [OWN_PAGE] };
  return evidenceParameters(window, folders ? { ...known, folders } : known, part);
}
