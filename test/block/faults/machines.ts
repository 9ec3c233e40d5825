/** The project's machines on the local engine, with the real handlers behind them, all on virtual time. */

import type { FunctionEnd } from "../../../local/ports.ts";
import type { QueryExecution } from "../../../local/step-functions/integrations.ts";
import { createStepFunctions, type ExecutionEvent } from "../../../local/step-functions.ts";
import { anAwsCall } from "../../local/builders.ts";
import { machineArn } from "../../local/step-functions/builders.ts";
import { ourMachine } from "../../statemachines/builders.ts";
import type { Deployment, HandlerName, RunEnd } from "./deployment.ts";
import { fakeClock } from "./virtual-time.ts";

export type MachineName = "mitigate" | "approve" | "rollup";

/** Where an execution is killed: as it enters a state, or when the state's work is done and nobody knows of it yet. */
export interface Stroke {
  readonly machine: MachineName;
  readonly state: string;
  readonly when: "entered" | "done";
}

/** What comes in place of a function's or a query's work; null lets it be done. */
export interface Interference {
  invoke?(handler: HandlerName, payload: unknown): FunctionEnd | null;
  query?(window: string, request: unknown): QueryExecution | null;
  /** A query has done its work; nobody may know of it yet. */
  queried?(request: unknown): void;
  /** Stands around a function's work. Functions wait for one another, so calls on the wire are the function's. */
  around?(handler: HandlerName, payload: unknown, work: () => Promise<RunEnd>): Promise<RunEnd>;
}

export type Machines = ReturnType<typeof createMachines>;

/** Each query's text is its window, and so is the id of its execution. */
const queries = {
  ...{ ProfilesSql: "short", SlowSql: "slow", HistorySql: "history", CoverageSql: "coverage" },
  ...{ AccountsSql: "accounts", SlowAccountsSql: "slowAccounts", CellsSql: "cells", UserDaysSql: "days" },
};
const definitions = (["mitigate", "approve", "rollup"] as const).map((name) => ourMachine(name, queries));

