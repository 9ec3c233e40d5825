/** Step Functions on the wire (AWS JSON 1.0). */
import * as z from "zod";

import { SECOND } from "../../functions/domain/instant.ts";
import { AwsError, jsonService } from "../aws-wire.ts";
import type { AwsService, Clock } from "../ports.ts";
import type { Execution } from "./execution.ts";
import type { Executions } from "./executions.ts";
import type { Machine } from "./machine.ts";
import { StateError } from "./retry.ts";
import { PAYLOAD_LIMIT } from "./task.ts";
import type { TaskTokens } from "./task-tokens.ts";

export interface ApiOptions {
  readonly clock: Pick<Clock, "now">;
  readonly machines: ReadonlyMap<string, Machine>;
  readonly executions: Executions;
  readonly tokens: TaskTokens;
}

const page = { maxResults: z.number().int().min(0).max(1000).default(100), nextToken: z.string().optional() };
const requests = {
  StartExecution: z.object({
    stateMachineArn: z.string(),
    name: z.string().optional(),
    input: z.string().default("{}"),
  }),
  DescribeExecution: z.object({ executionArn: z.string() }),
  ListExecutions: z.object({ stateMachineArn: z.string(), statusFilter: z.string().optional(), ...page }),
  StopExecution: z.object({ executionArn: z.string(), error: z.string().optional(), cause: z.string().optional() }),
  GetExecutionHistory: z.object({ executionArn: z.string(), reverseOrder: z.boolean().default(false), ...page }),
  DescribeStateMachine: z.object({ stateMachineArn: z.string() }),
  SendTaskSuccess: z.object({ taskToken: z.string(), output: z.string() }),
  SendTaskFailure: z.object({ taskToken: z.string(), error: z.string().optional(), cause: z.string().optional() }),
  SendTaskHeartbeat: z.object({ taskToken: z.string() }),
} as const;

export function stepFunctionsService({ clock, machines, executions, tokens }: ApiOptions): AwsService {
  const machineOf = (arn: string) => findMachine(machines, arn);

  return jsonService({
    version: "1.0",
    operations: {
      StartExecution(input) {
        const { stateMachineArn, name, input: text } = read("StartExecution", input);
        const execution = executions.start(machineOf(stateMachineArn), text, name);
        return { executionArn: execution.arn, startDate: execution.startedAt / SECOND };
      },
      DescribeExecution: (input) => described(executions.find(read("DescribeExecution", input).executionArn)),
      ListExecutions(input) {
        const { stateMachineArn, statusFilter, maxResults, nextToken } = read("ListExecutions", input);
        const found = executions
          .ofMachine(machineOf(stateMachineArn))
          .filter(({ status }) => statusFilter === undefined || status === statusFilter);
        const { items, token } = pageOf(found, maxResults, nextToken);
        return { executions: items.map(summary), ...(token === null ? {} : { nextToken: token }) };
      },
      StopExecution(input) {
        const { executionArn, error = null, cause = null } = read("StopExecution", input);
        executions.stop(executionArn, error, cause);
        return { stopDate: clock.now() / SECOND };
      },
      GetExecutionHistory(input) {
        const { executionArn, reverseOrder, maxResults, nextToken } = read("GetExecutionHistory", input);
        const events = history(executions.find(executionArn));
        const { items, token } = pageOf(reverseOrder ? events.reverse() : events, maxResults, nextToken);
        return { events: items, ...(token === null ? {} : { nextToken: token }) };
      },
      DescribeStateMachine(input) {
        const { arn, name, roleArn, definition } = machineOf(read("DescribeStateMachine", input).stateMachineArn);
        const fixed = { status: "ACTIVE", type: "STANDARD", creationDate: 0 };
        return { stateMachineArn: arn, name, roleArn, definition: JSON.stringify(definition), ...fixed };
      },
      SendTaskSuccess(input) {
        const { taskToken, output } = read("SendTaskSuccess", input);
        tokens.answer(taskToken).succeed(parseOutput(output));
        return {};
      },
      SendTaskFailure(input) {
        const { taskToken, error = "", cause = "" } = read("SendTaskFailure", input);
        tokens.answer(taskToken).fail(new StateError(error, cause));
        return {};
      },
      SendTaskHeartbeat(input) {
        tokens.answer(read("SendTaskHeartbeat", input).taskToken).beat();
        return {};
      },
    },
    resources(operation, input) {
      const arn = z.looseObject({ stateMachineArn: z.string().optional(), executionArn: z.string().optional() });
      const named = arn.safeParse(input);
      // SendTask… names a token only, so IAM can check no more than the action.
      return operation.startsWith("SendTask") || !named.success
        ? []
        : [named.data.stateMachineArn ?? named.data.executionArn ?? []].flat();
    },
  });
}

