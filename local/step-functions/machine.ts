/**
 * A state machine of the template, made ready for the engine.
 *
 * The engine keeps its own time, so everything that waits is taken out of the definition and done on the world's
 * clock: Wait states become tasks, and Retry, TimeoutSeconds and HeartbeatSeconds are kept aside (see task.ts).
 * What the engine would get wrong in silence is refused here.
 */
import { StateMachine } from "aws-local-stepfunctions";
import * as z from "zod";

import { NotSupportedError } from "../../functions/domain/errors.ts";
import { AwsError } from "../aws-wire.ts";
import type { Resource } from "../template.ts";

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
type JsonObject = { readonly [key: string]: Json };

const retrierSchema = z.strictObject({
  ErrorEquals: z.array(z.string()).min(1),
  IntervalSeconds: z.number().default(1),
  MaxAttempts: z.number().default(3),
  BackoffRate: z.number().default(2),
  MaxDelaySeconds: z.number().optional(),
  JitterStrategy: z.enum(["NONE", "FULL"]).default("NONE"),
});
export type Retrier = z.infer<typeof retrierSchema>;

/** What the clock and the integrations need to know of a Task or Wait state. */
export interface TaskState {
  readonly name: string;
  readonly type: "Task" | "Wait";
  /** `arn:aws:states:::lambda:invoke.waitForTaskToken` is `lambda:invoke.waitForTaskToken`. */
  readonly resource: string;
  readonly retriers: readonly Retrier[];
  readonly timeoutSeconds: number | null;
  readonly heartbeatSeconds: number | null;
}

export interface Machine {
  readonly arn: string;
  readonly name: string;
  readonly region: string;
  readonly account: string;
  readonly roleArn: string;
  /** As deployed, after substitution. */
  readonly definition: JsonObject;
  /** For the engine. */
  readonly program: JsonObject;
  readonly tasks: ReadonlyMap<string, TaskState>;
  readonly timeoutSeconds: number | null;
}

const propertiesSchema = z.object({
  DefinitionString: z.string(),
  DefinitionSubstitutions: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
  RoleArn: z.string(),
});

/** Throws `AwsError` InvalidDefinition for what AWS refuses, `NotSupportedError` for what the engine cannot do. */
export function machineOf(resource: Resource): Machine {
  const { DefinitionString, DefinitionSubstitutions, RoleArn } = propertiesSchema.parse(resource.properties);
  const definition = parseDefinition(substitute(DefinitionString, DefinitionSubstitutions, resource.name));
  const tasks = new Map<string, TaskState>();
  const program = prepareMachine(definition, tasks);
  return {
    arn: resource.arn,
    name: resource.name,
    region: resource.region,
    account: resource.account,
    roleArn: RoleArn,
    definition,
    program,
    tasks,
    timeoutSeconds: numberOf(definition.TimeoutSeconds),
  };
}

/** CloudFormation's substitution: plain text for `${Name}`, without a thought for JSON. */
function substitute(
  text: string,
  values: Readonly<Record<string, string | number | boolean>>,
  machine: string,
): string {
  return text.replace(/\$\{([^}]*)\}/g, (_, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined)
      throw new AwsError("InvalidDefinition", `${machine}: nothing is substituted for \${${name}}`);
    return String(value);
  });
}

/** The check takes a third of a second, and a text that was right once stays right. */
const checked = new Set<string>();

function parseDefinition(text: string): JsonObject {
  try {
    const definition: JsonObject = JSON.parse(text);
    // The engine's own check (asl-validator): targets, paths, ARNs. It throws with all problems.
    if (!checked.has(text)) new StateMachine(definition as unknown as ConstructorParameters<typeof StateMachine>[0]);
    checked.add(text);
    return definition;
  } catch (cause) {
    throw new AwsError("InvalidDefinition", cause instanceof Error ? cause.message : String(cause));
  }
}

/** Longer than any test or demo, yet within what a Node timer takes: the engine's own time-out must never fire. */
const NEVER_SECONDS = 2_000_000;

function prepareMachine(machine: JsonObject, tasks: Map<string, TaskState>): JsonObject {
  const { TimeoutSeconds: _clock, ...rest } = machine;
  refuse(machine.QueryLanguage === "JSONata", "QueryLanguage JSONata");
  const states = objectOf(machine.States);
  return {
    ...rest,
    States: Object.fromEntries(
      Object.entries(states).map(([name, state]) => [name, prepareState(name, objectOf(state), tasks)]),
    ),
  };
}

