import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { QueryExecution } from "../../local/step-functions/integrations.ts";
import { aMachine } from "../local/step-functions/builders.ts";

const folder = join(import.meta.dirname, "../../statemachines");

const functions = ["Admit", "Score", "Plan", "Apply", "Notify", "Report", "Watch", "Ask", "Rollup"];
const substitutions = {
  ProfilesSql: "SELECT 1",
  SlowSql: "SELECT 3",
  HistorySql: "SELECT 2",
  AccountsSql: "SELECT 5",
  SlowAccountsSql: "SELECT 6",
  CoverageSql: "SELECT 3",
  CellsSql: "INSERT INTO cells SELECT 1",
  UserDaysSql: "INSERT INTO days SELECT 1",
  Database: "logs",
  WorkGroup: "evidence",
  FirstSeconds: "2700",
  LastSeconds: "900",
};

/** A machine of the project whose functions have the names of their states, with `prefix` before them. */
export function ourMachine(name: "mitigate" | "approve" | "rollup", changed: Record<string, string> = {}, prefix = "") {
  const arns = Object.fromEntries(functions.map((id) => [`${id}Function`, `${prefix}${id}`]));
  return aMachine(readFileSync(join(folder, `${name}.asl.json`), "utf8"), {
    name,
    substitutions: { ...substitutions, ...arns, ...changed },
  });
}

export const run = { runId: "run-1", round: 1 };
export const parameters = {
  short: ["'a'"],
  shortHalf: ["'a/2'"],
  shortSample: ["'a/16'"],
  slow: ["'b'"],
  slowHalf: ["'b/2'"],
  slowSample: ["'b/12'"],
  history: ["'h'"],
  historyHalf: ["'h/2'"],
  historySample: ["'h/3'"],
  coverage: ["'c'"],
  coverageHalf: ["'c/2'"],
  coverageSample: ["'c/16'"],
};

/** Payloads of a run that bans somebody in its first round and then ends. Each may be replaced. */
export const replies = {
  Admit: () => ({ schema: 1, decision: "run", reason: "", run, parameters }),
  Score: () => ({ schema: 1, run, verdictsKey: "v", counts: { ban: 1, watch: 0, ignore: 0, calls: 9 }, missing: [] }),
  Plan: () => ({ schema: 1, run, mode: "enforce", planKey: "p", counts: { apply: 1, file: 0, refuse: 0 } }),
  Apply: () => ({ schema: 1, run, counts: { banned: 1 }, sourcesWritten: 1 }),
  Notify: () => null,
  Report: () => null,
  Watch: () => watched({ again: false }),
};

export function watched(parts: Record<string, unknown>) {
  return { schema: 1, again: true, look: true, evidence: true, reason: "", waitSeconds: 60, run, parameters, ...parts };
}

export function succeeded(): QueryExecution {
  return { QueryExecutionId: "q-1", Status: { State: "SUCCEEDED" }, Statistics: { DataScannedInBytes: 10 } };
}

export function failed(): QueryExecution {
  return { QueryExecutionId: "q-1", Status: { State: "FAILED", StateChangeReason: "SYNTAX_ERROR" } };
}

export interface State {
  readonly Type: string;
  readonly Resource?: string;
  readonly TimeoutSeconds?: number;
  readonly TimeoutSecondsPath?: string;
  readonly Parameters?: unknown;
  readonly Branches?: readonly Machine[];
  readonly Retry?: readonly unknown[];
  readonly Catch?: readonly { readonly ErrorEquals: readonly string[]; readonly Next: string }[];
}
export interface Machine {
  readonly States: Readonly<Record<string, State>>;
}

/** Those inside branches included. */
export function statesOf(machine: Machine): [string, State][] {
  return Object.entries(machine.States).flatMap(([name, state]) => [
    [name, state] satisfies [string, State],
    ...(state.Branches ?? []).flatMap(statesOf),
  ]);
}

export function definitionOf(name: "mitigate" | "approve" | "rollup"): Machine {
  return JSON.parse(readFileSync(join(folder, `${name}.asl.json`), "utf8"));
}