function read<Name extends keyof typeof requests>(name: Name, input: unknown): z.infer<(typeof requests)[Name]> {
  const parsed = requests[name].safeParse(input);
  if (!parsed.success) throw new AwsError("ValidationException", z.prettifyError(parsed.error));
  return parsed.data as z.infer<(typeof requests)[Name]>;
}

export function findMachine(machines: ReadonlyMap<string, Machine>, arn: string): Machine {
  if (!/^arn:aws:states:[a-z0-9-]+:\d{12}:stateMachine:[^:]+$/.test(arn))
    throw new AwsError("InvalidArn", `Invalid Arn: '${arn}'`);
  const machine = machines.get(arn);
  if (!machine) throw new AwsError("StateMachineDoesNotExist", `State Machine Does Not Exist: '${arn}'`);
  return machine;
}

function parseOutput(text: string): unknown {
  if (Buffer.byteLength(text) > PAYLOAD_LIMIT)
    throw new AwsError("InvalidOutput", "Invalid Output: larger than 256 KiB");
  try {
    return JSON.parse(text);
  } catch {
    throw new AwsError("InvalidOutput", "Invalid Output: no JSON");
  }
}

function summary({ arn, name, machine, status, startedAt, stoppedAt }: Execution) {
  return {
    executionArn: arn,
    stateMachineArn: machine.arn,
    name,
    status,
    startDate: startedAt / SECOND,
    ...(stoppedAt === null ? {} : { stopDate: stoppedAt / SECOND }),
  };
}

function described(execution: Execution) {
  const { input, output, error, cause, status } = execution;
  return {
    ...summary(execution),
    input: JSON.stringify(input),
    ...(status === "SUCCEEDED" ? { output: JSON.stringify(output) } : {}),
    ...(error === null ? {} : { error }),
    ...(cause === null ? {} : { cause }),
  };
}

/** Enough of the history to read an execution: states entered and exited, and how it ended. */
function history({ history: events, status, startedAt }: Execution): Record<string, unknown>[] {
  return events.flatMap((event, index) => {
    const base = { id: index + 1, previousEventId: index, timestamp: event.at / SECOND };
    switch (event.type) {
      case "ExecutionStarted":
        return { ...base, type: "ExecutionStarted", timestamp: startedAt / SECOND };
      case "StateEntered":
        return {
          ...base,
          type: `${event.stateType}StateEntered`,
          stateEnteredEventDetails: { name: event.state, input: JSON.stringify(event.input) },
        };
      case "StateExited":
        return {
          ...base,
          type: `${event.stateType}StateExited`,
          stateExitedEventDetails: { name: event.state, output: JSON.stringify(event.output) },
        };
      case "StateFailed":
      case "StateRetried":
        return { ...base, type: "TaskFailed", taskFailedEventDetails: { error: event.error, cause: event.cause } };
      case "ExecutionEnded":
        return { ...base, type: endTypes[status === "RUNNING" ? "ABORTED" : status] };
      default:
        return [];
    }
  });
}

const endTypes = {
  SUCCEEDED: "ExecutionSucceeded",
  FAILED: "ExecutionFailed",
  TIMED_OUT: "ExecutionTimedOut",
  ABORTED: "ExecutionAborted",
} as const;

function pageOf<T>(items: readonly T[], size: number, from: string | undefined): { items: T[]; token: string | null } {
  const start = from === undefined ? 0 : Number(from);
  if (!Number.isSafeInteger(start) || start < 0) throw new AwsError("InvalidToken", "Invalid Token");
  // AWS reads 0 as its default of 100.
  const end = start + (size || 100);
  return { items: items.slice(start, end), token: end < items.length ? String(end) : null };
}
