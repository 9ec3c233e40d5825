import { createClock, type WorldClock } from "../../../local/clock.ts";
import type { FunctionEnd, MetricDatum } from "../../../local/ports.ts";
import type { QueryExecution } from "../../../local/step-functions/integrations.ts";
import { createStepFunctions, type ExecutionEvent, type StepFunctionsOptions } from "../../../local/step-functions.ts";
import type { Resource } from "../../../local/template.ts";

export const START = Date.UTC(2026, 10, 22, 12);
const ACCOUNT = "111122223333";

export function machineArn(name: string): string {
  return `arn:aws:states:us-east-1:${ACCOUNT}:stateMachine:${name}`;
}

export function aMachine(
  definition: unknown,
  { name = "demo", substitutions = {} }: { name?: string; substitutions?: Record<string, string> } = {},
): Resource {
  return {
    stack: "edge",
    region: "us-east-1",
    account: ACCOUNT,
    logicalId: name,
    type: "AWS::StepFunctions::StateMachine",
    properties: {
      StateMachineName: name,
      DefinitionString: typeof definition === "string" ? definition : JSON.stringify(definition),
      DefinitionSubstitutions: substitutions,
      RoleArn: `arn:aws:iam::${ACCOUNT}:role/${name}`,
    },
    metadata: {},
    physicalId: machineArn(name),
    name,
    arn: machineArn(name),
  };
}

type Reply = (payload: never, call: number) => unknown;

export function failing(errorType: string, errorMessage = "it broke"): FunctionEnd {
  return { ok: false, errorType, errorMessage, trace: [] };
}

/**
 * Step Functions with functions that answer by name: a value is the payload, a `FunctionEnd` that is not ok is an
 * error. A function without reply throws, so no call goes unseen.
 */
export function aWorld(
  machines: readonly Resource[],
  replies: Readonly<Record<string, Reply>>,
  options: Partial<StepFunctionsOptions> & { query?: (request: unknown) => QueryExecution } = {},
) {
  const clock: WorldClock = createClock({ start: START, race: 100_000 });
  const metrics: MetricDatum[] = [];
  const events: ExecutionEvent[] = [];
  const calls: { name: string; payload: unknown; at: number }[] = [];
  const stepFunctions = createStepFunctions({
    clock,
    assembly: { ofType: () => machines },
    metrics: { put: (_, datum) => void metrics.push(datum) },
    functions: {
      async invoke(name, payload) {
        const reply = replies[name];
        if (!reply) throw new Error(`nobody expected a call of ${name}`);
        calls.push({ name, payload, at: clock.now() - START });
        const value = reply(payload as never, calls.filter((call) => call.name === name).length);
        return isFailure(value) ? value : { ok: true, payload: value };
      },
    },
    athena: {
      async runQuery(request) {
        if (!options.query) throw new Error("nobody expected a query");
        return options.query(request);
      },
    },
    onEvent: (event) => void events.push(event),
    ...options,
  });
  return {
    clock,
    stepFunctions,
    metrics,
    events,
    calls,
    run: async (input: unknown, name?: string, machine = machines[0]) => {
      const { arn } = stepFunctions.startExecution(machine?.arn ?? "", input, name);
      return await stepFunctions.executions.ended(arn);
    },
    states: () => events.filter(({ type }) => type === "StateEntered").map(({ state }) => state),
    async stop() {
      await stepFunctions.stop();
      clock.stop();
    },
  };
}

function isFailure(value: unknown): value is FunctionEnd {
  return typeof value === "object" && value !== null && "ok" in value && value.ok === false;
}

export function invoke(name: string, payload: unknown, more: Record<string, unknown> = {}) {
  return {
    Type: "Task",
    Resource: "arn:aws:states:::lambda:invoke",
    Parameters: { FunctionName: name, Payload: payload },
    ...more,
  };
}
