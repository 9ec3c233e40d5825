/**
 * AWS Step Functions of the local world: the machines of the templates, run by an interpreter from npm on the
 * world's clock, under the role that the template gives them.
 */
import type { AwsService, Clock, Functions, Metrics, Permission } from "./ports.ts";
import { findMachine, stepFunctionsService } from "./step-functions/api.ts";
import type { Execution, ExecutionEvent } from "./step-functions/execution.ts";
import { createExecutions, type Executions } from "./step-functions/executions.ts";
import { integrationsOf, type QueryRunner } from "./step-functions/integrations.ts";
import { type Machine, machineOf } from "./step-functions/machine.ts";
import { createTaskTokens } from "./step-functions/task-tokens.ts";
import type { Assembly } from "./template.ts";

export type { ExecutionEvent } from "./step-functions/execution.ts";

export interface StepFunctionsOptions {
  /** Events that an execution may have; AWS's 25,000 by default. */
  readonly historyLimit?: number | undefined;
  readonly clock: Clock;
  readonly assembly: Pick<Assembly, "ofType">;
  readonly functions: Functions;
  readonly athena: QueryRunner;
  readonly metrics: Metrics;
  /** Throws `AwsError` if the role may not; without it every machine may do everything. */
  readonly authorize?: (roleArn: string, needs: readonly Permission[]) => void;
  readonly onEvent?: (event: ExecutionEvent) => void;
}

export interface StepFunctions {
  readonly service: AwsService;
  /** What EventBridge and Scheduler call. Throws `AwsError` as StartExecution does. */
  startExecution(machineArn: string, input: unknown, name?: string): Execution;
  readonly executions: Pick<Executions, "all" | "find" | "ended">;
  readonly machines: ReadonlyMap<string, Machine>;
  /** Ends what runs, so that no timer is left. */
  stop(): Promise<void>;
}

export function createStepFunctions(options: StepFunctionsOptions): StepFunctions {
  const { clock, assembly, functions, athena, metrics, authorize = () => {}, onEvent = () => {} } = options;
  const machines = new Map(
    assembly.ofType("AWS::StepFunctions::StateMachine").map((resource) => [resource.arn, machineOf(resource)]),
  );
  const tokens = createTaskTokens();
  const executions = createExecutions({
    clock,
    metrics,
    tokens,
    integrationsOf: (machine) => integrationsOf({ functions, athena, authorize }, machine),
    onEvent,
    historyLimit: options.historyLimit,
  });
  return {
    service: stepFunctionsService({ clock, machines, executions, tokens }),
    startExecution: (arn, input, name) => executions.start(findMachine(machines, arn), JSON.stringify(input), name),
    executions,
    machines,
    async stop() {
      const running = executions.all().filter(({ status }) => status === "RUNNING");
      for (const { arn } of running) executions.stop(arn, "States.Runtime", "The local world stops");
      await Promise.all(running.map(({ arn }) => executions.ended(arn)));
    },
  };
}
