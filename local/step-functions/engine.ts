/** Runs one execution on the interpreter from npm; time, tokens and integrations are ours (task.ts). */
import "./with-resolvers.ts";

import { StateMachine } from "aws-local-stepfunctions";

import { type Instant, toIso } from "../../functions/domain/instant.ts";
import type { Clock } from "../ports.ts";
import type { ExecutionEnd, ExecutionEvent } from "./execution.ts";
import { createInFlight, type InFlight } from "./in-flight.ts";
import type { Json, Machine } from "./machine.ts";
import { StateError } from "./retry.ts";
import { type Integration, type TaskInput, type TaskWorld, visitTask } from "./task.ts";
import type { TaskTokens } from "./task-tokens.ts";

type EngineOptions = NonNullable<Parameters<StateMachine["run"]>[1]>;
type EngineDefinition = ConstructorParameters<typeof StateMachine>[0];
type EngineEvent = ReturnType<StateMachine["run"]>["eventLogs"] extends AsyncGenerator<infer Event> ? Event : never;

export type StateEvent = Pick<ExecutionEvent, "type" | "state" | "stateType" | "input" | "output" | "error" | "cause">;

export interface EngineRun {
  readonly machine: Machine;
  readonly execution: { readonly arn: string; readonly name: string; readonly startedAt: Instant };
  readonly input: Json;
  readonly clock: Clock;
  readonly tokens: TaskTokens;
  readonly integrate: Integration;
  readonly onEvent: (event: StateEvent) => void;
}

export interface RunningEngine {
  readonly end: Promise<ExecutionEnd>;
  /** Ends it from outside, as StopExecution does. */
  abort(end: ExecutionEnd): void;
}

export function startEngine(run: EngineRun): RunningEngine {
  const { machine, clock } = run;
  const controller = new AbortController();
  const engine = new StateMachine(machine.program as unknown as EngineDefinition, {
    validationOptions: { noValidate: true },
  });
  const inFlight = createInFlight(clock);
  const world = taskWorld(run, inFlight, controller.signal);
  const running = engine.run(run.input as EngineInput, { ...engineOptions(run, world), noThrowOnAbort: true });
  let outside: ExecutionEnd | null = null;
  const abort = (end: ExecutionEnd) => {
    outside ??= end;
    controller.abort();
    running.abort();
  };
  const cancelTimeout =
    machine.timeoutSeconds === null
      ? () => {}
      : clock.at(run.execution.startedAt + machine.timeoutSeconds * 1000, () =>
          abort({ status: "TIMED_OUT", output: null, error: "States.Timeout", cause: null }),
        );
  const told = forwardEvents(running.eventLogs, machine, run.onEvent);
  const end = running.result
    .then(
      (output): ExecutionEnd => outside ?? { status: "SUCCEEDED", output: output as Json, error: null, cause: null },
      (error: unknown): ExecutionEnd => outside ?? failure(error),
    )
    .finally(cancelTimeout);
  // The last state's events are told before the end of the execution is.
  const over = end.then(async (ended) => {
    await told;
    inFlight.end();
    return ended;
  });
  return { end: over, abort };
}

type EngineInput = Parameters<StateMachine["run"]>[0];

function taskWorld(run: EngineRun, inFlight: InFlight, signal: AbortSignal): TaskWorld {
  const { clock, tokens, integrate, onEvent } = run;
  return {
    clock,
    tokens,
    integrate,
    inFlight,
    signal,
    onRetry: (state, { name, message }) =>
      onEvent({ type: "StateRetried", state, stateType: "Task", error: name, cause: message }),
  };
}

function engineOptions({ machine, execution, tokens }: EngineRun, world: TaskWorld): EngineOptions {
  const handlers = [...machine.tasks.values()].map((state) => [
    state.name,
    (input: unknown) => visitTask(world, state, input as TaskInput),
  ]);
  return {
    overrides: { taskResourceLocalHandlers: Object.fromEntries(handlers) },
    context: {
      Execution: { Id: execution.arn, Name: execution.name, RoleArn: machine.roleArn },
      StateMachine: { Id: machine.arn, Name: machine.name },
      World: { StartTime: toIso(execution.startedAt) },
      Task: {
        // Read anew for each `$$.Task.Token`, so every task gets its own.
        get Token() {
          return tokens.issue();
        },
      },
    },
  };
}

function failure(thrown: unknown): ExecutionEnd {
  // The engine wraps what a state threw.
  const cause = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown;
  const error = cause instanceof Error ? cause : new StateError("States.Runtime", String(cause));
  return { status: "FAILED", output: null, error: error.name, cause: error.message };
}

const told = new Set(["StateEntered", "StateExited", "StateFailed", "StateCaught"]);

async function forwardEvents(
  events: AsyncGenerator<EngineEvent>,
  machine: Machine,
  onEvent: (event: StateEvent) => void,
): Promise<void> {
  for await (const event of events) {
    if (!("state" in event) || !told.has(event.type)) continue;
    const { name, type, input, output } = event.state;
    onEvent({
      type: event.type,
      state: name,
      stateType: machine.tasks.get(name)?.type ?? type,
      input,
      ...(output === undefined ? {} : { output }),
      ...("Error" in event ? { error: event.Error, cause: String(event.Cause) } : {}),
    });
  }
}