function prepareState(name: string, state: JsonObject, tasks: Map<string, TaskState>): JsonObject {
  refuse(state.Assign !== undefined || state.QueryLanguage === "JSONata", `${name}: variables and JSONata`);
  switch (state.Type) {
    case "Task":
      return prepareTask(name, state, tasks);
    case "Wait":
      return prepareWait(name, state, tasks);
    case "Parallel":
      refuse(state.Retry !== undefined, `${name}: Retry on Parallel`);
      return { ...state, Branches: listOf(state.Branches).map((branch) => prepareMachine(objectOf(branch), tasks)) };
    case "Map":
      refuse(true, `${name}: Map`);
      return state;
    case "Choice":
      refuse(hasFalseTest(state.Choices ?? null), `${name}: a test like "IsPresent": false (write Not)`);
      return onWorldClock(state);
    default:
      return onWorldClock(state);
  }
}

function prepareTask(name: string, state: JsonObject, tasks: Map<string, TaskState>): JsonObject {
  const { Retry, TimeoutSeconds, TimeoutSecondsPath, HeartbeatSeconds, Parameters, ...rest } = state;
  refuse(tasks.has(name), `two states named ${name}`);
  tasks.set(name, {
    name,
    type: "Task",
    resource: String(state.Resource).replace(/^arn:aws:states:::/, ""),
    retriers: z.array(retrierSchema).parse(Retry ?? []),
    timeoutSeconds: numberOf(TimeoutSeconds),
    heartbeatSeconds: numberOf(HeartbeatSeconds),
  });
  return {
    ...rest,
    Parameters: onWorldClock({
      ...(Parameters === undefined ? { "parameters.$": "$" } : { parameters: Parameters }),
      ...(TimeoutSecondsPath === undefined ? {} : { "timeoutSeconds.$": TimeoutSecondsPath }),
    }),
    TimeoutSeconds: NEVER_SECONDS,
  };
}

function prepareWait(name: string, state: JsonObject, tasks: Map<string, TaskState>): JsonObject {
  const { Seconds, SecondsPath, Timestamp, TimestampPath, ...rest } = state;
  refuse(tasks.has(name), `two states named ${name}`);
  refuse(state.InputPath !== undefined || state.OutputPath !== undefined, `${name}: paths on Wait`);
  tasks.set(name, { name, type: "Wait", resource: "wait", retriers: [], timeoutSeconds: null, heartbeatSeconds: null });
  const parameters: JsonObject = {
    ...(Seconds === undefined ? {} : { seconds: Seconds }),
    ...(SecondsPath === undefined ? {} : { "seconds.$": SecondsPath }),
    ...(Timestamp === undefined ? {} : { timestamp: Timestamp }),
    ...(TimestampPath === undefined ? {} : { "timestamp.$": TimestampPath }),
  };
  return {
    ...rest,
    Type: "Task",
    Resource: "wait",
    Parameters: { parameters: onWorldClock(parameters) },
    ResultPath: null,
    TimeoutSeconds: NEVER_SECONDS,
  };
}

/** The engine writes the wall's time over `$$.Execution.StartTime`; ours stands beside it. */
function onWorldClock<T extends Json>(value: T): T {
  return JSON.parse(JSON.stringify(value).replaceAll('"$$.Execution.StartTime"', () => '"$$.World.StartTime"'));
}

function hasFalseTest(value: Json): boolean {
  if (Array.isArray(value)) return value.some(hasFalseTest);
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(([key, member]) =>
    member === false ? /^Is[A-Z]/.test(key) : hasFalseTest(member),
  );
}

function refuse(condition: boolean, what: string): void {
  if (condition) throw new NotSupportedError(`The local engine cannot run this machine: ${what}`);
}

function numberOf(value: Json | undefined): number | null {
  return typeof value === "number" ? value : null;
}

function objectOf(value: Json | undefined): JsonObject {
  return z.record(z.string(), z.json()).parse(value);
}

function listOf(value: Json | undefined): readonly Json[] {
  return z.array(z.json()).parse(value);
}
