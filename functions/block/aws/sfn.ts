/** The state machines: starting one, and answering the tasks that wait in the one that asks people. */
import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  InvalidToken,
  SendTaskSuccessCommand,
  SFNClient,
  type SFNClientConfig,
  StartExecutionCommand,
  TaskDoesNotExist,
  TaskTimedOut,
} from "@aws-sdk/client-sfn";

import type { Executions, RunningExecutions, TaskTokens } from "../ports.ts";
import { patience } from "./patience.ts";
import { retryable } from "./retryable.ts";

export function executionsOf(machineArn: string, config: SFNClientConfig = {}): Executions & RunningExecutions {
  const client = new SFNClient({ ...patience, ...config });
  return {
    start: (name, input) =>
      retryable(machineArn)(async () => {
        try {
          const command = { stateMachineArn: machineArn, name, input: JSON.stringify(input) };
          await client.send(new StartExecutionCommand(command));
        } catch (error) {
          if (!(error instanceof ExecutionAlreadyExists)) throw error;
        }
      }),
    isRunning: (name) =>
      retryable(machineArn)(async () => {
        try {
          const executionArn = `${machineArn.replace(":stateMachine:", ":execution:")}:${name}`;
          return (await client.send(new DescribeExecutionCommand({ executionArn }))).status === "RUNNING";
        } catch (error) {
          if (error instanceof ExecutionDoesNotExist) return false;
          throw error;
        }
      }),
  };
}

export function sfnTaskTokens(config: SFNClientConfig = {}): TaskTokens {
  const client = new SFNClient({ ...patience, ...config });
  return {
    succeed: (taskToken, output) =>
      retryable("The approval machine")(async () => {
        try {
          await client.send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(output) }));
          return true;
        } catch (error) {
          const over = [TaskTimedOut, TaskDoesNotExist, InvalidToken].some((kind) => error instanceof kind);
          if (over) return false;
          throw error;
        }
      }),
  };
}