export function createMachines(
  deployment: Deployment,
  { stroke, interference = {} }: { stroke?: Stroke; interference?: Interference } = {},
) {
  const visited = new Set<string>();
  const current = new Map<string, { state: string; arn: string }>();
  /** A function goes on when the execution that called it is killed. */
  const atWork = new Set<Promise<unknown>>();
  const strokes = new Map<string, Stroke>();
  let struck: string | null = null;
  let between = interference;
  const engine = createStepFunctions({
    clock: fakeClock,
    assembly: { ofType: () => definitions },
    metrics: { put: () => {} },
    functions: { invoke },
    athena: { runQuery },
    onEvent: told,
  });

  async function strike(machine: MachineName, state: string, when: Stroke["when"], arn: string): Promise<void> {
    strokes.set(`${machine} ${state} ${when}`, { machine, state, when });
    if (struck !== null || stroke?.machine !== machine || stroke.state !== state || stroke.when !== when) return;
    struck = arn;
    const headers = { "x-amz-target": "AWSStepFunctions.StopExecution" };
    const body = Buffer.from(JSON.stringify({ executionArn: arn, error: "Killed", cause: "by the test" }));
    await engine.service.call(anAwsCall({ service: "states", headers, body }));
  }

  function told({ type, machine: name, state, executionArn: arn }: ExecutionEvent): void {
    if (type !== "StateEntered" || state === null) return;
    const machine = name as MachineName;
    visited.add(`${machine} ${state}`);
    current.set(isQuery(state) ? `${machine} ${state}` : machine, { state, arn });
    void strike(machine, state, "entered", arn);
  }

  async function inTurn(handler: HandlerName, payload: unknown): Promise<RunEnd> {
    const work = () => deployment.invoke(handler, payload);
    const { around = (_handler, _payload, alone) => alone() } = between;
    const end = Promise.all(atWork).then(() => around(handler, payload, work));
    atWork.add(end);
    return end.finally(() => atWork.delete(end));
  }

  async function invoke(name: string, payload: unknown): Promise<FunctionEnd> {
    const handler = name.toLowerCase() as HandlerName;
    const instead = between.invoke?.(handler, payload);
    if (instead) return instead;
    const { result, error, message = "" } = await inTurn(handler, payload);
    const machine = isDecided(handler) ? "approve" : machineOf(handler, payload);
    const { state = "", arn = "" } = current.get(machine) ?? {};
    await strike(machine, state, "done", arn);
    if (error === undefined) return { ok: true, payload: result };
    return { ok: false, errorType: error, errorMessage: message, trace: [] };
  }

  /** Both machines report a run, with the same payload. */
  function isDecided(handler: HandlerName): boolean {
    return handler === "report" && current.get("approve")?.state === "ReportDecided";
  }

  async function runQuery(request: unknown): Promise<QueryExecution> {
    const window = String(Object(request).QueryString);
    const instead = between.query?.(window, request);
    if (instead) return instead;
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    between.queried?.(request);
    for (const [key, { state, arn }] of [...current])
      if (isQuery(state) && key.endsWith(state) && windowOf(state) === window)
        await strike(key.split(" ")[0] as MachineName, state, "done", arn);
    return succeeded(window);
  }

  return {
    service: engine.service,
    /** The states that executions of a machine have been in, in the order of their first visit. */
    visited: (machine: MachineName) =>
      [...visited].flatMap((key) => (key.startsWith(`${machine} `) ? key.slice(machine.length + 1) : [])),
    /** Where an execution of a machine could have been killed, in the order in which it came by. */
    strokes: (machine: MachineName) => [...strokes.values()].filter((one) => one.machine === machine),
    /** Whether the execution that was to be killed has been. */
    struck: () => struck !== null,
    /** From now on everything is done as it should be. */
    calm: () => {
      between = {};
    },
    running: (machine: MachineName) =>
      engine.executions.all().filter(({ status, arn }) => status === "RUNNING" && arn.includes(`:${machine}:`)),
    /** Names of all executions of a machine, in the order of their start. */
    names: (machine: MachineName) =>
      [...engine.executions.all()].reverse().flatMap(({ name, arn }) => (arn.includes(`:${machine}:`) ? name : [])),
    /** Starts an execution and goes on until it is over. */
    run: (machine: MachineName, input: unknown, name?: string) =>
      deployment.timed(async () => {
        const { arn } = engine.startExecution(machineArn(machine), input, name);
        const end = await engine.executions.ended(arn);
        await Promise.all(atWork);
        return end;
      }),
    /** Goes on until no execution of the machine is left. */
    finish: (machine: MachineName) =>
      deployment.timed(async () => {
        const all = engine.executions.all().filter(({ arn }) => arn.includes(`:${machine}:`));
        await Promise.all(all.map(({ arn }) => engine.executions.ended(arn)));
        await Promise.all(atWork);
      }),
    /** A function that no machine calls, or a person's command. */
    call: (handler: HandlerName, payload: unknown) => deployment.timed(() => inTurn(handler, payload)),
    stop: () => deployment.timed(() => engine.stop()),
  };
}

function succeeded(window: string): QueryExecution {
  return {
    QueryExecutionId: window,
    Status: { State: "SUCCEEDED" },
    Statistics: { DataScannedInBytes: 10 },
  };
}

/** The states that are in the machine at the same time as others. */
function isQuery(state: string): boolean {
  return /^(Short|Slow|History|Coverage|Insert)/.test(state);
}

function windowOf(state: string): string {
  if (state === "ShortAccounts") return "accounts";
  if (state === "SlowAccounts") return "slowAccounts";
  if (state === "InsertCells") return "cells";
  if (state === "InsertUserDays") return "days";
  return /^(short|slow|history|coverage)/.exec(state.toLowerCase())?.[1] ?? "";
}

function machineOf(handler: HandlerName, payload: unknown): MachineName {
  if (handler === "ask" || Object(payload).origin === "approved" || Object(payload).answer) return "approve";
  return handler === "rollup" ? "rollup" : "mitigate";
}
