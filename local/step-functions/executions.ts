/** The executions of all machines: start, look up, stop, and what CloudWatch counts of them. */
import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";

import { AwsError } from "../aws-wire.ts";
import type { Clock, Metrics } from "../ports.ts";
import { type RunningEngine, type StateEvent, startEngine } from "./engine.ts";
import type { Execution, ExecutionEnd, ExecutionEvent, ExecutionStatus } from "./execution.ts";
import type { Json, Machine } from "./machine.ts";
import { type Integration, PAYLOAD_LIMIT } from "./task.ts";
import type { TaskTokens } from "./task-tokens.ts";

export interface ExecutionsOptions {
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly tokens: TaskTokens;
  readonly integrationsOf: (machine: Machine) => Integration;
  readonly onEvent: (event: ExecutionEvent) => void;
  /** AWS's by default. */
  readonly historyLimit?: number | undefined;
}

export interface Executions {
  start(machine: Machine, input: string, name?: string): Execution;
  find(arn: unknown): Execution;
  ofMachine(machine: Machine): readonly Execution[];
  all(): readonly Execution[];
  stop(arn: unknown, error: string | null, cause: string | null): Execution;
  /** Resolves when the execution is over. */
  ended(arn: string): Promise<Execution>;
}

type Draft = { -readonly [Key in keyof Execution]: Execution[Key] } & { history: ExecutionEvent[] };
interface Entry {
  readonly execution: Draft;
  readonly engine: RunningEngine;
  readonly over: Promise<Execution>;
}

const NAME = /^[^\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}]{1,80}$/u;

/** Events that an execution may have on AWS ("Step Functions service quotas"). Ours are fewer, so each counts for AWS's. */
const HISTORY_LIMIT = 25_000;

/** A task is entered, scheduled, started, submitted if it is waited for, and ends; a retry is scheduled and started again. */
function eventsOnAws({ type, stateType = null }: Partial<ExecutionEvent>): number {
  if (type === "StateEntered" && stateType === "Task") return 5;
  return type === "StateRetried" ? 4 : 1;
}

const countedAs = {
  SUCCEEDED: "ExecutionsSucceeded",
  FAILED: "ExecutionsFailed",
  TIMED_OUT: "ExecutionsTimedOut",
  ABORTED: "ExecutionsAborted",
} as const;

export function createExecutions(options: ExecutionsOptions): Executions {
  const { clock, metrics, tokens, integrationsOf, onEvent } = options;
  const { historyLimit = HISTORY_LIMIT } = options;
  const entries = new Map<string, Entry>();
  const lengths = new Map<string, number>();

  function count(machine: Machine, name: string): void {
    const dimensions = { StateMachineArn: machine.arn };
    metrics.put(machine.region, { namespace: "AWS/States", name, dimensions, value: 1, at: clock.now() });
  }

  function tell(execution: Draft, event: StateEvent | Pick<ExecutionEvent, "type">): void {
    const { arn, name, machine, status } = execution;
    const whole = { state: null, stateType: null, ...event };
    const told = { ...whole, machine: machine.name, executionArn: arn, execution: name, at: clock.now(), status };
    execution.history.push(told);
    onEvent(told);
    const events = (lengths.get(arn) ?? 0) + eventsOnAws(told);
    lengths.set(arn, events);
    if (events > historyLimit && status === "RUNNING") entries.get(arn)?.engine.abort(tooLong(historyLimit));
  }

  function close(execution: Draft, end: ExecutionEnd): Execution {
    Object.assign(execution, end, { stoppedAt: clock.now() });
    count(execution.machine, countedAs[end.status]);
    tell(execution, { type: "ExecutionEnded" });
    return execution;
  }

  function start(machine: Machine, text: string, name: string = randomUUID()): Execution {
    const input = parseInput(text);
    const arn = `${machine.arn.replace(":stateMachine:", ":execution:")}:${checkedName(name)}`;
    const before = entries.get(arn)?.execution;
    if (before?.status === "RUNNING" && isDeepStrictEqual(before.input, input)) return before;
    if (before) throw new AwsError("ExecutionAlreadyExists", `Execution Already Exists: '${arn}'`);
    const startedAt = clock.now();
    const status: ExecutionStatus = "RUNNING";
    const open = { status, stoppedAt: null, output: null, error: null, cause: null };
    const execution: Draft = { arn, name, machine, input, startedAt, history: [], ...open };
    count(machine, "ExecutionsStarted");
    tell(execution, { type: "ExecutionStarted" });
    const engine = startEngine({
      machine,
      execution,
      input,
      clock,
      tokens,
      integrate: integrationsOf(machine),
      onEvent: (event) => tell(execution, event),
    });
    entries.set(arn, { execution, engine, over: engine.end.then((end) => close(execution, end)) });
    return execution;
  }

  function entryOf(arn: unknown): Entry {
    const entry = typeof arn === "string" ? entries.get(arn) : undefined;
    if (!entry) throw new AwsError("ExecutionDoesNotExist", `Execution Does Not Exist: '${String(arn)}'`);
    return entry;
  }

  return {
    start,
    find: (arn) => entryOf(arn).execution,
    ofMachine: (machine) => newestFirst().filter((execution) => execution.machine.arn === machine.arn),
    all: newestFirst,
    stop(arn, error, cause) {
      const { engine, execution } = entryOf(arn);
      if (execution.status === "RUNNING") engine.abort({ status: "ABORTED", output: null, error, cause });
      return execution;
    },
    ended: (arn) => entryOf(arn).over,
  };

  function newestFirst(): readonly Execution[] {
    return [...entries.values()].map(({ execution }) => execution).reverse();
  }
}

function tooLong(limit: number): ExecutionEnd {
  const cause = `The execution reached the maximum number of history events (${limit}).`;
  return { status: "FAILED", output: null, error: "States.Runtime", cause };
}

function checkedName(name: string): string {
  if (!NAME.test(name)) throw new AwsError("InvalidName", `Invalid Name: '${name}'`);
  return name;
}

function parseInput(text: string): Json {
  if (Buffer.byteLength(text) > PAYLOAD_LIMIT)
    throw new AwsError("InvalidExecutionInput", "Invalid State Machine Execution Input: larger than 256 KiB");
  try {
    return JSON.parse(text);
  } catch {
    throw new AwsError("InvalidExecutionInput", "Invalid State Machine Execution Input: no JSON");
  }
}
